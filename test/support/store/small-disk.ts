/** A real disk that can be filled up. */
import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import type { Cleanup } from '../cleanup.js';

const exec = promisify(execFile);

/** A disk of a megabyte, which only root can have. */
export async function smallDisk(context: TestContext, cleanup: Cleanup): Promise<string> {
  const path = join('/tmp', `mqttsn-small-disk-${process.pid}-${context.task.id}`);
  await mkdir(path, { recursive: true });
  try {
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
  } catch {
    await rm(path, { recursive: true });
    return context.skip('mounting a small disk needs root');
  }
  cleanup.add(path, async () => {
    await exec('umount', ['-l', path]);
    await rm(path, { recursive: true, force: true });
  });
  return path;
}

/** Takes all the room there is. Returns the file that does. */
export async function fill(disk: string): Promise<string> {
  const path = join(disk, 'ballast');
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(4096, 1));
  } catch {
    return path;
  } finally {
    await file.close();
  }
}
