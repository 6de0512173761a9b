import type { Framed, Framer } from '../framing/framed.js';
import { FirstImpression } from './speaker/first-impression.js';
import type { LinkHeader } from './link-header.js';
import type { DiscardReason, Modem, ModemEffect, ModemInput, Signal } from './modem.js';

/** What makes one stream modem different from another. */
export interface Stream {
  /** As in `modem:` of the configuration. */
  name: string;
  baudRate: number;
  framer: Framer;
  header: LinkHeader;
  /** Whether the modem can send to an address that the link header knows; to all of them unless given. */
  reaches?: (address: string | null) => boolean;
  /** The octets for the line; undefined: not to this address. */
  encode: (payload: Uint8Array, address: string | null) => Uint8Array | undefined;
  /** Largest payload, link header and message, that goes out in one piece. */
  payloadBytesMax: number;
  messageBytesMax: number;
  /** How long the radio needs after the line has the last octet. */
  settleMs: (airTimeMs: number) => number;
  /** What the octet behind a message says. */
  signalOf?: (trailer: number) => Signal;
  watch?: StreamWatch;
}

/** Recognises what a transparent modem says about itself. */
export interface StreamWatch {
  opened(): void;
  received(data: Uint8Array, now: number): ModemEffect[];
  /** A message has come, with what the modem says of it. */
  understood(trailer: number | undefined): ModemEffect[];
}

const BITS_PER_OCTET = 10;
const NO_OCTETS = new Uint8Array(0);

/**
 * A wire, or a modem that passes octets through as they are: no start-up dialogue, no questions, no
 * confirmation. What is sent counts as sent when the time for it is over.
 */
export class StreamModem implements Modem {
  readonly #stream: Stream;
  readonly #impression: FirstImpression;
  #open = false;
  #sending: { id: number; doneAt: number } | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#impression = new FirstImpression(stream.name, stream.baudRate);
  }

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    switch (input.kind) {
      case 'opened':
        return [...this.#ended(), ...this.#opened()];
      case 'closed':
        return this.#ended();
      case 'received':
        return this.#received(input.data, now);
      case 'send':
        return this.#send(input, now);
      case 'probe':
        // There is nobody to ask: silence says nothing about a wire.
        return this.#open ? [{ kind: 'alive' }] : [];
      case 'deadline':
        return [...this.#read(this.#stream.framer.push(NO_OCTETS, now)), ...this.#finish(now)];
      default:
        return input satisfies never;
    }
  }

  nextDeadline(): number | undefined {
    const gap = this.#stream.framer.nextDeadline();
    const sent = this.#sending?.doneAt;
    return gap === undefined || sent === undefined ? (gap ?? sent) : Math.min(gap, sent);
  }

  maxMessageBytes(address: string | null): number {
    const { header, payloadBytesMax, messageBytesMax } = this.#stream;
    const headerBytes = header.bytesFor(address);
    if (headerBytes === undefined || this.#stream.reaches?.(address) === false) return 0;
    return Math.max(0, Math.min(messageBytesMax, payloadBytesMax - headerBytes));
  }

  airBytes(messageBytes: number): number {
    return messageBytes + this.#stream.header.bytesAssumed();
  }

  #opened(): ModemEffect[] {
    this.#open = true;
    this.#stream.header.reset();
    this.#impression.reset();
    this.#stream.watch?.opened();
    return [{ kind: 'state', state: 'ready' }];
  }

  #ended(): ModemEffect[] {
    const sending = this.#sending;
    this.#open = false;
    this.#sending = undefined;
    const effects = this.#read(this.#stream.framer.flush());
    if (sending !== undefined) {
      effects.push({ kind: 'sent', id: sending.id, outcome: 'interrupted' });
    }
    return effects;
  }

  #received(data: Uint8Array, now: number): ModemEffect[] {
    this.#impression.hear(data);
    const said = this.#stream.watch?.received(data, now) ?? [];
    if (said.length > 0) this.#impression.understood();
    const effects = this.#read(this.#stream.framer.push(data, now));
    effects.push(...said);
    return effects;
  }

  #send(
    { id, address, data, airTimeMs, isAcknowledgement }: Extract<ModemInput, { kind: 'send' }>,
    now: number,
  ): ModemEffect[] {
    if (!this.#open) return [{ kind: 'sent', id, outcome: 'interrupted' }];
    if (this.#sending !== undefined) return [{ kind: 'sent', id, outcome: 'busy' }];
    const bytesMax = this.maxMessageBytes(address);
    if (data.length > bytesMax) {
      const detail =
        bytesMax === 0
          ? `no address on this line: ${address}`
          : `${data.length} octets, and ${bytesMax} fit`;
      return [{ kind: 'sent', id, outcome: 'refused', detail }];
    }
    const payload = isAcknowledgement ? data : this.#stream.header.wrap(address, data);
    const line = payload && this.#stream.encode(payload, address);
    if (line === undefined) {
      return [
        { kind: 'sent', id, outcome: 'refused', detail: `no address on this line: ${address}` },
      ];
    }
    const doneAt = now + this.#lineMs(line.length) + this.#stream.settleMs(airTimeMs);
    this.#sending = { id, doneAt };
    return [{ kind: 'write', data: line }];
  }

  #finish(now: number): ModemEffect[] {
    if (this.#sending === undefined || now < this.#sending.doneAt) return [];
    const { id } = this.#sending;
    this.#sending = undefined;
    return [{ kind: 'sent', id, outcome: 'assumed' }];
  }

  #lineMs(bytes: number): number {
    return Math.ceil((bytes * BITS_PER_OCTET * 1000) / this.#stream.baudRate);
  }

  #read(framed: readonly Framed[]): ModemEffect[] {
    const effects: ModemEffect[] = [];
    for (const part of framed) {
      if (part.kind === 'frame') this.#unwrap(part, effects);
      else this.#discard(part.bytes, part.why, effects);
    }
    return effects;
  }

  #discard(bytes: number, why: DiscardReason, effects: ModemEffect[]): void {
    effects.push({ kind: 'discarded', bytes, why }, ...this.#impression.nonsense(bytes));
  }

  #unwrap(frame: Extract<Framed, { kind: 'frame' }>, effects: ModemEffect[]): void {
    const { header, signalOf, watch } = this.#stream;
    const unwrapped = header.unwrap(frame.data);
    if (unwrapped.kind === 'discarded') {
      if (unwrapped.why === 'not-for-us') this.#impression.understood();
      this.#discard(frame.lineBytes, unwrapped.why, effects);
      return;
    }
    this.#impression.understood();
    if (watch !== undefined) effects.push(...watch.understood(frame.trailer));
    const { address, acknowledgement } = unwrapped;
    if (acknowledgement !== undefined) {
      effects.push({ kind: 'acknowledgement', address, data: acknowledgement });
    }
    if (unwrapped.kind === 'consumed') return;
    const { message } = unwrapped;
    const heard = frame.trailer === undefined ? undefined : signalOf?.(frame.trailer);
    const signal = heard === undefined ? {} : { signal: heard };
    effects.push({ kind: 'datagram', address, data: message, ...signal });
  }
}
