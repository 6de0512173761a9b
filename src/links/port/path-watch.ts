import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Folders under /dev/serial vanish with their last device, and containers see no changes: so it is looked, too. */
const LOOK_INTERVAL_MS = 1000;

/** Calls back when the path comes into being or vanishes, each time; returns what ends that. */
export function watchPath(path: string, changed: (isThere: boolean) => void): () => void {
  let wasThere = existsSync(path);
  const look = (): void => {
    const isThere = existsSync(path);
    if (isThere === wasThere) return;
    wasThere = isThere;
    changed(isThere);
  };
  const stopWatching = watchFolder(dirname(path), look);
  const timer = setInterval(look, LOOK_INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    stopWatching();
  };
}

/** A folder that is not there, or cannot be watched, is left to the timer. */
function watchFolder(folder: string, changed: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
