import { readFileSync } from 'node:fs';
import { parseDocument, visit, type YAMLSeq } from 'yaml';
import { describe, expect, it } from 'vitest';
import { defaultFile } from '../../../src/config/default-file.js';
import { type KeyNode, jsonSchema, rootKey } from '../../../src/config/keys.js';
import { MODEM_NAMES } from '../../../src/modems/registry.js';
import { configOf, errorsOf, parse } from './support.js';

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

const allOn = uncommented(uncommented(uncommented(defaultFile())));

/** Removes what errors ask to remove, until none does. */
function withoutRefused(text: string, env: Record<string, string>): string {
  const doc = parseDocument(text);
  for (;;) {
    const { errors = [] } = parse(doc.toString(), { env });
    const refused = errors.find(({ message }) => /remove it$|excludes/.test(message));
    if (refused === undefined) return doc.toString();
    doc.deleteIn(refused.path.split(/[.[\]]+/).filter((part) => part !== ''));
  }
}

const keysIn = (text: string): string[] => {
  const links = parseDocument(text).get('links') as YAMLSeq;
  return Object.keys((links.toJSON() as object[])[0] ?? {});
};

const serialKey = (): KeyNode =>
  rootKey().children?.get('links')?.items?.variants?.[1] ?? expect.fail('no serial links');

/** Every key below `node`, with its dotted path. */
function allKeys(node: KeyNode, path = ''): [path: string, node: KeyNode][] {
  if (node.variants)
    return node.variants.flatMap((variant, i) => allKeys(variant, `${path}(${i})`));
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
    const doc = parseDocument(allOn);
    doc.deleteIn(['links', 1]);
    const all = doc.toString();
    expect(errorsOf(all.replace(/^ *(password|token):.*\n/gm, ''), { files, env })).toEqual([]);
    expect(errorsOf(all.replace(/^ *(password|token)_file:.*\n/gm, ''), { files, env })).toEqual(
      [],
    );
  });

  it('stays valid with each modem, once the keys are removed that are told not to be for it; and each key is for some modem', () => {
    const env = { RYLR_PASSWORD: '0123abcd', AQUILA_KEY: '0'.repeat(32) };
    const link = parseDocument(allOn).getIn(['links', 1]);
    const used = new Set<string>();
    for (const modem of MODEM_NAMES) {
      const doc = parseDocument('links: []');
      doc.addIn(['links'], link);
      doc.setIn(['links', 0, 'modem'], modem);
      for (const secret of [
        ['rylr', 'password_file'],
        ['aquila', 'key_file'],
      ])
        doc.deleteIn(['links', 0, ...secret]);
      const text = withoutRefused(doc.toString(), env);
      const errors = errorsOf(text, { env });
      const mayLack = /addressing: is missing|radio: (is missing|needs)/;
      expect(errors.filter((error) => !mayLack.test(error))).toEqual([]);
      for (const key of keysIn(text)) used.add(key);
    }
    const known = [...(serialKey().children ?? [])].map(([key]) => key);
    expect(known.filter((key) => !used.has(key))).toEqual([]);
  });

  it('has every key', () => {
    const found = new Set<string>();
    visit(parseDocument(uncommented(uncommented(uncommented(defaultFile())))), {
      Pair(_, { key }) {
        found.add(String(key));
      },
    });
    for (const [path] of allKeys(rootKey())) expect(found).toContain(path.split('.').at(-1));
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
  it.each(allKeys(rootKey()))('has a sentence for %s', (_path, node) => {
    expect(node.sentence).toMatch(/^[A-Z`].*\.$/);
  });

  it.each(allKeys(rootKey()).filter(([, { children, items }]) => !children && !items?.children))(
    'has a default or an example for %s',
    (_path, node) => {
      expect(node.default ?? node.example).toBeDefined();
    },
  );

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
        links: {
          items: {
            oneOf: [
              { required: ['name', 'type'] },
              { required: ['name', 'type', 'port', 'modem'] },
            ],
          },
        },
        defaults: section({
          max_message: { anyOf: [{ pattern: '^(\\d+)(KiB|MiB|GiB)$' }, { minimum: 16 }] },
        }),
      },
    });
  });
});
