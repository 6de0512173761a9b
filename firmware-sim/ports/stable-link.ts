import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A link as udev makes it in /dev/serial/by-id: it is there only while the device is, and so is its
 * folder when no other device is in it (modems.md 9.1).
 */
export class StableLink {
  private readonly path: string;
  private hasMadeFolder = false;

  constructor(path: string) {
    this.path = path;
  }

  /** In one step: nobody sees it missing, or half made. */
  pointTo(target: string): void {
    const folder = dirname(this.path);
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      this.hasMadeFolder = true;
    }
    const next = `${this.path}.next`;
    rmSync(next, { force: true });
    symlinkSync(target, next);
    renameSync(next, this.path);
  }

  remove(): void {
    rmSync(this.path, { force: true });
    if (!this.hasMadeFolder) return;
    try {
      rmdirSync(dirname(this.path));
      this.hasMadeFolder = false;
    } catch {
      // Another device has its link there.
    }
  }
}
