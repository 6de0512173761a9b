/** Devices that fall silent, one after the other, until their will is published, and come back. */
import type { Chance } from '../crash/chance.js';
import type { FaultLog } from './faults.js';
import type { SoakDevice } from './device.js';
import type { WillWatch } from './wills.js';

const TICK_MS = 200;
/** Devices that die in a minute, of a hundred. */
const DEATHS_PER_MINUTE_OF_100 = 40;
/**
 * After nothing has happened to anybody for so long, a will has come: a keep alive and a half, one more period
 * after a restart of the gateway, and a busy machine's share.
 */
const WILL_DEADLINE_MS = 45_000;

export class Mortals {
  /** Whether more may die. */
  isDying = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly deadSince = new Map<SoakDevice, number>();
  private due = 0;

  constructor(
    private readonly devices: readonly SoakDevice[],
    private readonly wills: WillWatch,
    private readonly faults: FaultLog,
    private readonly chance: Chance,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    for (const [device, since] of this.deadSince) {
      const from = Math.max(since, this.latestFault(now));
      if (!this.wills.isPublished(device.id) && now - from < WILL_DEADLINE_MS) continue;
      this.wills.rises(device.id, now);
      this.deadSince.delete(device);
      device.start();
    }
    if (!this.isDying) return;
    this.due += (this.devices.length * DEATHS_PER_MINUTE_OF_100 * TICK_MS) / (100 * 60_000);
    for (; this.due >= 1; this.due -= 1) this.die(now);
  }

  private die(now: number): void {
    // Who has no session cannot be missed.
    const alive = this.devices.filter(
      (device) => !this.deadSince.has(device) && device.state === 'active',
    );
    const device = alive[this.chance.integer(0, alive.length - 1)];
    if (device === undefined) return;
    device.stop();
    this.deadSince.set(device, now);
    this.wills.dies(device.id);
  }

  private latestFault(now: number): number {
    const ends = this.faults.faults
      .filter(({ victim }) => victim !== 'dongle')
      .map(({ to }) => Math.min(to, now));
    return Math.max(0, ...ends);
  }
}
