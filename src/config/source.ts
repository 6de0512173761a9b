/** A YAML text: its value, what is wrong with its form, and where each key stands. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { type ConfigError, type Path, pathText } from './errors.js';
import { expand } from './expand.js';

export interface Position {
  line: number;
  column: number;
}

export interface Source {
  /** Absent when the text has no readable form, so that nothing can be said about its keys. */
  value?: unknown;
  problems: ConfigError[];
  /** Where the key or the value at `path` stands, and whether it is there at all. */
  locate(path: Path, part: 'key' | 'value'): Position & { found: boolean };
}

/** Reads YAML and replaces `${NAME}` by the environment. `file` is what errors call it. Never throws. */
export function readSource(text: string, file: string, env: NodeJS.ProcessEnv): Source {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problem = (offset: number, path: Path, message: string): ConfigError => ({
    file,
    ...at(offset),
    path: pathText(path),
    message,
  });
  const faults = [...doc.errors, ...doc.warnings];
  const problems = faults.map((fault) => problem(fault.pos[0], [], faultText(fault, text)));
  const locate: Source['locate'] = (path, part) => {
    const { offset, found } = find(doc, path, part);
    return { ...at(offset), found };
  };
  // A key that is there twice leaves the rest readable; anything else does not.
  if (faults.some((fault) => fault.code !== 'DUPLICATE_KEY')) return { problems, locate };
  const nameless = keyWithoutName(doc);
  if (nameless !== undefined) {
    problems.push(problem(nameless, [], 'a key is a name, not a section or a list'));
    return { problems, locate };
  }
  problems.push(...expandTexts(doc, env, problem));
  try {
    return { value: doc.toJS() ?? {}, problems, locate };
  } catch (error) {
    // Aliases that multiply, or that lead nowhere.
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(problem(danglingAlias(doc), [], `is not valid YAML: ${reason}`));
    return { problems, locate };
  }
}

function faultText({ code, message, pos }: YAMLError, text: string): string {
  const [word = ''] = /^[^\s:,}]*/.exec(text.slice(pos[0])) ?? [];
  if (code === 'DUPLICATE_KEY') return `the key ${word} is there twice`;
  if (code === 'TAG_RESOLVE_FAILED') return `the tag ${word} is unknown; for secrets use \${NAME}`;
  return `is not valid YAML: ${message}`;
}

/** Where the first alias without an anchor stands; the beginning when there is none. */
function danglingAlias(doc: Document): number {
  let offset = 0;
  visit(doc, {
    Alias(_, alias) {
      if (alias.resolve(doc) !== undefined) return undefined;
      offset = offsetOf(alias);
      return visit.BREAK;
    },
  });
  return offset;
}

/** Where the first key stands that YAML allows and nobody means; undefined when there is none. */
function keyWithoutName(doc: Document): number | undefined {
  let offset: number | undefined;
  visit(doc, {
    Pair(_, { key }) {
      const meant = isAlias(key) ? key.resolve(doc) : key;
      if (!isCollection(meant)) return undefined;
      offset = offsetOf(key);
      return visit.BREAK;
    },
  });
  return offset;
}

function expandTexts(
  doc: Document,
  env: NodeJS.ProcessEnv,
  problem: (offset: number, path: Path, message: string) => ConfigError,
): ConfigError[] {
  const problems: ConfigError[] = [];
  visit(doc, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const { text, missing } = expand(node.value, env);
      node.value = text;
      if (missing !== undefined) {
        problems.push(problem(offsetOf(node), pathOf([...ancestors, node]), missing));
      }
    },
  });
  return problems;
}

/** The path that a chain of nodes, each inside the one before, stands for. */
function pathOf(chain: readonly unknown[]): Path {
  return chain.flatMap((node, i): Path => {
    const below = chain[i + 1];
    if (isPair(node)) return [keyText(node)];
    return isSeq(node) ? [node.items.indexOf(below)] : [];
  });
}

/** Walks down as far as the document goes; what is missing is located at what should hold it. */
function find(
  doc: Document,
  path: Path,
  part: 'key' | 'value',
): { offset: number; found: boolean } {
  let key: unknown = doc.contents;
  let value: unknown = doc.contents;
  for (const step of path) {
    const holder = isAlias(value) ? value.resolve(doc) : value;
    const pair = isMap(holder) ? holder.items.find((item) => keyText(item) === step) : undefined;
    const entry = isSeq(holder) && typeof step === 'number' ? holder.items[step] : undefined;
    if (pair === undefined && entry === undefined) return { offset: offsetOf(key), found: false };
    key = pair?.key ?? entry;
    // A key without a value has only itself.
    value = pair?.value ?? key;
  }
  return { offset: offsetOf(part === 'key' ? key : value), found: true };
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
