/** What is wrong with a configuration, and where. */

/** The way to a key: names of keys and indexes of lists. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a configuration. */
export interface ConfigError {
  /** The file, or the environment variable that set the value; absent: there is neither. */
  file?: string | undefined;
  /** From 1; absent for a variable, and when the file itself cannot be read. */
  line?: number;
  /** From 1. */
  column?: number;
  /** The key, as in `links[0].listen`; empty: the whole file. */
  path: string;
  message: string;
  /** What was probably meant. */
  hint?: string | undefined;
}

/** One line for people: `file:line:column: key.path: what is wrong (did you mean "x"?)`. */
export function formatError(error: ConfigError): string {
  const where = [error.file, error.line, error.column].filter((part) => part !== undefined);
  const hint = error.hint === undefined ? '' : ` (did you mean "${error.hint}"?)`;
  return [where.join(':'), error.path, error.message + hint].filter((part) => part).join(': ');
}

/** `['links', 0, 'listen']` as `links[0].listen`. */
export function pathText(path: Path): string {
  return path
    .map((part, i) =>
      typeof part === 'number' ? `[${part}]` : (i === 0 ? '' : '.') + nameText(part),
    )
    .join('');
}

/** In quotation marks when it would not fit into a line. */
const nameText = (name: string): string => (/\p{Cc}/u.test(name) ? JSON.stringify(name) : name);

export function startsWith(path: Path, start: Path): boolean {
  return start.every((part, i) => part === path[i]);
}
