import { setTimeout as pause } from 'node:timers/promises';
import { type Driver, levelDb } from '../src/store/level.js';

/** This disk, with an fsync that takes longer by so much: 20 ms is an SD card, 100 ms one that is busy or worn. */
export function slowDisk(byMs: number): Driver {
  if (byMs === 0) return levelDb;
  return {
    ...levelDb,
    async open(folder) {
      const level = await levelDb.open(folder);
      return {
        read: (from) => level.read(from),
        close: () => level.close(),
        demandInPlace: () => level.demandInPlace(),
        batch() {
          const batch = level.batch();
          return {
            put: (key, record) => batch.put(key, record),
            delete: (key) => batch.delete(key),
            async write(how) {
              await batch.write(how);
              await pause(byMs);
            },
          };
        },
      };
    },
  };
}
