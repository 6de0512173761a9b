/** What Linux says of a process (man 5 proc), and of a folder. */
import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

const TICKS_PER_SECOND = 100;
const KIB = 1024;

export interface ProcessFigures {
  /** User and system time since its start. */
  cpuMs: number;
  residentBytes: number;
  /** Open files, but for those of its journal, whose number goes up and down. */
  files: number;
}

/** Rejects when there is no such process. */
export async function figuresOf(pid: number, journal: string): Promise<ProcessFigures> {
  const [stats, status, files] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
    openFiles(pid),
  ]);
  const fields = stats.slice(stats.lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND,
    residentBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * KIB,
    files: files.filter((file) => !file.startsWith(journal)).length,
  };
}

async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  // Some are closed meanwhile.
  const read = (fd: string): Promise<string> => readlink(join(folder, fd)).catch(() => '');
  const files = await Promise.all((await readdir(folder)).map(read));
  return files.filter((file) => file !== '');
}

/** Octets of all files in a folder; those that vanish meanwhile count nothing. */
export async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Datagrams that the system has dropped because nobody took them from this port in time. */
export async function overflowsOf(port: number): Promise<number> {
  const lines = (await readFile('/proc/net/udp', 'utf8')).trim().split('\n').slice(1);
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const own = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, at]) => at?.endsWith(ending));
  return own.reduce((sum, fields) => sum + Number(fields.at(-1)), 0);
}
