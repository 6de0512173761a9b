/** A driver and a virtual modem of firmware-sim on one line, both under one virtual time. */
import type { Air, AirFrame, Station } from '../../../firmware-sim/air.js';
import type { ModemSetup, VirtualModem } from '../../../firmware-sim/modems/index.js';
import { Random } from '../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../firmware-sim/virtual-timeline.js';
import type { Modem, ModemEffect, ModemInput } from '../../../src/modems/modem.js';
import { toHex } from '../hex.js';

export const AIR_MS = 40;

/** An air with nobody else in it. */
class QuietAir implements Air {
  readonly lockMs = 0;
  readonly sent: AirFrame[] = [];
  /** Whether a recipient acknowledges. */
  isAnswered = true;
  private readonly timeline: VirtualTimeline;

  constructor(timeline: VirtualTimeline) {
    this.timeline = timeline;
  }

  transmit(_station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void {
    this.timeline.at(this.timeline.now() + AIR_MS, () => {
      this.sent.push(frame);
      done(this.isAnswered);
    });
  }

  airTimeMs(): number {
    return AIR_MS;
  }

  isBusy(): boolean {
    return false;
  }
}

export class Pair<V extends VirtualModem = VirtualModem> {
  readonly timeline = new VirtualTimeline(1_000_000);
  readonly air = new QuietAir(this.timeline);
  readonly effects: ModemEffect[] = [];
  readonly virtual: V;
  readonly #driver: Modem;

  constructor(driver: Modem, create: (setup: ModemSetup) => V) {
    this.#driver = driver;
    this.virtual = create({ timeline: this.timeline, air: this.air, random: new Random(1) });
    this.virtual.onOutput((data) => {
      for (const octet of data) this.step({ kind: 'received', data: Uint8Array.of(octet) });
    });
  }

  open(): this {
    this.step({ kind: 'opened' });
    this.run(20_000);
    return this;
  }

  /** At a port that resets the board when it is opened. */
  openWithReset(): this {
    this.step({ kind: 'opened' });
    this.virtual.reset();
    this.run(20_000);
    return this;
  }

  step(input: ModemInput): void {
    for (const effect of this.#driver.step(input, this.timeline.now())) {
      this.effects.push(effect);
      if (effect.kind === 'write') this.virtual.fromHost(effect.data);
    }
  }

  send(id: number, address: string | null, data: Uint8Array): void {
    this.step({ kind: 'send', id, address, data, airTimeMs: AIR_MS });
  }

  run(ms: number): void {
    const end = this.timeline.now() + ms;
    for (;;) {
      const deadline = this.#driver.nextDeadline() ?? end;
      const next = Math.min(end, deadline, this.timeline.nextTime() ?? end);
      this.timeline.run(Math.max(next, this.timeline.now()));
      if (deadline <= this.timeline.now() && deadline < end) this.step({ kind: 'deadline' });
      else if (next >= end) return;
    }
  }

  of<K extends ModemEffect['kind']>(kind: K): Extract<ModemEffect, { kind: K }>[] {
    return this.effects.filter(
      (effect): effect is Extract<ModemEffect, { kind: K }> => effect.kind === kind,
    );
  }

  get state(): string | undefined {
    return this.of('state').at(-1)?.state;
  }

  get problems(): string[] {
    return this.of('problem').map(({ code }) => code);
  }

  get outcomes(): string[] {
    return this.of('sent').map(({ outcome }) => outcome);
  }

  /** `address:hex` of each. */
  get datagrams(): string[] {
    return this.of('datagram').map(({ address, data }) => `${address}:${toHex(data)}`);
  }
}
