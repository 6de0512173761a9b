import { describe, expect, it } from 'vitest';
import type { JournalRecord, JournalValue } from '../../../src/core/types.js';
import { AirJournal } from '../../../src/gateway/air-journal.js';
import type { ChannelEffect, ChannelInput } from '../../../src/modems/channel-events.js';
import { Channel } from '../../../src/modems/channel.js';
import { createModem } from '../../../src/modems/registry.js';
import { HOUR_MS, MODEM_HOLDS_MS, SLOT_MS } from '../../../src/radio/limits.js';
import { STANDING_PLACE } from '../../../src/radio/window.js';
import type { Journal } from '../../../src/store/journal.js';

/** What survives a crash, and when: `commit` is the disk. */
class Disk implements Journal {
  readonly records = new Map<string, JournalValue>();
  readonly isPersistent: boolean;
  private waiting: (() => void)[] = [];

  /** Unless it is new, an earlier run has kept air time here. */
  constructor({ isPersistent = true, isNew = false } = {}) {
    this.isPersistent = isPersistent;
    if (!isNew) this.records.set('ab', true);
  }

  /** What has been kept of links. */
  get ofLinks(): ReadonlyMap<string, JournalValue> {
    return new Map([...this.records].filter(([key]) => key !== 'ab'));
  }

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

const channel = (dutyCycle: number | null = 0.01): Channel =>
  new Channel({
    modem: createModem({
      modem: 'slip',
      baudRate: 115_200,
      messageBytesMax: 100,
      addressing: { kind: 'none' },
    }),
    air: { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 },
    dutyCycle,
  });

/** Starts a run with a link on each of these ports. */
function startRun(disk: Disk, ports: Record<string, string> = { field: '/dev/a' }, now = NOW) {
  const journal = new AirJournal(disk);
  for (const [link, port] of Object.entries(ports)) journal.of(link, port);
  const channels = new Map(Object.keys(ports).map((link) => [link, channel()]));
  const doubt = journal.restore(channels, now);
  const used = Object.fromEntries(
    [...channels].map(([link, one]) => [link, one.usage(now).usedMs]),
  );
  return { journal, channels, doubt, used };
}

const usedBy = (disk: Disk, now = NOW): number =>
  startRun(disk, { field: '/dev/a' }, now).used['field'] ?? 0;

describe('the journal of air time', () => {
  it('has what is about to be sent before it is sent, and the next run begins with it', () => {
    const disk = new Disk();
    const journal = new AirJournal(disk);
    const one = channel();
    journal.restore(new Map([['field', one]]), NOW);
    one.step({ kind: 'opened' }, NOW);
    const written: ChannelEffect[] = [];
    const data = Uint8Array.of(3, 5, 0);
    const effects = one.step({ kind: 'send', address: '', data, urgency: 1, chance: 0 }, NOW);
    expect(effects.some(({ kind }) => kind === 'write')).toBe(false);
    for (const effect of effects) {
      if (effect.kind !== 'journal') continue;
      const { number, records } = effect;
      journal.of('field', '/dev/a').keep(records, () => {
        if (number !== undefined) written.push(...one.step({ kind: 'committed', number }, NOW));
      });
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
    disk.put(['a', 'field', slot % 240].join('\0'), [slot, 6000, NOW]);
    disk.put(['a', 'field', 'port'].join('\0'), '/dev/a');
    disk.put(['a', 'gone', 'port'].join('\0'), '/dev/b');
    expect(usedBy(disk)).toBe(6);
    expect(disk.ofLinks.size).toBe(4);
    expect(usedBy(disk, NOW + 2 * HOUR_MS + SLOT_MS + 1)).toBe(0);
    expect([...disk.ofLinks]).toEqual([['a\0field\0port', '/dev/a']]);
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
    const key = ['a', 'field', place].join('\0');
    disk.put(key, value);
    expect(usedBy(disk)).toBe(0);
    expect(disk.records.has(key)).toBe(false);
  });
});

describe('an hour of which not all is known', () => {
  it('counts as spent where nothing is kept', () => {
    const { doubt, used } = startRun(new Disk({ isPersistent: false }));
    expect([doubt, used['field']]).toEqual(['not-kept', 36_000]);
  });

  it('counts as spent by half where a journal begins; and the next run knows', () => {
    const disk = new Disk({ isNew: true });
    const first = startRun(disk);
    expect([first.doubt, first.used['field']]).toEqual(['new', 18_000]);
    expect(first.channels.get('field')?.usage(NOW).assumedMs).toBe(18_000);
    const next = startRun(disk);
    expect([next.doubt, next.used['field']]).toEqual([undefined, 18_000]);
    expect(next.channels.get('field')?.usage(NOW).assumedMs).toBe(0);
  });

  it('is over after an hour, and no restart makes it longer', () => {
    const disk = new Disk({ isNew: true });
    startRun(disk);
    startRun(disk, undefined, NOW + HOUR_MS / 2);
    expect(usedBy(disk, NOW + HOUR_MS + MODEM_HOLDS_MS)).toBe(0);
  });

  it('counts as spent where records may be missing, beside what is there; once', () => {
    const disk = new Disk();
    disk.put(keyOf('field', SLOT % 240), [SLOT, 5_000_000, null]);
    disk.put(keyOf('field', STANDING_PLACE), [SLOT, 9_000_000, null]);
    disk.put('!damaged', true);
    const { doubt, used, channels } = startRun(disk);
    expect([doubt, used['field']]).toEqual(['damaged', 36_000]);
    expect(channels.get('field')?.usage(NOW).assumedMs).toBe(22_000);
    expect(disk.records.has('!damaged')).toBe(false);
    // The next run is told nothing of it, and knows.
    const next = startRun(disk);
    expect([next.doubt, next.used['field']]).toEqual([undefined, 36_000]);
  });

  it('in the slot of a claim: all of it is counted, and none of the claim is left to be used', () => {
    const disk = new Disk();
    const slot = Math.floor(NOW / SLOT_MS);
    disk.put(keyOf('field', slot % 240), [slot, 5_000_000, null]);
    disk.put('!damaged', true);
    expect(usedBy(disk)).toBe(36_000);
    expect(disk.records.get(keyOf('field', slot % 240))).toEqual([
      slot,
      36_000_000,
      expect.any(Number),
    ]);
    expect(usedBy(disk)).toBe(36_000);
  });

  it('is nobody’s concern without a limit', () => {
    const journal = new AirJournal(new Disk({ isNew: true }));
    expect(journal.restore(new Map([['wire', channel(null)]]), NOW)).toBeUndefined();
  });
});

describe('links that are named anew', () => {
  const begin = () => {
    const disk = new Disk();
    disk.put(keyOf('one', SLOT % 240), [SLOT, 5_000_000, ENDED_AT]);
    disk.put(['a', 'one', 'port'].join('\0'), '/dev/a');
    disk.put(keyOf('two', SLOT % 240), [SLOT, 1_000_000, ENDED_AT]);
    disk.put(keyOf('two', (SLOT - 1) % 240), [SLOT - 1, 3_000_000, ENDED_AT]);
    disk.put(['a', 'two', 'port'].join('\0'), '/dev/b');
    return disk;
  };

  it('go on with their own where name and port are as they were', () => {
    expect(startRun(begin(), { one: '/dev/a', two: '/dev/b' }).used).toEqual({
      one: 5000,
      two: 4000,
    });
  });

  it('that have swapped their names have no less than either had, in this run and the next', () => {
    const disk = begin();
    const swapped = { two: '/dev/a', one: '/dev/b' };
    expect(startRun(disk, swapped).used).toEqual({ two: 8000, one: 8000 });
    expect(startRun(disk, swapped).used).toEqual({ two: 8000, one: 8000 });
  });

  it('for one run only: what was sent meanwhile counts when the old name is back', () => {
    const disk = begin();
    const { journal } = startRun(disk, { three: '/dev/a', two: '/dev/b' });
    const later = { place: (SLOT + 1) % 240, slot: SLOT + 1, airUs: 7_000_000, endedAt: NOW };
    journal.of('three', '/dev/a').keep([later], () => {});
    expect(startRun(disk, { one: '/dev/a', two: '/dev/b' }).used).toEqual({
      one: 12_000,
      two: 4000,
    });
  });

  it('one that takes the port of another goes on with both', () => {
    expect(startRun(begin(), { one: '/dev/b' }).used).toEqual({ one: 8000 });
  });

  it('one with a new name on a port goes on with what was sent there', () => {
    expect(startRun(begin(), { three: '/dev/a', two: '/dev/b' }).used).toEqual({
      three: 5000,
      two: 4000,
    });
  });

  it('one that has changed its port more than once is known at each of them', () => {
    const disk = begin();
    startRun(disk, { one: '/dev/c', two: '/dev/b' });
    startRun(disk, { one: '/dev/d', two: '/dev/b' });
    const { used } = startRun(disk, { one: '/dev/e', two: '/dev/b', three: '/dev/c' });
    expect(used).toEqual({ one: 5000, two: 4000, three: 5000 });
    expect(startRun(disk, { one: '/dev/e', four: '/dev/a' }).used['four']).toBe(5000);
  });

  it('one that has left a port has nothing to do with it two hours later', () => {
    const disk = begin();
    const swapped = { two: '/dev/a', one: '/dev/b' };
    startRun(disk, swapped);
    const send = (journal: AirJournal, slot: number): void => {
      const record = { place: slot % 240, slot, airUs: 7_000_000, endedAt: slot * SLOT_MS };
      journal.of('one', '/dev/b').keep([record], () => {});
    };
    const soon = NOW + 2 * HOUR_MS - 1;
    send(startRun(disk, swapped, soon).journal, Math.floor(soon / SLOT_MS) - 1);
    expect(startRun(disk, swapped, soon).used).toEqual({ two: 7000, one: 7000 });
    const later = soon + 2 * HOUR_MS;
    send(startRun(disk, swapped, later).journal, Math.floor(later / SLOT_MS) - 1);
    expect(startRun(disk, swapped, later).used).toEqual({ two: 0, one: 7000 });
    expect([...disk.records.keys()].filter((key) => key.endsWith('left'))).toEqual([]);
  });

  it('one whose clock was ahead when it left a port is done with it as soon as others', () => {
    const disk = begin();
    disk.put(['a', 'one', 'left'].join('\0'), [['/dev/c', NOW + 100 * HOUR_MS]]);
    startRun(disk, { one: '/dev/a' });
    expect(disk.records.get(['a', 'one', 'left'].join('\0'))).toEqual([['/dev/c', NOW]]);
  });

  it.each([['text'], [[['/dev/c']]], [[[1, NOW]]], [[['/dev/c', 'late']]], [7]])(
    'what it has left is passed over where it makes no sense: %j',
    (left) => {
      const disk = begin();
      disk.put(['a', 'one', 'left'].join('\0'), left);
      expect(startRun(disk, { one: '/dev/a', two: '/dev/b' }).used).toEqual({
        one: 5000,
        two: 4000,
      });
      expect(disk.records.has(['a', 'one', 'left'].join('\0'))).toBe(false);
    },
  );

  it('one on another port goes on with what was sent under its name', () => {
    expect(startRun(begin(), { one: '/dev/c', two: '/dev/b' }).used).toEqual({
      one: 5000,
      two: 4000,
    });
  });
});

/** In a slot of ten minutes ago. */
const SLOT = Math.floor(NOW / SLOT_MS) - 20;
const ENDED_AT = (SLOT + 1) * SLOT_MS;
const keyOf = (link: string, place: number): string => ['a', link, place].join('\0');

describe('a link of which nothing is known', () => {
  it('goes on with the most that one of those has used that are not there any more', () => {
    const disk = new Disk();
    disk.put(keyOf('old', SLOT % 240), [SLOT, 5_000_000, ENDED_AT]);
    disk.put(keyOf('older', SLOT % 240), [SLOT, 1_000_000, ENDED_AT - 1000]);
    disk.put(keyOf('older', (SLOT - 1) % 240), [SLOT - 1, 500_000, null]);
    expect(usedBy(disk)).toBe(5500);
    // And goes on with it in the next run, when it has records of its own.
    expect(disk.records.get(keyOf('field', SLOT % 240))).toEqual([SLOT, 5_000_000, ENDED_AT]);
    expect(disk.records.get(keyOf('field', (SLOT - 1) % 240))).toEqual([SLOT - 1, 500_000, null]);
    expect(usedBy(disk)).toBe(5500);
  });

  it('of two slots in one place goes on with the later one', () => {
    const disk = new Disk();
    disk.put(keyOf('old', SLOT % 240), [SLOT, 5_000_000, ENDED_AT]);
    disk.put(keyOf('older', SLOT % 240), [SLOT - 240, 9_000_000, ENDED_AT - 2 * HOUR_MS]);
    expect(usedBy(disk)).toBe(5000);
  });

  it('has their standing claims, too; those of whom nobody is left are over in an hour', () => {
    const disk = new Disk();
    for (const link of ['old', 'older'])
      disk.put(keyOf(link, STANDING_PLACE), [7, 9_000_000, null]);
    expect(usedBy(disk)).toBe(9000);
    const [slot, airUs, endedAt] = disk.records.get(keyOf('old', STANDING_PLACE)) as number[];
    expect([slot, airUs]).toEqual([Math.floor((endedAt ?? 0) / SLOT_MS), 9_000_000]);
    expect(endedAt).toBe(NOW + 9000 + MODEM_HOLDS_MS);
    expect(disk.records.get(keyOf('field', STANDING_PLACE))).toEqual([
      expect.any(Number),
      9_000_000,
      null,
    ]);
  });

  it('one that has records of its own does not', () => {
    const disk = new Disk();
    disk.put(keyOf('old', SLOT % 240), [SLOT, 5_000_000, ENDED_AT]);
    disk.put(keyOf('field', SLOT % 240), [SLOT, 1_000_000, ENDED_AT]);
    expect(usedBy(disk)).toBe(1000);
  });

  it('one without a limit takes nothing over, and is none that uses any', () => {
    const disk = new Disk();
    disk.put(keyOf('wire', SLOT % 240), [SLOT, 5_000_000, ENDED_AT]);
    const channels = new Map([
      ['wire', channel(null)],
      ['other wire', channel(null)],
      ['field', channel()],
    ]);
    new AirJournal(disk).restore(channels, NOW);
    expect([...channels.values()].map((one) => one.usage(NOW).usedMs)).toEqual([0, 0, 5000]);
    expect([...disk.ofLinks.keys()].some((key) => key.includes('other'))).toBe(false);
  });
});

describe('a disk that fails', () => {
  const data = Uint8Array.of(3, 5, 0);

  /** A link, its journal, and what goes to its port. */
  class Field {
    readonly disk = new Disk();
    readonly journal = new AirJournal(this.disk);
    readonly channel = channel();
    readonly effects: ChannelEffect[] = [];
    now = NOW;

    start(): void {
      const journal = this.journal.of('field', '/dev/a');
      this.journal.restore(new Map([['field', this.channel]]), this.now);
      journal.watch((works) => this.step({ kind: 'store', works }));
      this.step({ kind: 'opened' });
    }

    send(): void {
      this.step({ kind: 'send', address: '', data, urgency: 1, chance: 0 });
    }

    step(input: ChannelInput): void {
      for (const effect of this.channel.step(input, this.now)) {
        this.effects.push(effect);
        if (effect.kind !== 'journal') continue;
        const { number, records } = effect;
        this.journal.of('field', '/dev/a').keep(records, () => {
          if (number !== undefined) this.step({ kind: 'committed', number });
        });
      }
    }

    count(kind: ChannelEffect['kind']): number {
      return this.effects.filter((effect) => effect.kind === kind).length;
    }
  }

  it('as the journal is opened: a full hour counts as spent, and nothing is sent', () => {
    const field = new Field();
    field.journal.onStore('failing', NOW);
    field.start();
    field.send();
    expect(field.channel.usage(NOW)).toMatchObject({ usedMs: 36_000, isReduced: true });
    expect(field.count('write')).toBe(0);
    expect(field.effects).toContainEqual({ kind: 'allowance', usableMs: 0, limitMs: 36_000 });
  });

  it('while a frame waits for it: the frame goes, if what is on disk covers it', () => {
    const field = new Field();
    field.start();
    field.send();
    field.disk.commit();
    expect(field.count('write')).toBe(1);
    field.now += HOUR_MS;
    field.step({ kind: 'deadline' });
    field.send();
    expect(field.count('write')).toBe(1);
    field.journal.onStore('failing', field.now);
    // The store answers everybody now.
    field.disk.commit();
    expect(field.count('write')).toBe(2);
    expect(field.channel.usage(field.now).isReduced).toBe(true);
  });

  it('and no standing claim is on it: the frame waits until it works, and all is on it', () => {
    const field = new Field();
    field.start();
    field.send();
    field.journal.onStore('failing', NOW);
    field.disk.commit();
    expect(field.count('write')).toBe(0);
    field.journal.onStore('working', NOW);
    expect(field.count('write')).toBe(0);
    field.disk.commit();
    // Its records, once more with a number.
    field.disk.commit();
    expect(field.count('write')).toBe(1);
    expect(field.channel.usage(NOW).isReduced).toBe(false);
  });

  it('again before all is on it: nothing has changed', () => {
    const field = new Field();
    field.start();
    field.journal.onStore('failing', NOW);
    field.journal.onStore('working', NOW);
    field.journal.onStore('failing', NOW);
    field.disk.commit();
    expect(field.channel.usage(NOW).isReduced).toBe(true);
    expect(field.count('allowance')).toBe(1);
  });

  it('and is replaced by an empty one: gets all of the hour when it works', () => {
    const field = new Field();
    field.start();
    field.send();
    field.disk.commit();
    const before = new Map(field.disk.records);
    field.journal.onStore('failing', NOW);
    field.disk.records.clear();
    field.journal.onStore('working', NOW);
    expect(field.disk.records).toEqual(before);
  });
});
