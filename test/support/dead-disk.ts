/** A disk that never answers, as one in the network whose server is gone: a file system of FUSE that nobody serves. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'vitest';

const FUSE = '/dev/fuse';
const OPTIONS = 'fd=3,rootmode=40000,user_id=0,group_id=0';

export interface DeadDisk {
  path: string;
  remove(): void;
}

/** Over a folder. Skips the test where that may not be done. */
export function deadDisk(context: TestContext, path: string): DeadDisk {
  let fuse: number | undefined;
  try {
    fuse = openSync(FUSE, 'r+');
    execFileSync('mount', ['-i', '-t', 'fuse', '-o', OPTIONS, 'dead', path], {
      stdio: ['ignore', 'ignore', 'ignore', fuse],
    });
  } catch {
    if (fuse !== undefined) closeSync(fuse);
    context.skip('only root can mount a disk, and not in every container');
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', ['-l', path]);
      if (fuse !== undefined) closeSync(fuse);
    },
  };
}
