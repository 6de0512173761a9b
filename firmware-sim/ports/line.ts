import type { VirtualModem } from '../modems/modem.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';

/** The wire between host and modem, whatever it is that the host opens (modems.md 10). */
export interface LineOptions {
  timeline: Timeline;
  /** The line's own stream. */
  random: Random;
  baudRate: number;
  /** How long a USB adapter gathers octets at most before it hands them to the host; 0: not at all. */
  usbLatencyMs?: number;
}

/** The latency timer of FTDI's chips. */
const USB_LATENCY_MS = 16;
/** Start bit, eight bits, stop bit. */
const BITS_PER_OCTET = 10;
/** Times are fractions of milliseconds. */
const TOLERANCE_MS = 1e-6;

export type Direction = 'to-host' | 'to-modem';

/**
 * A serial line at its pace: ten bits per octet in each direction. The modem sees every octet when it
 * has come; the host sees what a USB adapter has gathered, in pieces of any size.
 */
export class PacedLine {
  private readonly toModem: Pacer;
  private readonly toHost: Pacer;
  private isPlugged = true;

  constructor(modem: VirtualModem, options: LineOptions, deliver: (octets: Uint8Array) => void) {
    const { timeline, random, baudRate, usbLatencyMs = USB_LATENCY_MS } = options;
    const octetMs = (BITS_PER_OCTET * 1000) / baudRate;
    const gatherMs = () => random.fraction() * usbLatencyMs;
    this.toModem = new Pacer(
      timeline,
      octetMs,
      () => 0,
      (octets) => modem.fromHost(octets),
    );
    this.toHost = new Pacer(timeline, octetMs, gatherMs, deliver);
    modem.onOutput((octets) => {
      if (this.isPlugged) this.toHost.push(octets);
    });
  }

  /** `taken`: the last of them is through, so there is room for more. Not called when they are lost. */
  hostWrites(octets: Uint8Array, taken?: () => void): void {
    if (this.isPlugged) this.toModem.push(octets, taken);
  }

  /** Both directions at once; what is on the line is lost. */
  unplug(): void {
    this.isPlugged = false;
    this.toModem.clear();
    this.toHost.clear();
  }

  plug(): void {
    this.isPlugged = true;
  }

  /** Calls back once that many more octets have passed, before any further one. */
  afterOctets(direction: Direction, octets: number, call: () => void): void {
    const pacer = direction === 'to-host' ? this.toHost : this.toModem;
    pacer.afterOctets(octets, call);
  }
}

/** One direction. */
class Pacer {
  private readonly timeline: Timeline;
  private readonly octetMs: number;
  private readonly gatherMs: () => number;
  private readonly deliver: (octets: Uint8Array) => void;
  private waiting = new Uint8Array();
  /** When the last octet that has been delivered was through. */
  private through = Number.NEGATIVE_INFINITY;
  private stopTimer: (() => void) | undefined;
  private mark: { octets: number; call: () => void } | undefined;
  private taken: (() => void) | undefined;

  constructor(
    timeline: Timeline,
    octetMs: number,
    gatherMs: () => number,
    deliver: (octets: Uint8Array) => void,
  ) {
    this.timeline = timeline;
    this.octetMs = octetMs;
    this.gatherMs = gatherMs;
    this.deliver = deliver;
  }

  push(octets: Uint8Array, taken?: () => void): void {
    this.taken = taken;
    const all = new Uint8Array(this.waiting.length + octets.length);
    all.set(this.waiting);
    all.set(octets, this.waiting.length);
    this.waiting = all;
    if (this.stopTimer !== undefined) return;
    this.through = Math.max(this.through, this.timeline.now());
    this.schedule();
  }

  clear(): void {
    this.stopTimer?.();
    this.stopTimer = undefined;
    this.waiting = new Uint8Array();
    this.mark = undefined;
    this.taken = undefined;
  }

  afterOctets(octets: number, call: () => void): void {
    this.mark = { octets, call };
  }

  private schedule(): void {
    const at = this.through + Math.max(this.octetMs, this.gatherMs());
    this.stopTimer = this.timeline.at(at, () => this.carry());
  }

  /** Everything that is through by now, in one piece. */
  private carry(): void {
    this.stopTimer = undefined;
    const elapsedMs = this.timeline.now() - this.through + TOLERANCE_MS;
    const due = Math.min(Math.floor(elapsedMs / this.octetMs), this.waiting.length);
    const count = Math.min(due, this.mark?.octets ?? due);
    const piece = this.waiting.slice(0, count);
    this.waiting = this.waiting.slice(count);
    this.through += count * this.octetMs;
    // First, so that what the receiver plans for the end of a pause comes behind the next octet.
    if (this.waiting.length > 0) this.schedule();
    if (count > 0) this.deliver(piece);
    this.passMark(count);
    if (this.waiting.length > 0) return;
    const taken = this.taken;
    this.taken = undefined;
    taken?.();
  }

  private passMark(count: number): void {
    const mark = this.mark;
    if (mark === undefined) return;
    mark.octets -= count;
    if (mark.octets > 0) return;
    this.mark = undefined;
    mark.call();
  }
}
