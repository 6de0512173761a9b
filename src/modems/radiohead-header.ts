import { isMessageOrForwarded } from '../framing/message-shape.js';
import type { LinkHeader, Unwrapped } from './link-header.js';
import { decimalAddress } from './octets.js';

export interface RadioheadSettings {
  /** The gateway's own, as nodes write it into TO; 0 to 254. */
  ownAddress: number;
  /** Answers what RHReliableDatagram sends: otherwise its senders repeat everything. Each costs a frame on the air. */
  acknowledge: boolean;
}

const HEADER_BYTES = 4;
const BROADCAST = 255;
const FLAG_ACK = 0x80;
const FLAG_RETRY = 0x40;
/** The payload of an acknowledgement: `!`. */
const ACK_PAYLOAD = 0x21;
const UNSEEN = -1;

/**
 * The header that RadioHead's RHGenericDriver puts before each packet: `TO FROM ID FLAGS`. Address: FROM
 * in decimal. Our own messages go out as RHDatagram sends them, so nobody has to acknowledge them.
 */
export class RadioheadHeader implements LinkHeader {
  readonly kind = 'radiohead';
  readonly #settings: RadioheadSettings;
  /** Of each node the id of its last message: a repeat carries it again. */
  readonly #idsSeen = new Int16Array(256).fill(UNSEEN);
  #nextId = 0;

  constructor(settings: RadioheadSettings) {
    this.#settings = settings;
  }

  bytesFor(address: string | null): number | undefined {
    return this.#nodeOf(address) === undefined ? undefined : HEADER_BYTES;
  }

  wrap(address: string | null, message: Uint8Array): Uint8Array | undefined {
    const to = this.#nodeOf(address);
    if (to === undefined) return undefined;
    const payload = new Uint8Array(HEADER_BYTES + message.length);
    payload[0] = to;
    payload[1] = this.#settings.ownAddress;
    payload[2] = this.#nextId;
    payload.set(message, HEADER_BYTES);
    this.#nextId = (this.#nextId + 1) & 0xff;
    return payload;
  }

  unwrap(payload: Uint8Array): Unwrapped {
    if (payload.length <= HEADER_BYTES) return { kind: 'discarded', why: 'truncated' };
    const [to, from, id, flags] = payload as unknown as [number, number, number, number];
    if (from === BROADCAST) return { kind: 'discarded', why: 'malformed' };
    if (to !== this.#settings.ownAddress && to !== BROADCAST) {
      return { kind: 'discarded', why: 'not-for-us' };
    }
    const address = `${from}`;
    if ((flags & FLAG_ACK) !== 0) return { kind: 'consumed', address };
    const message = payload.subarray(HEADER_BYTES);
    // Before anything is acknowledged: what the line has damaged is to come again.
    if (!isMessageOrForwarded(message)) return { kind: 'discarded', why: 'bad-length' };
    const answer =
      this.#settings.acknowledge && to !== BROADCAST
        ? { acknowledgement: this.#acknowledgement(from, id) }
        : {};
    // Only what says that it is a repeat: a node that has started anew counts its ids from the beginning.
    const isRepeat = (flags & FLAG_RETRY) !== 0 && this.#idsSeen[from] === id;
    this.#idsSeen[from] = id;
    return isRepeat
      ? { kind: 'consumed', address, ...answer }
      : { kind: 'message', address, message, ...answer };
  }

  bytesAssumed(): number {
    return HEADER_BYTES;
  }

  reset(): void {
    this.#idsSeen.fill(UNSEEN);
  }

  #acknowledgement(to: number, id: number): Uint8Array {
    return Uint8Array.of(to, this.#settings.ownAddress, id, FLAG_ACK, ACK_PAYLOAD);
  }

  #nodeOf(address: string | null): number | undefined {
    return address === null ? BROADCAST : decimalAddress(address, 0, BROADCAST - 1);
  }
}
