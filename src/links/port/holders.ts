/** Which programs have a device file open: Linux tells under /proc, as far as our rights go. */
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface Holder {
  pid: number;
  /** Name of the program. */
  program: string;
}

/** @param device path without symbolic links; elsewhere than on Linux nobody is found */
export async function holdersOf(device: string): Promise<Holder[]> {
  const found: Holder[] = [];
  for (const entry of await namesIn('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || !(await hasOpen(pid, device))) continue;
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?');
    found.push({ pid, program: program.trim() });
  }
  return found;
}

async function hasOpen(pid: number, device: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await namesIn(folder)) {
    if ((await readlink(`${folder}/${fd}`).catch(() => '')) === device) return true;
  }
  return false;
}

/** Nothing of a folder that is gone or not ours to read. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
