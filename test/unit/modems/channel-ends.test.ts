/** Where a channel begins and ends: over restarts, failing disks, and at the end of a run. */
import { describe, expect, it } from 'vitest';
import { opened, World } from './scripted-channel.js';

const HOUR_MS = 3_600_000;
/** A second on the air. */
const TEN = [1, ...Array.from({ length: 9 }, () => 0)];

describe('the end of a run', () => {
  it('answers are owed as long as one of them waits, whatever else does', () => {
    const world = opened();
    expect(world.channel.owesAnswers).toBe(false);
    world.send(TEN, { urgency: 3 });
    world.send(TEN, { urgency: 3, address: '2' });
    expect(world.channel.owesAnswers).toBe(false);
    world.send(TEN, { urgency: 2, address: '3' });
    expect(world.channel.owesAnswers).toBe(true);
    world.wait(10_000);
    expect(world.channel.owesAnswers).toBe(false);
  });

  it('what has not left is dropped, each once, and who waits for it is told', () => {
    const world = opened();
    world.send(TEN, { ref: 1 });
    world.send([2], { address: '2', ref: 2 });
    world.send([3], { address: '3' });
    const [reason, kind] = ['link-down', 'dropped'];
    expect(world.channel.abandon()).toEqual([
      { kind, address: '1', reason, data: Uint8Array.from(TEN) },
      { kind: 'transmitted', ref: 1, answerMs: 0, failed: true },
      { kind, address: '2', reason, data: Uint8Array.of(2) },
      { kind: 'transmitted', ref: 2, answerMs: 0, failed: true },
      { kind, address: '3', reason, data: Uint8Array.of(3) },
    ]);
    expect(world.channel.abandon()).toEqual([]);
  });
});

describe('the air time of an earlier run', () => {
  it('counts in this one', () => {
    const before = opened(0.01);
    before.send(TEN);
    before.commit();
    before.wait(2000);
    const { usedMs } = before.channel.usage(before.now);
    expect(usedMs).toBeGreaterThanOrEqual(1000);
    for (const records of [before.channel.records(before.now), before.channel.finish()]) {
      const after = new World(0.01);
      after.channel.restore(records, before.now);
      expect(after.channel.usage(before.now).usedMs).toBeGreaterThanOrEqual(usedMs);
    }
  });

  it('that nobody knows counts as spent: nothing goes out before the hour is over', () => {
    const world = new World(0.01);
    world.channel.assumeSpent(1, world.now);
    world.step({ kind: 'opened' });
    world.send(TEN, { urgency: 1 });
    world.commit();
    world.wait(60_000);
    expect(world.written()).toEqual([]);
    world.wait(HOUR_MS);
    world.send(TEN, { urgency: 1 });
    world.commit();
    expect(world.written()).toHaveLength(1);
  });
});

describe('a disk that fails', () => {
  it('less of the hour may be used, which is told, and nobody waits for the disk; it works again: all of it', () => {
    const world = opened(0.01);
    world.send(TEN);
    world.commit();
    world.wait(2000);
    world.step({ kind: 'store', works: false });
    world.send(TEN);
    world.commit();
    expect(world.written()).toHaveLength(2);
    const [less] = world.of('allowance');
    expect(less?.usableMs).toBeLessThan(less?.limitMs ?? 0);
    world.step({ kind: 'store', works: true });
    expect(world.of('allowance')).toHaveLength(2);
    expect(world.of('allowance').at(-1)?.usableMs).toBeGreaterThan(less?.usableMs ?? 0);
    world.step({ kind: 'store', works: true });
    expect(world.of('allowance')).toHaveLength(2);
  });

  it('with a frame that waits for it: what the disk says then means nothing, and the frame goes by what is left', () => {
    const world = opened(0.01);
    world.send(TEN);
    const [journal] = world.of('journal');
    world.step({ kind: 'store', works: false });
    world.wait(10_000);
    const written = world.written();
    world.step({ kind: 'committed', number: journal?.number ?? 0 });
    expect(world.written()).toEqual(written);
    world.step({ kind: 'store', works: true });
    world.commit();
    world.wait(10_000);
    expect(world.written()).toHaveLength(1);
  });
});

describe('a message that waits', () => {
  it('an answer for half a minute, after which its device has given up; others for a minute', () => {
    const world = opened();
    world.send(TEN);
    world.send([2], { urgency: 2, address: '2' });
    world.send([3], { urgency: 3, address: '3' });
    world.step({ kind: 'closed' });
    const waited = (): unknown[] =>
      world.of('dropped').map(({ address, reason }) => [address, reason]);
    world.wait(29_000);
    expect(waited()).toEqual([]);
    world.wait(1001);
    expect(waited()).toEqual([['2', 'waited-too-long']]);
    world.wait(28_999);
    expect(waited()).toHaveLength(1);
    world.wait(1001);
    expect(waited()).toContainEqual(['3', 'waited-too-long']);
  });

  it('behind too many others: refused, with the queue as the reason', () => {
    const world = opened();
    for (let i = 0; i < 1000; i++) world.send([7, i >> 8, i & 255], { address: `${i}` });
    expect(new Set(world.of('dropped').map(({ reason }) => reason))).toEqual(
      new Set(['link-queue-full']),
    );
  });

  it('as long as the modem takes: it goes', () => {
    const world = opened();
    world.send(Array.from({ length: 50 }, () => 1));
    expect(world.written()).toHaveLength(1);
  });
});
