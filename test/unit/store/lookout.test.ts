/** A folder that is removed while the journal is in it: LevelDB would write on into nowhere. */
import { describe, expect, it } from 'vitest';
import {
  CLOSE_TIMEOUT_MS,
  FOLDER_LOOK_MS,
  LAZY_COMMIT_MS,
  STALLED_AFTER_MS,
  URGENT_COMMIT_MS,
} from '../../../src/store/limits.js';
import { keysOn, kindsOf, makeWorld } from './world.js';

type World = Awaited<ReturnType<typeof makeWorld>>;

/** Writes records, one after another, and resolves when they have been acknowledged. */
async function write({ time, disk, store }: World, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    let isCommitted = false;
    store.put(key, 1);
    store.afterCommit(() => (isCommitted = true));
    await time.advance(URGENT_COMMIT_MS + disk.latencyMs);
    expect(isCommitted).toBe(true);
  }
}

/** A run whose latest look is so long ago that the next one may be at any time. */
async function makeRested(): Promise<World> {
  const world = await makeWorld();
  await world.time.advance(FOLDER_LOOK_MS);
  world.disk.looks = 0;
  return world;
}

describe('the folder', () => {
  it('is looked for once in a while, however much is written', async () => {
    const world = await makeRested();
    const endsAt = world.time.nowMs + 10 * FOLDER_LOOK_MS;
    for (let i = 0; world.time.nowMs < endsAt; i++) await write(world, `k\0${i % 100}`);
    expect(world.disk.looks).toBeGreaterThanOrEqual(10);
    expect(world.disk.looks).toBeLessThanOrEqual(11);
  });

  it('is looked for a last time after the last write, and left alone from then on', async () => {
    const world = await makeRested();
    await write(world, 'k\0a', 'k\0b');
    expect(world.disk.looks).toBe(1);
    await world.time.advance(FOLDER_LOOK_MS);
    expect(world.disk.looks).toBe(2);
    await world.time.advance(100 * FOLDER_LOOK_MS);
    expect(world.disk.looks).toBe(2);
    expect(world.time.waiting).toBe(0);
  });

  it('has gone while nothing was written: the next batch is not lost, what is lost is counted', async () => {
    const world = await makeRested();
    const { time, disk, problems } = world;
    await write(world, 'k\0a', 'k\0b');
    await time.advance(2 * FOLDER_LOOK_MS);
    disk.removeFolder();
    await write(world, 'k\0c');
    await time.advance(10_000);
    expect(problems).toEqual([
      'failing: the folder /journal has been removed or replaced while it was in use; the gateway goes on with what is there now (LOCK is gone); until then the gateway goes on in memory, and a restart would lose it',
      'damaged: the journal in /journal was damaged: what had been saved before is gone: 2 records; a restart would be without',
      'working: the journal in /journal works again; everything that waited is in it',
    ]);
    expect(keysOn(disk)).toEqual(['!head', 'k\0c']);
    await write(world, 'k\0a');
    expect(keysOn(disk)).toEqual(['!head', 'k\0a', 'k\0c']);
  });

  it('has gone just after a look: that is noticed at the next, and counted is what went nowhere', async () => {
    const world = await makeRested();
    const { time, disk, problems } = world;
    await write(world, 'k\0a');
    disk.removeFolder();
    await write(world, 'k\0b', 'k\0c');
    expect(problems).toEqual([]);
    await time.advance(FOLDER_LOOK_MS + 2000);
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect(problems[1]).toContain('gone: 3 records;');
    expect(keysOn(disk)).toEqual(['!head']);
  });

  it('has gone again: that is noticed again', async () => {
    const world = await makeRested();
    for (let round = 1; round <= 3; round++) {
      world.disk.removeFolder();
      await write(world, 'k\0a');
      await world.time.advance(2 * FOLDER_LOOK_MS);
      expect(world.problems).toHaveLength(2 * round);
      expect(kindsOf(world.problems).slice(-2)).toEqual(['failing', 'working']);
      expect(keysOn(world.disk)).toEqual(['!head', 'k\0a']);
    }
  });

  it('is looked for with the first batch after a failure, however long ago the latest look was', async () => {
    const world = await makeRested();
    const { time, disk, problems } = world;
    await write(world, 'k\0a');
    expect(disk.looks).toBe(1);
    disk.failures = ['nothing landed'];
    await write(world, 'k\0b');
    await time.advance(1000 + disk.latencyMs);
    expect(kindsOf(problems)).toEqual(['failing', 'working']);
    expect(disk.looks).toBe(2);
  });

  it('takes long to be found: batches wait for the look, and what comes due meanwhile is written', async () => {
    const world = await makeRested();
    const { time, disk, problems, store } = world;
    await write(world, 'k\0a', 'k\0b');
    disk.lookMs = 1000;
    // The latest look was made together with the first of them.
    await time.advance(FOLDER_LOOK_MS - (URGENT_COMMIT_MS + disk.latencyMs));
    expect(disk.looks).toBe(2);
    let isCommitted = false;
    store.put('k\0c', 1);
    store.afterCommit(() => (isCommitted = true));
    await time.advance(500);
    expect(isCommitted).toBe(false);
    await time.advance(500 + disk.latencyMs);
    expect(isCommitted).toBe(true);
    expect(problems).toEqual([]);
  });

  it('is not found nor missed: a disk that does not answer is reported as such', async () => {
    const { time, disk, problems, store } = await makeRested();
    disk.lookMs = 2 * STALLED_AFTER_MS;
    store.put('k\0a', 1);
    await time.advance(LAZY_COMMIT_MS + STALLED_AFTER_MS);
    expect(problems).toEqual([expect.stringMatching(/^failing: .*has not answered/)]);
    await time.advance(2 * STALLED_AFTER_MS);
    expect(kindsOf(problems)).toEqual(['failing', 'working']);
  });
});

describe('the end of a journal', () => {
  it('leaves no timer behind', async () => {
    const world = await makeRested();
    await write(world, 'k\0a', 'k\0b');
    const closed = world.store.close();
    await world.time.advance(world.disk.latencyMs);
    await closed;
    expect(world.time.waiting).toBe(0);
  });

  it('leaves no timer behind when a batch or a look outlasts it', async () => {
    for (const slow of ['latencyMs', 'lookMs'] as const) {
      const { time, disk, store } = await makeRested();
      store.put('k\0a', 1);
      disk[slow] = 2 * CLOSE_TIMEOUT_MS;
      const closed = store.close();
      await time.advance(CLOSE_TIMEOUT_MS);
      await closed;
      await time.advance(2 * CLOSE_TIMEOUT_MS);
      expect(time.waiting).toBe(0);
      expect(disk.isOpen).toBe(false);
    }
  });

  it('finds its folder gone: what is still in memory is saved in a new one', async () => {
    const world = await makeRested();
    const { time, disk, problems, store } = world;
    await write(world, 'k\0a', 'k\0b');
    disk.removeFolder();
    store.put('k\0c', 1);
    const closed = store.close();
    await time.advance(2 * disk.latencyMs);
    await closed;
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect(keysOn(disk)).toEqual(['!head', 'k\0c']);
    expect(disk.isOpen).toBe(false);
    expect(time.waiting).toBe(0);
  });

  it('finds its folder gone, with nothing left to write: says so', async () => {
    const world = await makeRested();
    await write(world, 'k\0a', 'k\0b');
    world.disk.removeFolder();
    const closed = world.store.close();
    await world.time.advance(2 * world.disk.latencyMs);
    await closed;
    expect(kindsOf(world.problems)).toEqual(['failing', 'damaged', 'working']);
    expect(world.problems[1]).toContain('gone: 2 records');
  });
});
