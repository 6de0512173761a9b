/** A scene's YAML: its value, and where each key stands. */
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';

export type Path = readonly PropertyKey[];

export interface Source {
  /** Absent when the text cannot be read. */
  value?: unknown;
  /** What is wrong with the form of the text, with line and column. */
  problems: string[];
  /** `line:column` of a key, or of what should hold it. */
  locate: (path: Path) => string;
}

export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const problems = [...document.errors, ...document.warnings].map(
    ({ pos, message }) => `${at(pos[0])}: is not valid YAML: ${message}`,
  );
  const locate = (path: Path): string => at(offsetOf(document.contents, path, document));
  if (problems.length > 0) return { problems, locate };
  const nameless = keyWithoutName(document);
  if (nameless !== undefined) {
    return { problems: [`${at(nameless)}: a key is a name, not a section or a list`], locate };
  }
  try {
    return { value: document.toJS() as unknown, problems, locate };
  } catch (error) {
    // Aliases that multiply, or that lead nowhere.
    return { problems: [`1:1: is not valid YAML: ${(error as Error).message}`], locate };
  }
}

/** Where the first key stands that YAML allows and nobody means; undefined when there is none. */
function keyWithoutName(document: ReturnType<typeof parseDocument>): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Pair(_, { key }) {
      const meant = isAlias(key) ? key.resolve(document) : key;
      if (!isCollection(meant)) return undefined;
      offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Walks down as far as the document goes. */
function offsetOf(root: unknown, path: Path, document: ReturnType<typeof parseDocument>): number {
  let node: unknown = root;
  let place: unknown = root;
  for (const step of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      place = pair.key;
      node = pair.value;
    } else if (isSeq(holder) && typeof step === 'number') {
      node = holder.items[step];
      place = node;
    } else break;
  }
  return isNode(place) ? (place.range?.[0] ?? 0) : 0;
}
