import { readFileSync } from 'node:fs';
import { parseDocument, visit } from 'yaml';
import { describe, expect, it } from 'vitest';
import { defaultFile } from '../../../src/config/default-file.js';
import { type KeyNode, jsonSchema, rootKey } from '../../../src/config/keys.js';
import { configOf, errorsOf } from './support.js';

const files = {
  '/run/secrets/mqtt': 'a',
  '/run/secrets/doors': 'b',
  'ca.pem': 'CA',
  'gateway.pem': 'CERT',
  'gateway.key': 'KEY',
  '/run/secrets/http': 'c',
};

/** Takes the # away from keys: a # without a space after it, or with the indent of a block. */
function uncommented(text: string): string {
  return text.replace(/^( *)#(?=\S| {2})/gm, '$1');
}

/** Every key below `node`, with its dotted path. */
function allKeys(node: KeyNode, path = ''): [path: string, node: KeyNode][] {
  const below = [...(node.children ?? [])].flatMap(([key, child]): [string, KeyNode][] => [
    [`${path}.${key}`, child],
    ...allKeys(child, `${path}.${key}`),
  ]);
  return node.items === undefined ? below : [...below, ...allKeys(node.items, `${path}[]`)];
}

describe('the default file', () => {
  it('in config/default.yaml is the one made from the schema (config init -o config/default.yaml --force)', () => {
    const committed = readFileSync(
      new URL('../../../config/default.yaml', import.meta.url),
      'utf8',
    );
    expect(committed).toBe(defaultFile());
  });

  it('loads to the default configuration', () => {
    expect(configOf(defaultFile())).toEqual(configOf(''));
  });

  it('stays valid with a broker elsewhere when every key that is off is taken, but for one of the two forms of each secret', () => {
    const env = {
      MQTT_PASSWORD: 'secret',
      HTTP_TOKEN: 'token',
      MQTTSN_MQTT_SERVER: 'mqtts://broker',
    };
    const all = uncommented(uncommented(uncommented(defaultFile())));
    expect(all).not.toMatch(/^ *#\S/m);
    expect(errorsOf(all.replace(/^ *(password|token):.*\n/gm, ''), { files, env })).toEqual([]);
    expect(errorsOf(all.replace(/^ *(password|token)_file:.*\n/gm, ''), { files, env })).toEqual(
      [],
    );
  });

  it('has every key that is available', () => {
    const found = new Set<string>();
    visit(parseDocument(uncommented(uncommented(uncommented(defaultFile())))), {
      Pair(_, { key }) {
        found.add(String(key));
      },
    });
    const known = allKeys(rootKey).filter(([, node]) => !node.isLater);
    for (const [path] of known) expect(found).toContain(path.split('.').at(-1));
  });

  it('fits into 100 columns', () => {
    expect(
      defaultFile()
        .split('\n')
        .filter((line) => line.length > 100),
    ).toEqual([]);
  });
});

describe('the schema', () => {
  it.each(allKeys(rootKey))('has a sentence for %s', (_path, node) => {
    expect(node.sentence).toMatch(/^[A-Z`].*\.$/);
  });

  it.each(
    allKeys(rootKey).filter(
      ([, { children, items, isLater }]) => !children && !items?.children && !isLater,
    ),
  )('has a default or an example for %s', (_path, node) => {
    expect(node.default ?? node.example).toBeDefined();
  });

  it('tells editors types, ranges, defaults and the forms of durations and sizes', () => {
    const section = (properties: object): object => ({ properties });
    expect(jsonSchema()).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: {
        gateway: section({
          id: { minimum: 1, maximum: 255, default: 1 },
          advertise: section({
            interval: {
              default: '15m',
              anyOf: [
                { type: 'string', pattern: '^(\\d+)(ms|s|m|h|d)$' },
                { type: 'number', minimum: 1, maximum: 65_535 },
              ],
            },
          }),
        }),
        mqtt: section({ mode: { enum: ['aggregating', 'transparent'], default: 'aggregating' } }),
        links: { items: { required: ['name', 'type'] } },
        defaults: section({
          max_message: { anyOf: [{ pattern: '^(\\d+)(KiB|MiB|GiB)$' }, { minimum: 16 }] },
        }),
      },
    });
  });
});
