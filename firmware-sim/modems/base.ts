import type { Air, AirFrame, Reception } from '../air.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';
import { Faults } from './faults.js';
import { type Latency, pickMs, RECEPTION } from './latencies.js';
import type { ModemSetup, VirtualModem } from './modem.js';

/** What a modem puts on the air. */
export interface Outgoing {
  payload: Uint8Array;
  /** null: to everybody. */
  to: string | null;
  /** Its own address by default; '' where the air carries none. */
  from?: string;
  /** Of the modem's own header on the air. */
  overheadBytes?: number;
}

/** Whether something goes to the host because it has asked, or by itself. The fault `noAnswers` takes the first. */
type OutputKind = 'answer' | 'event';

/** Differences of times in fractions of milliseconds are not exact. */
const TOLERANCE_MS = 1e-6;

/**
 * The part of a modem that has nothing to do with its dialect: half duplex, power, faults, and output in
 * order whatever the latencies.
 *
 * It has lives: a reset begins a new one, and whatever was under way in the old one never happens. Only
 * a transmission goes on to its end, because what is on the air is on the air.
 */
export abstract class BaseModem implements VirtualModem {
  readonly id: string;
  readonly faults = new Faults();
  protected readonly timeline: Timeline;
  protected readonly air: Air;
  protected readonly random: Random;
  private readonly listeners: ((octets: Uint8Array) => void)[] = [];
  private life = 0;
  private isPowered = true;
  protected isTransmitting = false;
  /** Packets that began before are lost: the receiver was off, or busy with a transmission. */
  private deafUntil = Number.NEGATIVE_INFINITY;
  /** Output never overtakes output. */
  private outputNotBefore = Number.NEGATIVE_INFINITY;
  /** Transmissions that wait for the end of one from an earlier life. */
  private waitingForAntenna: (() => void)[] = [];

  constructor(setup: ModemSetup, dialect: string) {
    this.id = setup.id ?? `${dialect}-modem`;
    this.timeline = setup.timeline;
    this.air = setup.air;
    this.random = setup.random;
  }

  abstract readonly address: string;

  get isListening(): boolean {
    return this.isPowered && !this.faults.frozen && this.isReceiverOn();
  }

  fromHost(octets: Uint8Array): void {
    if (!this.isPowered || this.faults.frozen) return;
    this.takeOctets(this.faults.garble(octets, this.random));
  }

  onOutput(listener: (octets: Uint8Array) => void): void {
    this.listeners.push(listener);
  }

  receive(frame: AirFrame, reception: Reception): void {
    const onAirMs = this.air.airTimeMs(frame.payload.length + (frame.overheadBytes ?? 0));
    const began = this.timeline.now() - onAirMs;
    const locked = began + this.air.lockMs + TOLERANCE_MS;
    if (!this.isListening || locked < this.deafUntil) return;
    if (frame.to !== null && this.address !== '' && frame.to !== this.address) return;
    this.takeFrame(frame, reception);
  }

  makeNoise(bytes: number): void {
    this.output(this.random.octets(bytes), 'event');
  }

  powerOff(): void {
    this.endLife();
    this.isPowered = false;
  }

  reset(): void {
    this.endLife();
    this.isPowered = true;
    this.faults.frozen = false;
    this.startUp();
  }

  /** What the dialect does with octets of the host. */
  protected abstract takeOctets(octets: Uint8Array): void;
  /** What it does with a packet that its radio has received whole. */
  protected abstract takeFrame(frame: AirFrame, reception: Reception): void;
  /** Forgets what was not saved, before a new life or none at all. */
  protected abstract forget(): void;
  /** The beginning of a life: the banner, if there is one. */
  protected abstract startUp(): void;

  /** Whether its radio is set to receive. */
  protected isReceiverOn(): boolean {
    return true;
  }

  /** To be said by dialects that switch their receiver on: packets that are on the air already are lost. */
  protected receiverSwitchedOn(): void {
    this.deafUntil = this.timeline.now();
  }

  /** Transmits; `done` when it is over, with the word of the link layer. Not called when a reset comes first. */
  protected transmit(outgoing: Outgoing, done: (acknowledged: boolean) => void): void {
    const whenDone = this.thisLife(done);
    const begin = () => {
      this.isTransmitting = true;
      this.air.transmit(this, { from: this.address, ...outgoing }, (acknowledged) => {
        this.isTransmitting = false;
        const next = this.waitingForAntenna.shift();
        if (next !== undefined) next();
        whenDone(acknowledged);
      });
    };
    if (this.isTransmitting) this.waitingForAntenna.push(this.thisLife(begin));
    else begin();
  }

  /** Later, unless the modem is reset before. Returns what takes it back. */
  protected after(delay: Latency | number, call: () => void): () => void {
    const delayMs = typeof delay === 'number' ? delay : pickMs(delay, this.random);
    return this.timeline.at(this.timeline.now() + delayMs, this.thisLife(call));
  }

  /** An answer to the host, at once or after a while. */
  protected answer(octets: Uint8Array, delay?: Latency): void {
    this.sayInOrder(octets, 'answer', delay);
  }

  /** What the modem says by itself. */
  protected tell(octets: Uint8Array, delay: Latency = RECEPTION): void {
    this.sayInOrder(octets, 'event', delay);
  }

  private sayInOrder(octets: Uint8Array, kind: OutputKind, delay?: Latency): void {
    const now = this.timeline.now();
    const wanted = delay === undefined ? now : now + pickMs(delay, this.random);
    if (wanted <= now && this.outputNotBefore <= now) return this.output(octets, kind);
    this.outputNotBefore = Math.max(wanted, this.outputNotBefore);
    const output = this.thisLife(() => this.output(octets, kind));
    this.timeline.at(this.outputNotBefore, output);
  }

  private output(octets: Uint8Array, kind: OutputKind): void {
    if (!this.isPowered || this.faults.frozen) return;
    if (kind === 'answer' && this.faults.noAnswers) return;
    const damaged = this.faults.damage(octets, this.random);
    if (damaged.length === 0) return;
    for (const listener of this.listeners) listener(damaged);
  }

  private endLife(): void {
    this.life += 1;
    this.waitingForAntenna = [];
    this.outputNotBefore = Number.NEGATIVE_INFINITY;
    this.deafUntil = this.timeline.now();
    this.forget();
  }

  private thisLife<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
    const life = this.life;
    return (...args) => {
      if (life === this.life) call(...args);
    };
  }
}
