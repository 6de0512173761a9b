/** The import rules of ARCHITECTURE.md as a table, and the functions that find what breaks them. */
import { posix } from 'node:path';
import type { SourceCode } from './source-code.js';

/** Path from the project's root, with forward slashes, to what is in it. */
export type SourceTree = ReadonlyMap<string, SourceCode>;

interface Rule {
  /** Folders of ours that may be imported. */
  values: readonly string[];
  /** Folders of which `import type` alone is allowed. */
  types?: readonly string[];
}

/** A packet walks links -> modems -> codec -> core -> upstream; whoever stands lower knows nothing of those above. */
const RULES: Readonly<Record<string, Rule>> = {
  framing: { values: [] },
  radio: { values: [] },
  codec: { values: [] },
  modems: { values: ['framing', 'radio'] },
  core: { values: ['codec'] },
  config: { values: ['codec', 'modems', 'radio'], types: ['core'] },
  links: { values: ['modems'], types: ['core'] },
  upstream: { values: ['codec'], types: ['core', 'store'] },
  store: { values: [], types: ['core'] },
  spelling: { values: [] },
  observe: { values: ['codec', 'spelling'], types: ['core'] },
  client: { values: ['codec'] },
  gateway: {
    values: [
      'links',
      'modems',
      'framing',
      'radio',
      'codec',
      'core',
      'upstream',
      'store',
      'observe',
      'config',
    ],
  },
  http: { values: ['gateway', 'observe', 'config', 'spelling'], types: ['core'] },
  /** It runs in a browser: only what the API says, in types, reaches it, and how things are spelled. */
  dashboard: { values: ['spelling'], types: ['http'] },
  cli: {
    values: [
      'gateway',
      'http',
      'config',
      'codec',
      'client',
      'observe',
      'radio',
      'links',
      'modems',
      'spelling',
    ],
    types: ['core'],
  },
  'main.ts': { values: ['cli'] },
};

/** Folders without clock, chance or I/O: the same inputs give the same outputs, always. */
const PURE = ['modems', 'framing', 'radio', 'codec', 'core', 'spelling'];

/** The keyword `await` has a space behind it once formatted; a method of that name has none. */
const IMPURE_NAMES =
  /(?<![.\w$])(?:Date|Math\s*\.\s*random|performance|crypto|set(?:Timeout|Interval|Immediate)|clear(?:Timeout|Interval|Immediate)|queueMicrotask|process|console|Promise|async|await(?=\s)|Buffer|globalThis|require)(?![\w$])/g;

/** Imports that the table does not allow. */
export function forbiddenImports(tree: SourceTree): string[] {
  return edges(tree).flatMap(({ from, to, typeOnly }) => {
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own === undefined || own === other) return [];
    const rule = RULES[own];
    if (rule === undefined) return [`${from}: "${own}" has no line in the table of import rules`];
    if (other === undefined) return [`${from} imports ${to}, which is outside of src`];
    if (rule.values.includes(other)) return [];
    if (!rule.types?.includes(other))
      return [`${from} imports ${to}: ${own} may not know ${other}`];
    return typeOnly ? [] : [`${from} imports ${to}: ${own} may only "import type" of ${other}`];
  });
}

/** The code of the codec is entered through its index; the types of its messages are public anyway. */
export function codecBackdoors(tree: SourceTree): string[] {
  return edges(tree)
    .filter(({ typeOnly, to }) => !typeOnly && folderOf(to) === 'codec')
    .filter(({ from, to }) => folderOf(from) !== 'codec' && to !== 'src/codec/index.ts')
    .map(({ from, to }) => `${from} imports ${to} instead of src/codec/index.ts`);
}

/** Names and modules in a PURE folder that bring in the outside world. */
export function impurities(tree: SourceTree): string[] {
  const pure = [...tree].filter(([path]) => PURE.includes(folderOf(path) ?? ''));
  return pure.flatMap(([path, { code, imports }]) => [
    ...[...code.matchAll(IMPURE_NAMES)].map(([name]) => `${path} uses ${name}`),
    ...imports
      .filter(({ specifier }) => !specifier.startsWith('.'))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  ]);
}

/** Imports between firmware-sim and src, types included: the simulator would then agree with our mistakes. */
export function simulatorBackdoors(tree: SourceTree): string[] {
  const isSimulator = (path: string): boolean => path.startsWith('firmware-sim/');
  return edges(tree)
    .filter(({ from, to }) => isSimulator(from) !== isSimulator(to))
    .map(
      ({ from, to }) =>
        `${from} imports ${to}: the simulator and the gateway do not know each other`,
    );
}

/** Folders of src that import each other, types included, as `a -> b -> a`. */
export function folderCycles(tree: SourceTree): string[] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of edges(tree)) {
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own === undefined || other === undefined || own === other) continue;
    targets.set(own, (targets.get(own) ?? new Set()).add(other));
  }
  const cyclesFrom = (path: readonly string[]): string[] =>
    [...(targets.get(path.at(-1) ?? '') ?? [])].flatMap((next) => {
      if (next === path[0]) return [[...path, next].join(' -> ')];
      return path.includes(next) ? [] : cyclesFrom([...path, next]);
    });
  return [...targets.keys()].flatMap((folder) => cyclesFrom([folder]));
}

/** Files below src/codec/messages that neither the table nor a message uses. */
export function messagesOutsideTheTable(tree: SourceTree): string[] {
  const folder = 'src/codec/messages/';
  const used = edges(tree)
    .filter(({ from }) => from === 'src/codec/table.ts' || from.startsWith(folder))
    .map(({ to }) => to);
  return [...tree.keys()].filter((path) => path.startsWith(folder) && !used.includes(path));
}

interface Edge {
  from: string;
  to: string;
  typeOnly: boolean;
}

/** All imports of our own files, resolved to paths from the project's root. */
function edges(tree: SourceTree): Edge[] {
  return [...tree].flatMap(([from, { imports }]) =>
    imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, typeOnly }) => ({
        from,
        to: sourceOf(tree, posix.join(posix.dirname(from), specifier)),
        typeOnly,
      })),
  );
}

/** The file that a specifier means: it names what the compiler makes of it. */
function sourceOf(tree: SourceTree, path: string): string {
  const source = path.replace(/\.js$/, '.ts');
  return tree.has(`${source}x`) ? `${source}x` : source;
}

/** `codec` for src/codec/wire.ts, `main.ts` for src/main.ts, undefined outside of src. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)/.exec(path)?.[1];
}
