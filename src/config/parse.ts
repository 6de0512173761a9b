/** From text to configuration: every error at once, each with its place. */
import type { z } from 'zod';
import { type Overridden, override } from './env.js';
import { type ConfigError, type Path, pathText, startsWith } from './errors.js';
import { insertContents, type ReadFile, readNamedFiles } from './files.js';
import { eachKey, type KeyNode, keyAt, keyElsewhere, variantFor } from './keys.js';
import { nearest } from './nearest.js';
import { type Config, configSchema, named } from './schema.js';
import { readSource, type Source } from './source.js';
import { warningsOf } from './warnings.js';

export type ConfigResult =
  | {
      config: Config;
      /** What the gateway runs with, and somebody should look at. */
      warnings: ConfigError[];
      errors?: undefined;
    }
  | { config?: undefined; warnings?: undefined; errors: ConfigError[] };

/** Something wrong at a path, before it is known where that is. */
interface Finding {
  path: Path;
  part: 'key' | 'value';
  message: string;
  hint?: string | undefined;
}

/** What a configuration takes from the machine it is read on. */
export interface Machine {
  env: NodeJS.ProcessEnv;
  hostName: string;
  readFile: ReadFile;
}

/**
 * Reads a configuration. `file` is what errors call the text, and what relative paths are relative
 * to; undefined: there is no file, only `env`. Never throws; touches the world through `readFile` alone.
 */
export function parseConfig(
  text: string,
  file: string | undefined,
  { env, hostName, readFile }: Machine,
): ConfigResult {
  const source = readSource(text, file ?? '', env);
  if (!('value' in source)) return { errors: source.problems };
  const overridden = override(source.value, env);
  const { value } = overridden;
  dropEmptyKeys(value);
  const files = readNamedFiles(value, file, readFile);
  const judged = configSchema.safeParse(value);
  const findings: Finding[] = [
    ...(judged.error === undefined ? [] : findingsOf(judged.error.issues, value)),
    ...files.problems.map((problem) => ({ ...problem, part: 'value' as const })),
  ];
  const problems = [...source.problems, ...overridden.problems];
  const placed = findings.map((finding) => place(finding, file, source, overridden));
  const errors = onePerPlace([...problems, ...placed]);
  if (!judged.success || errors.length > 0) return { errors };
  insertContents(judged.data, files.contents);
  const config = named(judged.data, hostName);
  const warnings = warningsOf(config).map((warning) =>
    place({ ...warning, part: 'value' }, file, source, overridden),
  );
  return { config, warnings };
}

/** `gateway:` with nothing after it, or `null`, is the same as no such key. */
function dropEmptyKeys(value: unknown): void {
  eachKey(value, ({ holder, key }) => {
    if (holder[key] === null) delete holder[key];
  });
}

function findingsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Finding[] {
  const unknown = issues.flatMap((issue) => unknownKeys(issue, value));
  const meant = new Set(
    unknown.map(({ path, hint }) => pathText([...path.slice(0, -1), hint ?? ''])),
  );
  const others = issues
    .filter(({ code }) => code !== 'unrecognized_keys')
    .map((issue) => findingOf(issue, value))
    // A misspelt key is one mistake, not also a missing key.
    .filter(({ path }) => valueAt(value, path) !== undefined || !meant.has(pathText(path)));
  return [...unknown, ...others];
}

function unknownKeys(issue: z.core.$ZodIssue, value: unknown): Finding[] {
  if (issue.code === 'unrecognized_keys') return unknownIn(issue.path as Path, issue.keys, value);
  if (issue.code !== 'invalid_union' || !('discriminator' in issue)) return [];
  // Nobody knows which kind of section this is, so its keys have not been judged.
  const holder = issue.path.slice(0, -1) as Path;
  const known = keyAt(holder)?.children;
  const keys = Object.keys(valueAt(value, holder) ?? {});
  return unknownIn(
    holder,
    keys.filter((key) => known?.has(key) !== true),
    value,
  );
}

function unknownIn(holder: Path, keys: readonly string[], value: unknown): Finding[] {
  const node = keyAt(holder);
  const own = node && (variantFor(node, valueAt(value, holder)) ?? node);
  const names = [...(own?.children?.keys() ?? [])];
  return keys.map((key): Finding => {
    const path = [...holder, key];
    const other = node?.variants?.find(({ children }) => children?.has(key));
    const hint = nearest(key, names) ?? keyElsewhere(key);
    return other === undefined
      ? { path, part: 'key', message: 'unknown key', hint }
      : { path, part: 'key', message: `belongs to ${constantOf(other)} links; remove it` };
  });
}

/** What tells a kind of section apart. */
function constantOf({ children }: KeyNode): string {
  const [constant] = [...(children?.values() ?? [])].flatMap((node) => node.constant ?? []);
  return constant ?? '';
}

function findingOf(issue: z.core.$ZodIssue, value: unknown): Finding {
  const path = issue.path as Path;
  const given = valueAt(value, path);
  const hint = typeof given === 'string' ? nearest(given, choicesOf(issue)) : undefined;
  return { path, part: 'value', message: issue.message, hint };
}

/** What would have been right, where there is a list of it. */
function choicesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const options: unknown = 'options' in issue ? issue.options : undefined;
  return Array.isArray(options) ? options.map(String) : [];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (holder, step) =>
      typeof holder === 'object' && holder !== null && Object.hasOwn(holder, step)
        ? (holder as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function place(
  { path, part, ...what }: Finding,
  file: string | undefined,
  source: Source,
  { overrides }: Overridden,
): ConfigError {
  const named = { path: pathText(path), ...what };
  const { found, ...position } = source.locate(path, part);
  // What a variable set, and what is missing beside it, is the variable's.
  const own = overrides.findLast((one) => startsWith(path, one.path));
  const beside = found
    ? undefined
    : overrides.find((one) => startsWith(one.path, path.slice(0, -1)));
  const variable = own ?? beside;
  if (variable !== undefined) return { file: variable.variable, ...named };
  return file === undefined ? named : { file, ...position, ...named };
}

/** In the order of the file, and only the first error of each place: the others follow from it. */
function onePerPlace(errors: ConfigError[]): ConfigError[] {
  const places = new Map<string, ConfigError>();
  for (const error of errors) {
    const key = `${error.file} ${error.path} ${error.path === '' ? error.line : ''}`;
    if (!places.has(key)) places.set(key, error);
  }
  return [...places.values()].sort(
    (a, b) =>
      (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}
