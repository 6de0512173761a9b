/** A scheduler with a modem behind it, under virtual time: what it is told is sent, and takes its time. */
import type {
  DroppedFrame,
  Offer,
  Outcome,
  Priority,
  RadioFrame,
  Transmission,
} from '../../../src/radio/frames.js';
import { RadioScheduler, type SchedulerSettings } from '../../../src/radio/scheduler.js';
import { AirWindow } from '../../../src/radio/window.js';
import type { OnAir } from './hour.js';

export interface Sent extends OnAir {
  frame: RadioFrame;
  transmission: Transmission;
  outcome: Outcome;
}

export class Transmitter {
  now = 0;
  readonly window: AirWindow;
  readonly scheduler: RadioScheduler;
  readonly sent: Sent[] = [];
  readonly dropped: (DroppedFrame & { at: number })[] = [];
  /** What the modem makes of a frame; it sends all unless told otherwise. */
  outcomeOf: (frame: RadioFrame) => Outcome = () => 'sent';
  modemMs = 20;
  private ids = 0;
  private onAir: Sent | undefined;

  constructor(settings: Partial<SchedulerSettings> & { dutyCycle?: number | null } = {}) {
    const { dutyCycle = null, window = new AirWindow(dutyCycle), ...rest } = settings;
    this.window = window;
    const air = { kind: 'rate', bytesPerSecond: 1000, overheadMs: 0 } as const;
    this.scheduler = new RadioScheduler({ air, ...rest, window });
  }

  /** By default a frame of 100 octets, 100 ms on the air, for a device of its own, for ever. */
  offer(priority: Priority, changes: Partial<RadioFrame> = {}): Offer & { id: number } {
    const id = ++this.ids;
    const frame = {
      id,
      address: `device ${id}`,
      priority,
      bytes: 100,
      expiresAt: Number.POSITIVE_INFINITY,
      ...changes,
    };
    const offer = this.scheduler.offer(frame, this.now);
    this.turn();
    return { ...offer, id };
  }

  heard(address: string): void {
    this.scheduler.received(address, this.now);
    this.turn();
  }

  /** Lets time pass; every deadline is kept to the millisecond. */
  runUntil(end: number): void {
    for (let turns = 0; ; turns++) {
      if (turns > 1_000_000) throw new Error('the scheduler turns and turns and nothing happens');
      const due = Math.min(
        this.scheduler.nextDeadline() ?? Number.POSITIVE_INFINITY,
        this.onAir?.toMs ?? Number.POSITIVE_INFINITY,
      );
      if (due > end) break;
      this.now = Math.max(this.now, Math.ceil(due));
      this.finish();
      this.turn();
    }
    this.now = Math.max(this.now, end);
  }

  run(ms: number): void {
    this.runUntil(this.now + ms);
  }

  get order(): number[] {
    return this.sent.map(({ frame }) => frame.id);
  }

  private finish(): void {
    if (this.onAir === undefined || this.onAir.toMs > this.now) return;
    const { frame, outcome } = this.onAir;
    this.onAir = undefined;
    this.scheduler.sent(frame.id, outcome, this.now);
  }

  private turn(): void {
    const { send, dropped } = this.scheduler.next(this.now);
    this.dropped.push(...dropped.map((one) => ({ ...one, at: this.now })));
    if (send === undefined) return;
    if (this.onAir !== undefined) throw new Error('two frames at a time');
    const outcome = this.outcomeOf(send.frame);
    const isSilent = outcome === 'busy' || outcome === 'refused';
    const fromMs = this.now;
    const toMs = Math.ceil(fromMs + this.modemMs + (isSilent ? 0 : send.airMs));
    this.onAir = { frame: send.frame, transmission: send, outcome, fromMs, toMs };
    this.sent.push(this.onAir);
  }
}
