/** The law over a disk that fails and a process that is killed: the real journal, channel and driver, in virtual time. */
import { expect, it } from 'vitest';
import { AirJournal } from '../../../src/gateway/air-journal.js';
import type { ChannelInput } from '../../../src/modems/channel-events.js';
import { Channel } from '../../../src/modems/channel.js';
import { createModem } from '../../../src/modems/registry.js';
import { HOUR_MS } from '../../../src/radio/limits.js';
import { LevelStore } from '../../../src/store/level-store.js';
import { type OnAir, worstHourMs } from '../radio/hour.js';
import { SimulatedDisk } from '../../support/store/simulated-disk.js';
import { VirtualTime } from '../store/virtual-time.js';

const LIMIT_MS = 36_000;
const STANDING_MS = 9000;
const STEP_MS = 100;
const MINUTE_MS = 60_000;

/** A second on the air, and a PUBLISH: of which two are two, however alike. */
const DATA = Uint8Array.of(10, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0);
const AIR_MS = 1000;

/** One run of the gateway, of which nothing is left but the disk and what was on the air. */
class Run {
  readonly channel: Channel;
  private readonly store: LevelStore;
  private readonly journal: AirJournal;

  constructor(
    private readonly time: VirtualTime,
    private readonly disk: SimulatedDisk,
    private readonly onAir: OnAir[],
  ) {
    this.store = new LevelStore('/journal', {
      driver: disk.plugIn(),
      time,
      onProblem: ({ problem }) => {
        if (problem !== 'damaged') this.journal.onStore(problem, time.nowMs);
      },
    });
    this.journal = new AirJournal(this.store);
    const addressing = { kind: 'none' } as const;
    const settings = { baudRate: 115_200, messageBytesMax: 100, addressing };
    const modem = createModem({ modem: 'slip', ...settings });
    const air = { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 } as const;
    this.channel = new Channel({ modem, air, dutyCycle: 0.01 });
  }

  async start(): Promise<void> {
    const opened = this.store.open();
    await this.time.advance(this.disk.latencyMs);
    await opened;
    const journal = this.journal.of('field', '/dev/a');
    this.journal.restore(new Map([['field', this.channel]]), this.time.nowMs);
    journal.watch((works) => this.step({ kind: 'store', works }));
    this.step({ kind: 'opened' });
  }

  /** Sends whatever may be sent. */
  async sendFor(ms: number): Promise<void> {
    const end = this.time.nowMs + ms;
    while (this.time.nowMs < end) {
      const { queuedFrames } = this.channel.usage(this.time.nowMs);
      if (queuedFrames === 0)
        this.step({ kind: 'send', address: '', data: DATA, urgency: 1, chance: 0 });
      await this.time.advance(STEP_MS);
      this.step({ kind: 'deadline' });
    }
  }

  private step(input: ChannelInput): void {
    const now = this.time.nowMs;
    for (const effect of this.channel.step(input, now)) {
      if (effect.kind === 'write') this.onAir.push({ fromMs: now, toMs: now + AIR_MS });
      if (effect.kind !== 'journal') continue;
      const { number, records } = effect;
      this.journal.of('field', '/dev/a').keep(records, () => {
        if (number !== undefined) this.step({ kind: 'committed', number });
      });
    }
  }
}

/** Whose first hour is over. */
async function aDisk() {
  const time = new VirtualTime();
  const disk = new SimulatedDisk(time);
  const onAir: OnAir[] = [];
  const run = () => new Run(time, disk, onAir);
  await run().start();
  await time.advance(HOUR_MS + MINUTE_MS);
  disk.cutPower(false);
  time.forget();
  return { time, disk, onAir, run };
}

/** It takes nothing more. */
const breakDisk = (disk: SimulatedDisk): void => {
  disk.failures = Array.from({ length: 10_000 }, () => 'nothing landed' as const);
};

it('disk fails in mid-run, the process is killed: the next run has no second allowance', async () => {
  const { time, disk, onAir, run } = await aDisk();
  const first = run();
  await first.start();
  await first.sendFor(5000);
  expect(onAir.length).toBeGreaterThan(2);
  breakDisk(disk);
  const before = onAir.length;
  await first.sendFor(MINUTE_MS);
  expect((onAir.length - before) * AIR_MS).toBeGreaterThan(STANDING_MS - 2 * AIR_MS);
  expect((onAir.length - before) * AIR_MS).toBeLessThanOrEqual(STANDING_MS + 2 * AIR_MS);
  expect(first.channel.usage(time.nowMs).isReduced).toBe(true);
  disk.cutPower(false);
  time.forget();
  disk.failures = [];
  const next = run();
  await next.start();
  expect(next.channel.usage(time.nowMs).usedMs).toBeGreaterThanOrEqual(onAir.length * AIR_MS);
  await next.sendFor(2 * MINUTE_MS);
  expect(onAir.length * AIR_MS).toBeLessThanOrEqual(LIMIT_MS);
  expect(worstHourMs(onAir)).toBeLessThanOrEqual(LIMIT_MS);
});

it('disk fails and works again: so does the whole hour, and a kill forgets nothing of it', async () => {
  const { time, disk, onAir, run } = await aDisk();
  const first = run();
  await first.start();
  await first.sendFor(3000);
  disk.failures = ['nothing landed', 'nothing landed'];
  await first.sendFor(2 * MINUTE_MS);
  expect(disk.failures).toEqual([]);
  expect(first.channel.usage(time.nowMs).isReduced).toBe(false);
  expect(onAir.length * AIR_MS).toBeGreaterThan(2 * STANDING_MS);
  disk.cutPower(false);
  time.forget();
  const next = run();
  await next.start();
  await next.sendFor(2 * MINUTE_MS);
  expect(worstHourMs(onAir)).toBeLessThanOrEqual(LIMIT_MS);
});

it('disk that is read-only from the start: a killed run leaves an hour of silence, then a quarter', async () => {
  const { time, disk, onAir, run } = await aDisk();
  const first = run();
  await first.start();
  await first.sendFor(3000);
  const before = onAir.length;
  expect(before).toBeGreaterThan(1);
  disk.cutPower(false);
  time.forget();
  disk.refusal = new Error('EROFS');
  disk.isReadable = true;
  const next = run();
  await next.start();
  await next.sendFor(2 * MINUTE_MS);
  expect(onAir.length).toBe(before);
  await time.advance(HOUR_MS);
  await next.sendFor(2 * MINUTE_MS);
  expect((onAir.length - before) * AIR_MS).toBe(STANDING_MS);
  expect(worstHourMs(onAir)).toBeLessThanOrEqual(LIMIT_MS);
});

it('part of the journal is garbled: an hour of silence, also over another kill, and then all of the hour', async () => {
  const { time, disk, onAir, run } = await aDisk();
  const first = run();
  await first.start();
  await first.sendFor(2 * MINUTE_MS);
  const before = onAir.length;
  disk.cutPower(false);
  time.forget();
  const [key, record] = [...disk.kept].find(([one]) => one.startsWith('a\0')) ?? [];
  if (key === undefined || record === undefined) throw new Error('no air time on the disk');
  disk.kept.set(
    key,
    record.map((octet) => octet ^ 1),
  );
  // This one is killed before it has written what it concludes.
  const second = run();
  await second.start();
  disk.cutPower(false);
  time.forget();
  const third = run();
  await third.start();
  await third.sendFor(HOUR_MS / 2);
  expect(onAir.length).toBe(before);
  await time.advance(HOUR_MS / 2 + MINUTE_MS);
  await third.sendFor(2 * MINUTE_MS);
  expect((onAir.length - before) * AIR_MS).toBeGreaterThan(LIMIT_MS / 2);
  expect(worstHourMs(onAir)).toBeLessThanOrEqual(LIMIT_MS);
});
