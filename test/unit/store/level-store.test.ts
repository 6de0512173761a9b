/** When the journal writes what, on a disk and in a time of the test's own. */
import { describe, expect, it } from 'vitest';
import {
  CLOSE_TIMEOUT_MS,
  LAZY_COMMIT_MS,
  SLICE_MS,
  STALLED_AFTER_MS,
  URGENT_COMMIT_MS,
} from '../../../src/store/limits.js';
import { ownTurn } from '../../../src/store/slices.js';
import { SimulatedDisk } from '../../support/store/simulated-disk.js';
import { kindsOf, makeWorld, plugIn } from './world.js';
import { VirtualTime } from './virtual-time.js';

describe('the journal', () => {
  it('writes once a second when nobody waits, and latest values only', async () => {
    const { time, disk, store } = await makeWorld();
    for (let i = 0; i < 100; i++) store.put(`k\0${i % 10}`, i);
    await time.advance(LAZY_COMMIT_MS - 1);
    expect(disk.batchSizes).toEqual([]);
    await time.advance(1 + disk.latencyMs);
    expect(disk.batchSizes).toEqual([10]);
  });

  it('writes within milliseconds when somebody waits, and says so when it is on the disk', async () => {
    const { time, disk, store } = await makeWorld();
    let isCommitted = false;
    store.put('k\0lazy', 1);
    await time.advance(100);
    store.put('k\0urgent', 1);
    store.afterCommit(() => (isCommitted = true));
    await time.advance(URGENT_COMMIT_MS + disk.latencyMs - 1);
    expect(isCommitted).toBe(false);
    await time.advance(1);
    expect(isCommitted).toBe(true);
    expect(disk.batchSizes).toEqual([2]);
  });

  it('has one batch under way; a slow disk gets larger ones', async () => {
    const { time, disk, store } = await makeWorld();
    disk.latencyMs = 100;
    let committed = 0;
    for (let i = 0; i < 100; i++) {
      store.put(`k\0${i}`, i);
      store.afterCommit(() => committed++);
      await time.advance(5);
    }
    await time.advance(200);
    expect(committed).toBe(100);
    expect(disk.batchSizes.length).toBeLessThanOrEqual(7);
  });

  it('does not keep those waiting who came before a lazy write, while a batch is under way', async () => {
    const { time, disk, store } = await makeWorld();
    disk.latencyMs = 100;
    let isCommitted = false;
    store.put('k\0a', 1);
    store.afterCommit(() => {});
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    store.afterCommit(() => (isCommitted = true));
    await time.advance(50);
    store.put('k\0c', 1);
    await time.advance(150);
    expect(isCommitted).toBe(true);
  });

  it('never divides a turn, not even one that an earlier commit has begun', async () => {
    const { time, disk, store } = await makeWorld();
    store.put('k\0a', 1);
    store.afterCommit(() => {
      store.put('k\0c', 1);
      queueMicrotask(() => store.put('k\0d', 1));
    });
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    store.afterCommit(() => {});
    await time.advance(100);
    expect(disk.batchSizes).toEqual([1, 3]);
  });

  it('does not divide the turn in which it is opened', async () => {
    const time = new VirtualTime();
    const disk = new SimulatedDisk(time);
    const { store } = plugIn(disk, time);
    void store.open();
    store.put('k\0a', 1);
    for (let i = 0; i < 1000; i++) await Promise.resolve();
    store.put('k\0b', 1);
    await time.advance(LAZY_COMMIT_MS + 2 * disk.latencyMs);
    expect(disk.batchSizes).toEqual([2]);
  });

  it('writes nothing of a record that was deleted before it got to the disk', async () => {
    const { time, disk, store } = await makeWorld();
    store.put('k\0a', 1);
    store.put('k\0kept', 1);
    store.delete('k\0a');
    store.delete('k\0never');
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    expect(disk.batchSizes).toEqual([1]);
    store.put('k\0b', 1);
    store.delete('k\0b');
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    expect(disk.batchSizes).toEqual([1]);
  });

  it('deletes from the disk what is on its way there', async () => {
    const { time, disk, store } = await makeWorld();
    store.put('k\0a', 1);
    store.afterCommit(() => {});
    await time.advance(URGENT_COMMIT_MS);
    store.delete('k\0a');
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    expect([...disk.kept.keys()]).toEqual(['!head']);
  });

  it('deletes from the disk what is still being encoded', async () => {
    const { time, disk, store } = await makeWorld();
    const COUNT = 50_000;
    for (let i = 0; i < COUNT; i++) store.put(`k\0${i}`, { topic: 'sensors/temperature', i });
    store.afterCommit(() => {});
    await time.advance(URGENT_COMMIT_MS);
    expect(store.written.records).toBe(1);
    const last = `k\0${COUNT - 1}`;
    store.delete(last);
    while (store.written.records === 1) await ownTurn();
    await time.advance(LAZY_COMMIT_MS + 2 * disk.latencyMs);
    expect(disk.kept.size).toBe(COUNT);
    expect(disk.kept.has(last)).toBe(false);
  });

  it('cannot keep a value that is no data: reports the bug, keeps the others', async () => {
    const { time, disk, problems, store } = await makeWorld();
    const endless: unknown[] = [];
    endless.push(endless);
    store.put('k\0bad', endless as never);
    store.put('k\0good', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    expect(problems).toEqual([expect.stringMatching(/^damaged: the record "k\\u0000bad" cannot/)]);
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0good']);
  });
});

describe('a failing disk', () => {
  it('is reported once, nobody waits meanwhile, and it is made up for', async () => {
    const { time, disk, problems, store } = await makeWorld();
    const order: number[] = [];
    disk.failures = ['nothing landed', 'all landed', 'nothing landed'];
    store.put('k\0a', 1);
    store.afterCommit(() => order.push(1));
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    store.afterCommit(() => order.push(2));
    expect(order).toEqual([]);
    await time.advance(disk.latencyMs);
    expect(order).toEqual([1, 2]);
    expect(problems).toEqual([
      'failing: no space is left for /journal; free some (No space left on device); until then the gateway goes on in memory, and a restart would lose it',
    ]);
    store.put('k\0c', 1);
    store.afterCommit(() => order.push(3));
    expect(order).toEqual([1, 2, 3]);
    store.delete('k\0a');

    await time.advance(60_000);
    expect(problems.slice(1)).toEqual([
      'working: the journal in /journal works again; everything that waited is in it',
    ]);
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0b', 'k\0c']);
    store.put('k\0d', 1);
    store.afterCommit(() => order.push(4));
    expect(order).toEqual([1, 2, 3]);
    await time.advance(60_000);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('is tried again after 1, 2, 4 … 30 s', async () => {
    const { time, disk, store } = await makeWorld();
    disk.failures = ['nothing landed'];
    store.put('k\0a', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    const failedAt = time.nowMs;
    const attempts: number[] = [];
    disk.refusal = new Error('EROFS');
    disk.onOpen = () => attempts.push(time.nowMs);
    await time.advance(152_000);
    const pauses = attempts.map((at, i) => at - (attempts[i - 1] ?? failedAt));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('is tried again after 1 s when it had worked meanwhile', async () => {
    const { time, disk, problems, store } = await makeWorld();
    for (let round = 0; round < 5; round++) {
      disk.failures = ['nothing landed'];
      store.put('k\0a', round);
      await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
      expect(kindsOf(problems).at(-1)).toBe('failing');
      await time.advance(1000 + disk.latencyMs);
      expect(kindsOf(problems).at(-1)).toBe('working');
    }
  });

  it('that is slow to close is not opened before it has', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.failures = ['nothing landed'];
    disk.closeMs = 30_000;
    store.put('k\0a', 1);
    await time.advance(60_000);
    expect(kindsOf(problems)).toEqual(['failing', 'working']);
  });

  it('that does not answer is reported too, and used again when it does', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.latencyMs = 2 * STALLED_AFTER_MS;
    const order: number[] = [];
    store.put('k\0a', 1);
    store.afterCommit(() => order.push(1));
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    store.afterCommit(() => order.push(2));
    await time.advance(STALLED_AFTER_MS);
    expect(order).toEqual([1, 2]);
    store.afterCommit(() => order.push(3));
    expect(order).toEqual([1, 2, 3]);
    disk.latencyMs = 1;
    await time.advance(2 * STALLED_AFTER_MS);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['failing', 'working']);
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0a', 'k\0b']);
  });

  it('that comes back with older records: what is gone is counted', async () => {
    const { time, disk, problems, store } = await makeWorld();
    store.put('k\0a', 1);
    store.put('k\0b', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    const backup = new Map(disk.kept);
    store.put('k\0a', 2);
    store.put('k\0c', 1);
    store.delete('k\0b');
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);

    disk.failures = ['nothing landed'];
    store.put('k\0d', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    disk.kept.clear();
    for (const [key, record] of backup) disk.kept.set(key, record);
    await time.advance(10_000);
    expect(problems[1]).toBe(
      'damaged: the journal in /journal was damaged: what had been saved before is gone: 2 records; a restart would be without',
    );
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0a', 'k\0d']);
  });

  it('has another reason than before: that is reported, too', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.failures = ['nothing landed'];
    store.put('k\0a', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    disk.refusal = new Error('EROFS: file 7');
    await time.advance(10_000);
    disk.refusal = new Error('EROFS: file 8');
    await time.advance(60_000);
    expect(problems).toEqual([
      expect.stringMatching(/^failing: no space is left/),
      expect.stringMatching(/^failing: .*read-only.*\(EROFS: file 7\)/),
    ]);
  });

  it('works again while answers are still being given for nothing: they come first', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.latencyMs = STALLED_AFTER_MS + URGENT_COMMIT_MS + 1;
    store.put('k\0a', 1);
    store.afterCommit(() => {});
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    const when: (string | undefined)[] = [];
    for (let i = 0; i < 40; i++) {
      store.afterCommit(() => {
        when.push(kindsOf(problems).at(-1));
        // So long that it takes a turn of the event loop of its own.
        for (const endsAt = performance.now() + SLICE_MS; performance.now() < endsAt; );
      });
    }
    await time.advance(2 * STALLED_AFTER_MS);
    for (let turn = 0; turn < 40; turn++) await time.advance(0);
    expect(when).toEqual(Array.from({ length: 40 }, () => 'failing'));
    expect(kindsOf(problems)).toEqual(['failing', 'working']);
  });
});

describe('the end', () => {
  it('writes what nobody waited for', async () => {
    const { time, disk, store } = await makeWorld();
    store.put('k\0a', 1);
    const closed = store.close();
    await time.advance(disk.latencyMs);
    await closed;
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0a']);
  });

  it('tries a failing disk a last time', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.failures = ['nothing landed'];
    store.put('k\0a', 1);
    await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
    store.put('k\0b', 1);
    const closed = store.close();
    await time.advance(disk.latencyMs);
    await closed;
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['failing', 'working']);
    expect([...disk.kept.keys()].sort()).toEqual(['!head', 'k\0a', 'k\0b']);
  });

  it('does not wait for ever, and says what could not be saved', async () => {
    const { time, disk, problems, store } = await makeWorld();
    disk.latencyMs = 60_000;
    store.put('k\0a', 1);
    store.afterCommit(() => {});
    await time.advance(URGENT_COMMIT_MS);
    store.put('k\0b', 1);
    const closed = store.close();
    await time.advance(CLOSE_TIMEOUT_MS);
    await closed;
    expect(problems).toEqual(['failing: 2 records could not be saved in /journal before the end']);
    await time.advance(60_000);
    expect(disk.isOpen).toBe(false);
  });
});
