/** A probe and a virtual modem of firmware-sim on one line, which knows baud rates, both under virtual time. */
import type { Air, AirFrame, Station } from '../../../firmware-sim/air.js';
import type { ModemSetup, VirtualModem } from '../../../firmware-sim/modems/index.js';
import { Random } from '../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../firmware-sim/virtual-timeline.js';
import { Probe, type ProbeEffect, type ProbeResult } from '../../../src/modems/probe/probe.js';
import { probeStages } from '../../../src/modems/probe/questions.js';
import { toHex } from '../hex.js';

const AIR_MS = 40;

class CountingAir implements Air {
  readonly lockMs = 0;
  readonly sent: string[] = [];

  constructor(private readonly timeline: VirtualTimeline) {}

  transmit(_station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void {
    this.sent.push(toHex(frame.payload));
    this.timeline.at(this.timeline.now() + AIR_MS, () => done(false));
  }

  airTimeMs(): number {
    return AIR_MS;
  }

  isBusy(): boolean {
    return false;
  }
}

export interface LineSettings {
  /** Of the modem; at others both sides see garbage. undefined: it does not matter, as with a pty. */
  baudRate?: number;
  /** Opening the port resets the board. */
  resetsOnOpen?: boolean;
  /** So much later than the modem says it the probe hears it. */
  delayMs?: number;
}

export class ProbeLine<M extends VirtualModem> {
  readonly timeline = new VirtualTimeline(50_000);
  readonly air = new CountingAir(this.timeline);
  readonly modem: M;
  /** What the probe has written, in hexadecimal digits. */
  readonly written: string[] = [];
  readonly rates: (number | undefined)[] = [];
  readonly progress: string[] = [];
  readonly #settings: LineSettings;
  #probe: Probe | undefined;
  #result: ProbeResult | undefined;

  constructor(create: (setup: ModemSetup) => M, settings: LineSettings = {}) {
    this.#settings = settings;
    this.modem = create({ timeline: this.timeline, air: this.air, random: new Random(3) });
    this.modem.onOutput((octets) => {
      const data = octets.slice();
      const { delayMs } = this.#settings;
      if (delayMs === undefined) this.#hear(data);
      else this.timeline.at(this.timeline.now() + delayMs, () => this.#hear(data));
    });
    this.timeline.run(this.timeline.now() + 10_000);
  }

  probe(where: Parameters<typeof probeStages>[0]): ProbeResult {
    const probe = new Probe(probeStages(where));
    this.#probe = probe;
    this.#result = undefined;
    this.#apply(probe.start());
    while (this.#result === undefined) {
      const deadline = probe.nextDeadline() ?? Number.POSITIVE_INFINITY;
      const next = Math.min(deadline, this.timeline.nextTime() ?? deadline);
      this.timeline.run(next);
      if (next === deadline) this.#apply(probe.step({ kind: 'deadline' }, this.timeline.now()));
    }
    return this.#result;
  }

  #hear(data: Uint8Array): void {
    this.#apply(this.#probe?.step({ kind: 'received', data }, this.timeline.now()) ?? []);
  }

  #apply(effects: readonly ProbeEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open':
          this.#open(effect.baudRate);
          break;
        case 'write':
          this.written.push(toHex(effect.data));
          this.modem.fromHost(effect.data);
          break;
        case 'progress':
          this.progress.push(effect.text);
          break;
        case 'done':
          this.#result = effect.result;
          break;
        default:
          effect satisfies never;
      }
    }
  }

  #open(baudRate: number | undefined): void {
    this.rates.push(baudRate);
    const { baudRate: own, resetsOnOpen = false } = this.#settings;
    this.modem.faults.wrongBaudRate = own !== undefined && baudRate !== own;
    if (resetsOnOpen) this.modem.reset();
    this.#apply(this.#probe?.step({ kind: 'opened' }, this.timeline.now()) ?? []);
  }
}
