/** Overrides from the environment: `MQTTSN_MQTT_SERVER` is `mqtt.server`. */
import { isScalar, parseDocument } from 'yaml';
import { type ConfigError, type Path, pathText } from './errors.js';
import { isMapping, type KeyNode, rootKey } from './keys.js';
import { nearest } from './nearest.js';

const PREFIX = 'MQTTSN_';

/** LINKS before LINKS_2 before LINKS_10. */
const inOrder = new Intl.Collator('en', { numeric: true }).compare;

export interface Override {
  variable: string;
  path: Path;
}

interface Match {
  path: Path;
  node: KeyNode;
}

export interface Overridden {
  value: unknown;
  overrides: Override[];
  problems: ConfigError[];
}

/** Lays every `MQTTSN_*` variable over `value`, which stays as it is. */
export function override(value: unknown, env: NodeJS.ProcessEnv): Overridden {
  const result: Overridden = { value, overrides: [], problems: [] };
  for (const variable of Object.keys(env).sort(inOrder)) {
    if (!variable.startsWith(PREFIX)) continue;
    const match = resolve(variable.slice(PREFIX.length), rootKey());
    if (match === undefined || match.path.length === 0)
      result.problems.push(unknownVariable(variable));
    else overrideOne(result, variable, match, env[variable] ?? '');
  }
  return result;
}

function overrideOne(result: Overridden, variable: string, match: Match, content: string): void {
  const { path, node } = match;
  const read = readVariable(content, node);
  const value = 'value' in read ? replaced(result.value, rootKey(), path, read.value) : undefined;
  if (value !== undefined) {
    result.value = value;
    result.overrides.push({ variable, path });
    return;
  }
  const message = 'message' in read ? read.message : 'leaves a gap in the list before it';
  result.problems.push({ file: variable, path: pathText(path), message });
}

/** Names contain `_` themselves, so every key that the rest begins with is tried. */
function resolve(rest: string, node: KeyNode): Match | undefined {
  if (rest === '') return { path: [], node };
  for (const [step, name, child] of steps(rest, node)) {
    if (rest !== name && !rest.startsWith(`${name}_`)) continue;
    const below = resolve(rest.slice(name.length + 1), child);
    if (below !== undefined) return { path: [step, ...below.path], node: below.node };
  }
  return undefined;
}

function steps(
  rest: string,
  node: KeyNode,
): [step: string | number, name: string, child: KeyNode][] {
  const [index] = /^\d+/.exec(rest) ?? [];
  if (node.items !== undefined) {
    return index === undefined ? [] : [[Number(index), index, node.items]];
  }
  return [...(node.children ?? [])].map(([key, child]) => [key, key.toUpperCase(), child]);
}

function unknownVariable(variable: string): ConfigError {
  // Lists are compared by their first entry.
  const hint = nearest(variable.replace(/_\d+(?=_|$)/g, '_0'), variables(rootKey(), 'MQTTSN'));
  const message = 'is not the name of a key';
  return { file: variable, path: '', message, hint };
}

function variables(node: KeyNode, name: string): string[] {
  const below = [...(node.children ?? [])].flatMap(([key, child]) =>
    variables(child, `${name}_${key.toUpperCase()}`),
  );
  const items = node.items === undefined ? [] : variables(node.items, `${name}_0`);
  return [name, ...below, ...items];
}

/** Text is taken as it is, so that a password needs no quotes; anything else is YAML. */
function readVariable(content: string, node: KeyNode): { value: unknown } | { message: string } {
  const doc = parseDocument(content, { prettyErrors: false });
  const [fault] = doc.errors;
  const quoted = isScalar(doc.contents) && doc.contents.type?.startsWith('QUOTE') === true;
  if (node.isText && (fault !== undefined || !quoted)) return { value: content };
  if (fault !== undefined) return { message: `is not valid YAML: ${fault.message}` };
  try {
    return { value: doc.toJS() };
  } catch (error) {
    return { message: `is not valid YAML: ${String(error)}` };
  }
}

/**
 * `base` with `value` at `path`; undefined when that is beyond the end of a list. What is of the
 * wrong kind stays as it is: the schema says so with the position in the file.
 */
function replaced(base: unknown, node: KeyNode, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const holder = base ?? node.default ?? (node.items === undefined ? {} : []);
  if (typeof step === 'number') {
    if (!Array.isArray(holder) || node.items === undefined) return holder;
    if (step > holder.length) return undefined;
    const entry = replaced(holder[step], node.items, rest, value);
    return entry === undefined ? undefined : holder.toSpliced(step, 1, entry);
  }
  const child = node.children?.get(step);
  if (!isMapping(holder) || child === undefined) return holder;
  const below = replaced(holder[step], child, rest, value);
  return below === undefined ? undefined : { ...holder, [step]: below };
}
