/** What the gateway says of its disk is so: that it fails, and that it works again. What memory alone knew excuses much. */
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskLags, diskTakesMs } from './excuses/index.js';

/** A disk that has not answered for so long counts as failing (`STORE_FAILING`). */
const SILENT_MS = 20_000;

export const store: WatcherFactory = (scene): Watcher => {
  let works = true;
  let failures = 0;
  const isSilent = (): boolean => diskTakesMs(scene, scene.now() - SILENT_MS) > SILENT_MS;
  return {
    life: (is) => {
      if (is !== 'begins') return;
      works = true;
      failures = scene.diskFailures().length;
    },
    notice: (notice) => {
      if (notice.notice !== 'store') return;
      const wrong = !notice.up && scene.diskFailures().length === failures && !isSilent();
      if (wrong) scene.report('the disk works, and the gateway says it fails');
      works = notice.up;
      if (works) failures = scene.diskFailures().length;
    },
    finish: () => {
      if (!works && !diskLags(scene)) scene.report('the disk works again, and nobody says so');
    },
  };
};
