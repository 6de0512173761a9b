import type { Driver, Level } from '../store/index.js';

/** A disk of which each batch is told how long it took to be there. */
export const meteredDisk = (
  disk: Driver,
  nowMs: () => number,
  committed: (ms: number) => void,
): Driver => ({
  open: async (folder) => metered(await disk.open(folder), nowMs, committed),
  repair: (folder) => disk.repair(folder),
  setAside: (folder, why) => disk.setAside(folder, why),
  elsewhere: (folder, use) => disk.elsewhere(folder, use),
});

const metered = (level: Level, nowMs: () => number, committed: (ms: number) => void): Level => ({
  read: (from) => level.read(from),
  demandInPlace: () => level.demandInPlace(),
  close: () => level.close(),
  batch() {
    const batch = level.batch();
    return {
      put: (key, record) => batch.put(key, record),
      delete: (key) => batch.delete(key),
      async write(how) {
        const beganAt = nowMs();
        await batch.write(how);
        committed(nowMs() - beganAt);
      },
    };
  },
});
