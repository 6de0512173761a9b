/** From text to configuration: every error at once, each with its place. */
import type { z } from 'zod';
import { type Overridden, override } from './env.js';
import { type ConfigError, type Path, pathText, startsWith } from './errors.js';
import { insertContents, type ReadFile, readNamedFiles } from './files.js';
import { eachKey, keyAt } from './keys.js';
import { nearest } from './nearest.js';
import { type Config, configSchema, named } from './schema.js';
import { readSource, type Source } from './source.js';

export type ConfigResult =
  | { config: Config; errors?: undefined }
  | { config?: undefined; errors: ConfigError[] };

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
  return { config: named(judged.data, hostName) };
}

/** `gateway:` with nothing after it, or `null`, is the same as no such key. */
function dropEmptyKeys(value: unknown): void {
  eachKey(value, ({ holder, key }) => {
    if (holder[key] === null) delete holder[key];
  });
}

function findingsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Finding[] {
  const unknown = issues.flatMap((issue) => unknownKeys(issue));
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

function unknownKeys(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const holder = issue.path as Path;
  const known = [...(keyAt(holder)?.children ?? [])].filter(([, node]) => !node.isLater);
  return issue.keys.map((key) => ({
    path: [...holder, key],
    part: 'key',
    message: 'unknown key',
    hint: nearest(
      key,
      known.map(([name]) => name),
    ),
  }));
}

function findingOf(issue: z.core.$ZodIssue, value: unknown): Finding {
  const path = issue.path as Path;
  const given = valueAt(value, path);
  const hint =
    issue.code === 'invalid_value' && typeof given === 'string'
      ? nearest(given, issue.values.map(String))
      : undefined;
  const part = keyAt(path)?.isLater === true ? 'key' : 'value';
  return { path, part, message: issue.message, hint };
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
