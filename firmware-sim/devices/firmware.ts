/**
 * What runs on a device: a script that waits for messages and times, written as a generator, so that it
 * reads from top to bottom as firmware does and still has no clock, thread or promise of its own.
 */
import type { Random } from '../random.js';
import { decode } from '../sn/decode.js';
import { encode } from '../sn/encode.js';
import type { SnMessage } from '../sn/messages.js';
import type { Timeline } from '../timeline.js';
import { Ledger } from './ledger.js';
import type { Port } from './port.js';

/** Yields what it waits for; goes on with the message that came, or undefined when the time is over. */
export type Steps<T = void> = Generator<Wait, T, SnMessage | undefined>;

export interface Wait {
  forMs: number;
  /** The script takes these messages; others go to `hear`. Absent: none. */
  wants?: (message: SnMessage) => boolean;
}

export interface DeviceSetup {
  /** Its client id, too. */
  id: string;
  timeline: Timeline;
  port: Port;
  /** The device's own stream. */
  random: Random;
}

export type DeviceState = 'off' | 'disconnected' | 'active' | 'asleep';

export interface Device {
  readonly id: string;
  readonly ledger: Ledger;
  readonly state: DeviceState;
  /** Switches it on. */
  start(): void;
  /** Pulls the plug. */
  stop(): void;
  /** Pulls the plug, and plugs it in again: what was in its memory is gone. */
  reboot(offMs: number): void;
  /** Says good-bye where it can, and comes back later as after a reboot. */
  leave(offMs: number): void;
}

export abstract class Firmware implements Device {
  readonly id: string;
  readonly ledger = new Ledger();
  state: DeviceState = 'off';
  /** When it has last sent something. */
  protected saidAt = 0;
  protected readonly timeline: Timeline;
  protected readonly port: Port;
  protected readonly random: Random;
  private script: Steps | undefined;
  private wait: Wait | undefined;
  private cancelTimer: () => void = () => {};

  constructor({ id, timeline, port, random }: DeviceSetup) {
    this.id = id;
    this.timeline = timeline;
    this.port = port;
    this.random = random;
  }

  start(): void {
    this.stop();
    this.state = 'disconnected';
    this.port.onMessage((octets) => this.arrived(octets));
    this.script = this.life();
    this.goOn(undefined);
  }

  stop(): void {
    this.cancelTimer();
    this.script = undefined;
    this.wait = undefined;
    this.port.listen(false);
    this.forget();
    this.state = 'off';
  }

  reboot(offMs: number): void {
    this.stop();
    this.ledger.reboots += 1;
    this.cancelTimer = this.timeline.at(this.timeline.now() + offMs, () => this.start());
  }

  leave(offMs: number): void {
    this.sayGoodBye();
    this.reboot(offMs);
  }

  /** Whoever has a connection ends it. */
  protected sayGoodBye(): void {}

  /** What it does from power-up on; most firmware never ends. */
  protected abstract life(): Steps;

  /** A message that the script does not wait for. */
  protected abstract hear(message: SnMessage): void;

  /** What was in its memory is gone; a counter of measurements may survive in flash. */
  protected forget(): void {}

  protected say(message: SnMessage): void {
    this.saidAt = this.timeline.now();
    this.port.send(encode(message));
  }

  protected *pause(forMs: number): Steps {
    yield { forMs };
  }

  protected arrived(octets: Uint8Array): void {
    const message = decode(octets);
    if (message === undefined) this.ledger.malformed += 1;
    else if (this.wait?.wants?.(message)) this.goOn(message);
    else this.hear(message);
  }

  private goOn(message: SnMessage | undefined): void {
    this.cancelTimer();
    this.wait = undefined;
    const { script } = this;
    const step = script?.next(message);
    // Pulled the plug on itself, or at its end.
    if (script !== this.script || step === undefined || step.done === true) return;
    this.wait = step.value;
    const until = this.timeline.now() + step.value.forMs;
    this.cancelTimer = this.timeline.at(until, () => this.goOn(undefined));
  }
}
