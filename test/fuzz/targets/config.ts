/** Configuration files: a configuration that works, or errors with their places; never a stack. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { toCoreConfig } from '../../../src/config/core-config.js';
import { type ConfigError, formatError } from '../../../src/config/errors.js';
import { parseConfig } from '../../../src/config/parse.js';
import { redact } from '../../../src/config/redact.js';
import type { Target } from '../target.js';
import { octetsOf, words } from '../vectors.js';
import { withWarnings } from '../warnings.js';

/** Every key there is, and the files that people begin with. */
const samples = (): string[] => [
  readFileSync('test/vectors/config/complete.yaml', 'utf8'),
  ...readdirSync('config')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(`config/${name}`, 'utf8')),
];

/** Sections of the samples: a whole sample is too long for changes to hit what matters. */
const sections = (): string[] => samples().flatMap((text) => text.split(/\n(?=\w)/));

const keysOf = (text: string): string[] => text.match(/[\w.]+(?=:)/g) ?? [];

const machine = {
  env: { NAME: 'value', EMPTY: '' },
  hostName: 'attic-pi',
  readFile: (path: string): string => {
    if (!path.includes('e')) throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
    return 'content\n';
  },
};

export const config: Target = {
  name: 'config',
  bytesMax: 1500,
  seeds: () => sections().map(octetsOf),
  dictionary: words(
    ...new Set(
      samples()
        .flatMap(keysOf)
        .map((key) => `${key}: `),
    ),
    ...[
      '- ',
      '\n  ',
      '&a ',
      '*a',
      '<<: ',
      '!!binary ',
      '---\n',
      '${NAME}',
      '{',
      '}',
      '[',
      ']',
      '|\n',
      '? ',
    ],
    ...['.inf', '0x1F', '1e999', '-1', 'null', '~', '__proto__: ', 'constructor: ', '24h', '1MiB'],
  ),
  work: { base: 20_000_000, perOctet: 200_000 },
  run: (input) => {
    const text = new TextDecoder().decode(input);
    const { result, warnings } = withWarnings(() => parseConfig(text, 'gw.yaml', machine));
    assert.deepEqual(warnings, [], 'nothing is said but by errors');
    for (const error of result.errors ?? result.warnings) expectPlace(error, text);
    if (result.errors !== undefined) {
      assert.ok(result.errors.length > 0, 'a refusal says why');
      return;
    }
    toCoreConfig(result.config);
    redact(result.config);
    assert.ok(Object.getPrototypeOf(result.config) === Object.prototype, 'no foreign prototype');
  },
};

function expectPlace(error: ConfigError, text: string): void {
  const line = formatError(error);
  const { line: row = 0, column = 0 } = error;
  assert.ok(row >= 1 && row <= text.split('\n').length, `has its line: ${line}`);
  assert.ok(column >= 1, `has its column: ${line}`);
  assert.ok(!line.includes('\n'), `is one line: ${line}`);
  assert.doesNotMatch(
    line,
    /\bat .*\.[jt]s:\d|\[object|\bundefined\b|TypeError|ZodError|Invalid input/,
    line,
  );
}
