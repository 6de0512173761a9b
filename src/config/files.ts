/** The files that keys name: secrets and certificates, read when the configuration is loaded. */
import { dirname, isAbsolute, join } from 'node:path';
import type { Path } from './errors.js';
import { eachKey, isMapping, keyAt } from './keys.js';

/** Returns the text of a file; throws an error with a `code` (errno) when it cannot. */
export type ReadFile = (path: string) => string;

interface FileContent {
  /** The key that takes the content. */
  path: Path;
  text: string;
}

interface NamedFiles {
  contents: FileContent[];
  problems: { path: Path; message: string }[];
}

const SECRET_FILE_SUFFIX = /_file$/;

/** Reads every file that a key of `value` names; paths are relative to the directory of `file`. */
export function readNamedFiles(
  value: unknown,
  file: string | undefined,
  readFile: ReadFile,
): NamedFiles {
  const files: NamedFiles = { contents: [], problems: [] };
  eachKey(value, ({ holder, key, path, node }) => {
    const name = holder[key];
    if (node.file === undefined || typeof name !== 'string' || name === '') return;
    const full = isAbsolute(name) ? name : join(dirname(file ?? ''), name);
    try {
      const text = readFile(full).replace(node.file === 'secret' ? /\r?\n$/ : /$^/, '');
      if (text.trim() === '')
        files.problems.push({ path, message: `names ${full}, which is empty` });
      const target = [...path.slice(0, -1), key.replace(SECRET_FILE_SUFFIX, '')];
      const { form, rule } = keyAt(target)?.content ?? {};
      if (form?.test(text) === false) {
        files.problems.push({ path, message: `names ${full}, whose content ${rule}` });
      }
      files.contents.push({ path: target, text });
    } catch (error) {
      files.problems.push({ path, message: `names ${full}, which ${unreadable(error)}` });
    }
  });
  return files;
}

/** Puts contents where they belong; the holders are there. */
export function insertContents(config: unknown, contents: readonly FileContent[]): void {
  for (const { path, text } of contents) {
    let holder = config as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) holder = holder[step] as typeof holder;
    const key = path.at(-1);
    if (key !== undefined && isMapping(holder)) holder[key] = text;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user is not permitted to read it',
  EPERM: 'this user is not permitted to read it',
  EISDIR: 'it is a directory',
};

/** Why a file could not be read, in plain words. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `cannot be read: ${REASONS[code] ?? code}`;
}
