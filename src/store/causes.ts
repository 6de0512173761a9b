/** What LevelDB and the system say when something fails, in words for the operator. */

interface Cause {
  /** LevelDB hands on the system's texts (glibc's and musl's), Node its codes. */
  pattern: RegExp;
  /** What is wrong and what to do. */
  explain: (path: string) => string;
}

/** The surroundings are to blame, not the files: mending these would not help. */
const SURROUNDINGS: readonly Cause[] = [
  {
    // Not from LevelDB, which does not notice: from `Level.demandInPlace`.
    pattern: /^LOCK is (?:gone|another file)$/,
    explain: (path) =>
      `the folder ${path} has been removed or replaced while it was in use; the gateway goes on with what is there now`,
  },
  {
    pattern: /No space left on device|ENOSPC|quota exceeded|EDQUOT/i,
    explain: (path) => `no space is left for ${path}; free some`,
  },
  {
    pattern: /Read-only file system|EROFS/,
    explain: (path) =>
      `${path} is on a file system that is read-only; mount it writable, or check the disk if Linux has made it so`,
  },
  {
    pattern: /Permission denied|Operation not permitted|EACCES|EPERM/,
    explain: (path) => `${path} may not be written; give it to the user that the gateway runs as`,
  },
  {
    pattern: /Not a directory|ENOTDIR|EEXIST/,
    explain: (path) => `${path} cannot be a folder because a file is in its place; remove the file`,
  },
  {
    pattern: /Too many open files|No file descriptors available|EMFILE|ENFILE/,
    explain: (path) =>
      `too many files are open for ${path}; raise the limit (LimitNOFILE of systemd)`,
  },
  {
    pattern: /Input\/output error|I\/O error|EIO/,
    explain: (path) => `the disk with ${path} fails; replace it, or the cable or adapter before it`,
  },
];

/** What a failed write or opening means: the same words for the same reason. */
export function explain(error: unknown, path: string): string {
  const text = textOf(error);
  const cause = SURROUNDINGS.find(({ pattern }) => pattern.test(text));
  return (
    cause?.explain(path) ??
    `the journal in ${path} cannot be written; check the folder and its disk, or choose another one (store.path)`
  );
}

/** For a disk of which nothing has been heard. */
export function silentFor(path: string, forMs: number): string {
  return `the disk with ${path} has not answered for ${forMs / 1000} s; check it`;
}

/** Mending the files may help. */
export function isDamage(error: unknown): boolean {
  return !isLocked(error) && !SURROUNDINGS.some(({ pattern }) => pattern.test(textOf(error)));
}

export function isLocked(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'LEVEL_LOCKED';
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function records(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}
