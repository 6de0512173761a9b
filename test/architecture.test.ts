/** Reads the source tree and holds it to the rules of ARCHITECTURE.md and CONTRIBUTING.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  codecBackdoors,
  folderCycles,
  forbiddenImports,
  impurities,
  messagesOutsideTheTable,
  type SourceTree,
  simulatorBackdoors,
} from './support/architecture.js';
import { readSource } from './support/source-code.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A longer file does more than one thing; the rare exception is split when it next changes. */
const LINES_MAX = 400;

function textsBelow(...folders: string[]): Map<string, string> {
  const paths = folders.flatMap((folder) =>
    ['.ts', '.tsx'].flatMap((ending) => filesBelow(folder, ending)),
  );
  return new Map(paths.map((path) => [path, readFileSync(ROOT + path, 'utf8')]));
}

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(ROOT + folder)) return [];
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`);
}

function parse(texts: Iterable<[string, string]>): SourceTree {
  return new Map([...texts].map(([path, text]) => [path, readSource(text)]));
}

const files = (sources: Record<string, string>): SourceTree => parse(Object.entries(sources));

/** Paths of the texts that contain the pattern. */
function containing(pattern: RegExp, texts: Map<string, string>): string[] {
  return [...texts].filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

describe('the source tree', () => {
  const texts = textsBelow('src', 'firmware-sim', 'bench', 'test');
  const tree = parse([...texts].filter(([path]) => /^(src|firmware-sim)\//.test(path)));

  it('is read at all', () => {
    expect(tree.size).toBeGreaterThan(40);
    expect(tree.get('src/codec/table.ts')?.imports.length).toBeGreaterThan(27);
  });

  it('imports only what the table allows', () => {
    expect(forbiddenImports(tree)).toEqual([]);
    expect(codecBackdoors(tree)).toEqual([]);
    expect(folderCycles(tree)).toEqual([]);
  });

  it('keeps clock, chance and I/O out of the pure folders', () => {
    expect(impurities(tree)).toEqual([]);
  });

  it('simulates without a line of what it tests', () => {
    expect(simulatorBackdoors(tree)).toEqual([]);
  });

  it('has every message in the table', () => {
    expect(messagesOutsideTheTable(tree)).toEqual([]);
  });

  it('has no compiled file beside its source, which would be loaded in its place', () => {
    const compiled = ['src', 'firmware-sim', 'bench', 'test'].flatMap((folder) =>
      filesBelow(folder, '.js'),
    );
    expect(compiled).toEqual([]);
  });

  it('has no long file', () => {
    const sources = [...texts].filter(([path]) => /^(src|firmware-sim)\//.test(path));
    const long = sources.filter(([, text]) => text.trimEnd().split('\n').length > LINES_MAX);
    expect(long.map(([path]) => path)).toEqual([]);
  });

  it('has no unfinished work, no silenced tool and no test that runs alone', () => {
    // Each pattern has a one-letter class, lest it find itself.
    expect(containing(/\b(?:TOD[O]|FIXM[E]|XX[X])\b/, texts)).toEqual([]);
    expect(
      containing(
        /@ts-(?:ignor[e]|expect-erro[r]|nochec[k])|(?:biome|oxlint|eslint)-(?:ignor[e]|disabl[e])/,
        texts,
      ),
    ).toEqual([]);
    expect(containing(/\b(?:it|test|describe)\.(?:onl[y]|tod[o])\b/, texts)).toEqual([]);
  });
});

describe('the scanner', () => {
  const importsOf = (text: string): [string, boolean][] =>
    readSource(text).imports.map(({ specifier, typeOnly }) => [specifier, typeOnly]);

  it.each([
    ["import { a } from './x.js';", false],
    ["import {\n  a,\n  type B,\n} from './x.js';", false],
    ["import a, * as b from './x.js';", false],
    ["import './x.js';", false],
    ["import v from './x.js' with { type: 'json' };", false],
    ["export * from './x.js';", false],
    ["export { a } from './x.js';", false],
    ["const x = await import('./x.js');", false],
    ["type X = import('./x.js').X;", false],
    ["import { type A } from './x.js';", false],
    ["import type from './x.js';", false],
    ["import type { A } from './x.js';", true],
    ["import type A from './x.js';", true],
    ['export type { A } from "./x.js";', true],
    ["export type * from './x.js';", true],
  ])('finds the import in %j', (text, typeOnly) => {
    expect(importsOf(text)).toEqual([['./x.js', typeOnly]]);
  });

  it.each([
    "// import a from './x.js';",
    "/* import a from './x.js'; */",
    `const text = "import a from './x.js'";`,
    "const text = `import a from './x.js'`;",
    "const pattern = /import a from './;",
    "export const name = 'x';",
    "export type Colour =\n  | 'red'\n  | 'green';",
    "export type Name = 'x';",
    "const here = import.meta.url;\nconst there = from('x');",
    "export interface A {\n  type: 'A';\n  from: 'x';\n}",
  ])('finds no import in %j', (text) => {
    expect(importsOf(text)).toEqual([]);
  });

  it('keeps its place across quotes in comments, strings, templates and regular expressions', () => {
    const text = [
      "const a = 'it\\'s'; // don't",
      'const b = `${f(`${{ c: "}" }.c}`)} isn\'t`;',
      'const d = /[\'"`/]/.test(e) ? f / g / h : 1;',
      "import { i } from './i.js';",
    ].join('\n');
    expect(importsOf(text)).toEqual([['./i.js', false]]);
    expect(readSource(text).code).toHaveLength(text.length);
  });

  it('reads code inside of templates and nothing else of them', () => {
    expect(readSource('`Date ${Date.now()} Date`').code).toBe('`     ${Date.now()}     `');
  });
});

describe('the rules', () => {
  it.each([
    ['src/codec/wire.ts', "import '../core/types.js';"],
    ['src/dashboard/app.tsx', "import { device } from '../http/api/schema/devices.js';"],
    ['src/http/app.ts', "import { App } from '../dashboard/app.js';"],
    ['src/core/core.ts', "import '../upstream/session.js';"],
    ['src/core/core.ts', "import type { Settings } from '../config/schema.js';"],
    ['src/upstream/aggregating.ts', "import { step } from '../core/step.js';"],
    ['src/upstream/aggregating.ts', "import { type Input } from '../core/types.js';"],
    ['src/links/udp.ts', "import { decode } from '../codec/index.js';"],
    ['src/gateway/runner.ts', "import { program } from '../cli/program.js';"],
    ['src/main.ts', "import { run } from './gateway/runner.js';"],
    ['src/cli/run.ts', "import { hex } from '../../test/support/hex.js';"],
    ['src/helpers/text.ts', "import '../codec/index.js';"],
  ])('refuse in %s: %s', (path, text) => {
    expect(forbiddenImports(files({ [path]: text }))).toHaveLength(1);
  });

  it.each([
    ['src/core/core.ts', "import { decode } from '../codec/index.js';"],
    ['src/upstream/aggregating.ts', "import type { Input } from '../core/types.js';"],
    ['src/gateway/runner.ts', "import { udp } from '../links/udp.js';"],
    ['src/main.ts', "import { program } from './cli/program.js';"],
    ['src/codec/table.ts', "import { publish } from './messages/publish.js';"],
    ['src/dashboard/app.tsx', "import type { Device } from '../http/api/schema/devices.js';"],
    ['src/links/udp.ts', "import { createSocket } from 'node:dgram';"],
  ])('allow in %s: %s', (path, text) => {
    expect(forbiddenImports(files({ [path]: text }))).toEqual([]);
  });

  it('lead others to the codec through its index', () => {
    const text = "import { uint16 } from '../codec/wire.js';";
    expect(codecBackdoors(files({ 'src/core/core.ts': text }))).toHaveLength(1);
    const type = "import type { Connect } from '../codec/messages/connect.js';";
    expect(codecBackdoors(files({ 'src/core/core.ts': type }))).toEqual([]);
    expect(codecBackdoors(files({ 'src/codec/topics.ts': "import './wire.js';" }))).toEqual([]);
  });

  it.each([
    "import { randomInt } from 'node:crypto';",
    "import mqtt from 'mqtt';",
    'const now = Date.now();',
    'const date = new Date();',
    'const chance = Math.random();',
    'setTimeout(retry, 10);',
    'const user = process.env;',
    "console.log('x');",
    'async function step() {}',
    'const later: Promise<void> = f();',
    'const bytes = Buffer.alloc(1);',
    'const text = `at ${Date.now()}`;',
    'globalThis.f();',
  ])('refuse in a pure folder: %s', (text) => {
    expect(impurities(files({ 'src/core/core.ts': text }))).toHaveLength(1);
    expect(impurities(files({ 'src/gateway/runner.ts': text }))).toEqual([]);
  });

  it.each([
    '// setTimeout is for the shell',
    "const why = 'await the broker';",
    'const later = timers.process;',
    'const updated = Dates.first();',
    'const half = Math.floor(x / 2);',
  ])('allow in a pure folder: %s', (text) => {
    expect(impurities(files({ 'src/core/core.ts': text }))).toEqual([]);
  });

  it('refuse a simulator that knows the gateway, or is known by it', () => {
    const inward = { 'firmware-sim/device.ts': "import '../src/codec/index.js';" };
    const type = { 'firmware-sim/device.ts': "import type { A } from '../src/core/core.js';" };
    const outward = { 'src/cli/simulate.ts': "import { run } from '../../firmware-sim/run.js';" };
    const own = { 'firmware-sim/device.ts': "import { encode } from './sn/encode.js';" };
    for (const sources of [inward, type, outward]) {
      expect(simulatorBackdoors(files(sources))).toHaveLength(1);
    }
    expect(simulatorBackdoors(files(own))).toEqual([]);
  });

  it('find folders that import each other', () => {
    const tree = files({
      'src/a/1.ts': "import type { B } from '../b/1.js';",
      'src/b/1.ts': "import '../c/1.js';",
      'src/c/1.ts': "import '../a/1.js';",
    });
    expect(folderCycles(tree)).toContain('a -> b -> c -> a');
  });

  it('find a message that the table lacks', () => {
    const tree = files({
      'src/codec/table.ts': "import { ping } from './messages/ping.js';",
      'src/codec/messages/ping.ts': "import { shape } from './shape.js';",
      'src/codec/messages/shape.ts': '',
      'src/codec/messages/auth.ts': '',
    });
    expect(messagesOutsideTheTable(tree)).toEqual(['src/codec/messages/auth.ts']);
  });
});
