/** What a run begins with, whatever the disk is like just then. */
import { describe, expect, it } from 'vitest';
import { CLOSE_TIMEOUT_MS, LAZY_COMMIT_MS, OPEN_TIMEOUT_MS } from '../../../src/store/limits.js';
import { keysOn, kindsOf, makeLegacy, makeWorld, plugIn } from './world.js';

describe('a disk at the start', () => {
  it('that can only be read: its records are taken over, and what follows is made up for', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.refusal = new Error('EROFS');
    disk.isReadable = true;
    await store.open();
    expect(store.take('k')).toEqual([{ key: 'k\0old', value: 1 }]);
    store.put('k\0new', 1);
    store.put('k\0short', 1);
    store.delete('k\0short');
    await time.advance(10_000);
    expect(keysOn(disk)).toEqual(['!head', 'k\0old']);
    disk.refusal = undefined;
    await time.advance(30_000);
    expect(problems).toEqual([
      expect.stringMatching(/^failing: .*read-only/),
      expect.stringMatching(/^working/),
    ]);
    expect(keysOn(disk)).toEqual(['!head', 'k\0new', 'k\0old']);
    store.delete('k\0old');
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    expect(keysOn(disk)).toEqual(['!head', 'k\0new']);
  });

  it("that can only be read, and comes back from another gateway: that one's records are set aside", async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.refusal = new Error('EROFS');
    disk.isReadable = true;
    await store.open();
    store.put('k\0new', 1);

    // Elsewhere it has been written meanwhile.
    const other = await makeWorld();
    for (const key of ['k\0old', 'k\0x', 'k\0y', 'k\0z']) {
      other.store.put(key, 1);
      await other.time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    }
    for (const [key, record] of other.disk.kept) disk.kept.set(key, record);
    disk.refusal = undefined;
    await time.advance(10_000);
    expect(problems).toEqual([
      expect.stringMatching(/^failing: .*read-only/),
      expect.stringMatching(/^damaged: .*4 records of another run.* aside now/),
      expect.stringMatching(/^working/),
    ]);
    expect(keysOn(disk)).toEqual(['!head', 'k\0new']);
  });

  it('that can only be read, but makes no sense: nothing is done to it', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.refusal = new Error('EROFS');
    disk.isReadable = true;
    disk.isRuined = true;
    await store.open();
    expect(store.take('k')).toEqual([]);
    await time.advance(10_000);
    expect(kindsOf(problems)).toEqual(['failing']);
    expect(keysOn(disk)).toEqual(['!head', 'k\0old']);
  });

  it('that cannot even be read: what turns up of an earlier run is set aside', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.refusal = new Error('EIO');
    await store.open();
    expect(store.take('k')).toEqual([]);
    store.put('k\0new', 1);
    disk.refusal = undefined;
    await time.advance(10_000);
    expect(problems).toEqual([
      expect.stringMatching(/^failing: the disk with \/journal fails/),
      expect.stringMatching(/^damaged: .*1 record of another run.* aside now/),
      expect.stringMatching(/^working/),
    ]);
    expect(keysOn(disk)).toEqual(['!head', 'k\0new']);
  });

  it('that cannot even be read, and turns up without its head: is set aside all the same', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.refusal = new Error('EIO');
    await store.open();
    disk.kept.delete('!head');
    disk.refusal = undefined;
    await time.advance(10_000);
    expect(problems[1]).toMatch(/1 record of another run.* aside now/);
  });

  it('that gives no sign: the gateway begins without it, and sets aside what comes later', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.openMs = OPEN_TIMEOUT_MS + 1000;
    let isOpen = false;
    void store.open().then(() => (isOpen = true));
    await time.advance(OPEN_TIMEOUT_MS - 1);
    expect(isOpen).toBe(false);
    await time.advance(1);
    expect(isOpen).toBe(true);
    expect(store.take('k')).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/^failing: .*has not answered for 30 s/)]);
    let isAnswered = false;
    store.put('k\0new', 1);
    store.afterCommit(() => (isAnswered = true));
    expect(isAnswered).toBe(true);
    disk.openMs = 0;
    await time.advance(1000 + disk.latencyMs);
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect(keysOn(disk)).toEqual(['!head', 'k\0new']);
  });

  it('that gives no sign of the first batch: the gateway begins with what it has read', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.latencyMs = Infinity;
    let isOpen = false;
    void store.open().then(() => (isOpen = true));
    await time.advance(OPEN_TIMEOUT_MS);
    expect(isOpen).toBe(true);
    expect(store.take('k')).toHaveLength(1);
    expect(kindsOf(problems)).toEqual(['failing']);
  });

  it('that gives no sign and then fails: it is tried again', async () => {
    const { time, disk, problems, store } = await makeLegacy();
    disk.openMs = OPEN_TIMEOUT_MS + 1000;
    disk.refusal = new Error('EIO');
    void store.open();
    await time.advance(OPEN_TIMEOUT_MS + 1000);
    disk.openMs = 0;
    disk.refusal = undefined;
    await time.advance(10_000);
    expect(kindsOf(problems)).toEqual(['failing', 'failing', 'damaged', 'working']);
  });

  it('that is slow but gives signs is waited for', async () => {
    const world = await makeWorld();
    for (let i = 0; i < 10; i++) world.store.put(`k\0${i}`, i);
    await world.time.advance(LAZY_COMMIT_MS + world.disk.latencyMs);
    const { time, disk } = world;
    disk.cutPower(false);
    const { store, problems } = plugIn(disk, time);
    disk.readMs = OPEN_TIMEOUT_MS * 0.9;
    disk.recordsPerRead = 1;
    void store.open();
    await time.advance(20 * OPEN_TIMEOUT_MS);
    expect(problems).toEqual([]);
    expect(store.take('k')).toHaveLength(10);
  });

  it('that gives no sign does not hold up the end, and is closed should it ever open', async () => {
    const { time, disk, store } = await makeLegacy();
    disk.openMs = 10 * OPEN_TIMEOUT_MS;
    void store.open();
    await time.advance(OPEN_TIMEOUT_MS);
    let isClosed = false;
    void store.close().then(() => (isClosed = true));
    await time.advance(CLOSE_TIMEOUT_MS);
    expect(isClosed).toBe(true);
    await time.advance(10 * OPEN_TIMEOUT_MS);
    expect(disk.isOpen).toBe(false);
    expect(keysOn(disk)).toEqual(['!head', 'k\0old']);
  });
});
