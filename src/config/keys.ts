/** The tree of all keys, read from the JSON Schema: what the schema knows, without its machinery. */
import { z } from 'zod';
import type { Path } from './errors.js';
import { configSchema } from './schema.js';

export interface KeyNode {
  sentence: string;
  default?: unknown;
  example?: unknown;
  required: boolean;
  /** Plain text, which needs no quotes in an environment variable. */
  isText: boolean;
  isSecret: boolean;
  /** The key names a file with a secret, or with the key's own value. */
  file?: 'secret' | 'pem';
  /** What a file with the value has to hold, and its form. */
  content?: { form: RegExp; rule: string };
  /** The only value that there is: of the key that tells sections apart. */
  constant?: string;
  /** The keys below a section; where there are several kinds of it, those of all. */
  children?: Map<string, KeyNode>;
  /** The kinds of a section that is told apart by a key of it. */
  variants?: KeyNode[];
  /** What each entry of a list is. */
  items?: KeyNode;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of the file, for editors. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    // Zod leaves out the examples of what it converts, as they could be of the converted form.
    override({ zodSchema, jsonSchema: schema }) {
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) schema.examples = examples;
    },
  });
}

let root: KeyNode | undefined;

/** The top of the tree: the whole file. Read when it is asked for: not every command needs it. */
export function rootKey(): KeyNode {
  root ??= nodeOf(jsonSchema(), true);
  return root;
}

function nodeOf(schema: JsonSchema, required: boolean): KeyNode {
  return {
    sentence: schema.description ?? '',
    default: schema.default,
    example: schema.examples?.[0],
    required,
    isText: schema.type === 'string',
    isSecret: schema.writeOnly === true,
    ...fileOf(schema),
    ...contentOf(schema),
    ...(typeof schema.const === 'string' ? { constant: schema.const } : {}),
    ...childrenOf(schema),
    ...itemsOf(schema),
  };
}

function fileOf(schema: JsonSchema): Pick<KeyNode, 'file'> {
  const file = schema['x-file'];
  return file === 'secret' || file === 'pem' ? { file } : {};
}

function contentOf({ pattern, ...schema }: JsonSchema): Pick<KeyNode, 'content'> {
  const rule = schema['x-content'];
  if (pattern === undefined || typeof rule !== 'string') return {};
  return { content: { form: new RegExp(pattern), rule } };
}

function childrenOf(schema: JsonSchema): Pick<KeyNode, 'children' | 'variants'> {
  const { properties, required = [], oneOf } = schema;
  if (oneOf !== undefined) return variantsOf(oneOf);
  if (properties === undefined) return {};
  const children = Object.entries(properties).flatMap(([key, schema]) =>
    typeof schema === 'object' ? [[key, nodeOf(schema, required.includes(key))] as const] : [],
  );
  return { children: new Map(children) };
}

function variantsOf(schemas: JsonSchema[]): Pick<KeyNode, 'children' | 'variants'> {
  const variants = schemas.map((schema) => nodeOf(schema, true));
  const children = new Map<string, KeyNode>();
  for (const [key, node] of variants.flatMap((variant) => [...(variant.children ?? [])])) {
    if (!children.has(key)) children.set(key, node);
  }
  return { children, variants };
}

function itemsOf({ items }: JsonSchema): Pick<KeyNode, 'items'> {
  return typeof items === 'object' && !Array.isArray(items) ? { items: nodeOf(items, true) } : {};
}

/** The node at `path`, if the schema knows it. */
export function keyAt(path: Path): KeyNode | undefined {
  let node: KeyNode | undefined = rootKey();
  for (const part of path) {
    node = typeof part === 'number' ? node?.items : node?.children?.get(part);
  }
  return node;
}

/** Where a key is that has been written in another section, `_` apart; undefined: nowhere. */
export function keyElsewhere(key: string): string | undefined {
  const wanted = withoutJoints(key);
  let level: [path: string, node: KeyNode][] = [['', rootKey()]];
  while (level.length > 0) {
    const below = level.flatMap(([path, { children, items }]): [string, KeyNode][] => [
      ...[...(children ?? [])].map(([name, node]): [string, KeyNode] => [
        path === '' ? name : `${path}.${name}`,
        node,
      ]),
      ...(items === undefined ? [] : [[`${path}[]`, items] as [string, KeyNode]]),
    ]);
    const found = below.find(([path]) => withoutJoints(path.split('.').at(-1) ?? '') === wanted);
    if (found !== undefined) return found[0];
    level = below;
  }
  return undefined;
}

const withoutJoints = (key: string): string => key.replaceAll(/[_-]/g, '').toLowerCase();

/** What `node` is for this value: one of its variants where it has some; undefined: none of them. */
export function variantFor(node: KeyNode, value: unknown): KeyNode | undefined {
  if (node.variants === undefined) return node;
  if (!isMapping(value)) return undefined;
  return node.variants.find((variant) =>
    [...(variant.children ?? [])].every(
      ([key, { constant }]) => constant === undefined || value[key] === constant,
    ),
  );
}

/** A known key that a value has: where it is, and what the schema says of it. */
export interface Place {
  holder: Record<string, unknown>;
  key: string;
  path: Path;
  node: KeyNode;
}

/** Calls `visit` for every known key that `value` has, sections before what is in them. */
export function eachKey(
  value: unknown,
  visit: (place: Place) => void,
  node: KeyNode = rootKey(),
  path: Path = [],
): void {
  const { items, children = new Map<string, KeyNode>() } = node;
  if (Array.isArray(value) && items !== undefined) {
    value.forEach((item, i) => eachKey(item, visit, items, [...path, i]));
  }
  if (!isMapping(value)) return;
  for (const [key, child] of children) {
    if (!Object.hasOwn(value, key)) continue;
    const below = [...path, key];
    visit({ holder: value, key, path: below, node: child });
    eachKey(value[key], visit, child, below);
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
