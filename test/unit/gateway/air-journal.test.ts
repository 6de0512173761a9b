import { describe, expect, it } from 'vitest';
import type { JournalRecord, JournalValue } from '../../../src/core/types.js';
import { AirJournal } from '../../../src/gateway/air-journal.js';
import { Channel, type ChannelEffect } from '../../../src/modems/channel.js';
import { createModem } from '../../../src/modems/registry.js';
import { HOUR_MS, SLOT_MS } from '../../../src/radio/limits.js';
import type { Journal } from '../../../src/store/journal.js';

/** What survives a crash, and when: `commit` is the disk. */
class Disk implements Journal {
  readonly records = new Map<string, JournalValue>();
  private waiting: (() => void)[] = [];

  constructor(readonly isPersistent = true) {}

  take(kind: string): readonly JournalRecord[] {
    return [...this.records]
      .filter(([key]) => key.split('\0')[0] === kind)
      .map(([key, value]) => ({ key, value }));
  }

  put(key: string, value: JournalValue): void {
    this.records.set(key, value);
  }

  delete(key: string): void {
    this.records.delete(key);
  }

  afterCommit(then: () => void): void {
    this.waiting.push(then);
  }

  commit(): void {
    for (const then of this.waiting.splice(0)) then();
  }
}

const NOW = 10 * HOUR_MS;

const channel = (): Channel =>
  new Channel({
    modem: createModem({
      modem: 'slip',
      baudRate: 115_200,
      messageBytesMax: 100,
      addressing: { kind: 'none' },
    }),
    air: { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 },
    dutyCycle: 0.01,
  });

const usedBy = (disk: Disk, now = NOW): number => {
  const one = channel();
  new AirJournal(disk).restore(new Map([['field', one]]), now, true);
  return one.usage(now).usedMs;
};

describe('the journal of air time', () => {
  it('has what is about to be sent before it is sent, and the next run begins with it', () => {
    const disk = new Disk();
    const journal = new AirJournal(disk);
    const one = channel();
    journal.restore(new Map([['field', one]]), NOW, true);
    one.step({ kind: 'opened' }, NOW);
    const written: ChannelEffect[] = [];
    const data = Uint8Array.of(3, 5, 0);
    const effects = one.step({ kind: 'send', address: '', data, urgency: 1, chance: 0 }, NOW);
    expect(effects.some(({ kind }) => kind === 'write')).toBe(false);
    for (const effect of effects) {
      if (effect.kind !== 'journal') continue;
      const { number, records } = effect;
      journal.keeperOf('field')(records, () =>
        written.push(...one.step({ kind: 'committed', number }, NOW)),
      );
    }
    expect(written).toEqual([]);
    disk.commit();
    expect(written.some(({ kind }) => kind === 'write')).toBe(true);
    expect(one.usage(NOW).usedMs).toBe(300);
    // The claim, of which nobody knows how much was used.
    expect(usedBy(disk)).toBeGreaterThanOrEqual(300);
  });

  it('of a link that is not there now stays for two hours, in case it comes back', () => {
    const disk = new Disk();
    const slot = Math.floor(NOW / SLOT_MS);
    disk.put(['a', 'gone', slot % 240].join('\0'), [slot, 5000, NOW]);
    expect(usedBy(disk)).toBe(0);
    expect(disk.records.size).toBe(1);
    expect(usedBy(disk, NOW + 2 * HOUR_MS + SLOT_MS + 1)).toBe(0);
    expect(disk.records.size).toBe(0);
  });

  it.each([
    ['x', [1, 2, null]],
    ['3', 'text'],
    ['3', [1, 2]],
    ['3', [-1, 2, null]],
    ['3', [1, 0.5, null]],
    ['3', [1, 2, 'late']],
  ])('leaves out a record that makes no sense: place %s, %j', (place, value) => {
    const disk = new Disk();
    disk.put(['a', 'field', place].join('\0'), value);
    expect(usedBy(disk)).toBe(0);
    expect(disk.records.size).toBe(0);
  });

  it('that nothing is kept of counts half of the hour as spent', () => {
    expect(usedBy(new Disk(false))).toBe(18_000);
  });

  it('that failed as it was opened: half of the hour counts as spent', () => {
    const one = channel();
    new AirJournal(new Disk()).restore(new Map([['field', one]]), NOW, false);
    expect(one.usage(NOW).usedMs).toBe(18_000);
  });
});
