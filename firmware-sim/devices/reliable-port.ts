import type { AirFrame } from '../air.js';
import type { Random } from '../random.js';
import { RadioPort, type RadioPortOptions } from './radio-port.js';

export interface ReliablePortOptions extends Omit<RadioPortOptions, 'header'> {
  random: Random;
  /** Its number in RadioHead's header. */
  node: number;
  /** Of the gateway. */
  gatewayNode: number;
  /** `setTimeout`: an acknowledgement is waited for so long after the frame, or up to twice as long, by chance. */
  timeoutMs: number;
  /** `setRetries`. */
  retries: number;
}

const HEADER_BYTES = 4;
const EVERYBODY = 0xff;
const ACK = 0x80;
const RETRY = 0x40;
const ACK_PAYLOAD = 0x21;

/** Messages that wait for the one under way; `sendtoWait` blocks, so firmware seldom has more. */
const WAITING_MAX = 8;

interface Open {
  id: number;
  message: Uint8Array;
  triesLeft: number;
  giveUp: () => void;
}

/**
 * The radio of a device with RadioHead's RHReliableDatagram (modems.md 7.6): it repeats each message until
 * the gateway's link layer has acknowledged it, and hears nothing but that meanwhile. It acknowledges what
 * it gets.
 */
export class ReliablePort extends RadioPort {
  /** Acknowledged at the first try or a later one, and never. */
  readonly outcomes = { acknowledged: 0, repeats: 0, failed: 0 };
  private readonly waiting: Uint8Array[] = [];
  private open: Open | undefined;
  private lastId = 0;
  private idSeen: number | undefined;

  constructor(private readonly reliable: ReliablePortOptions) {
    super({
      ...reliable,
      header: { wrap: (message) => message, unwrap: (payload) => payload.slice(HEADER_BYTES) },
    });
  }

  /** Whatever the device does: `sendtoWait` waits. */
  override get isListening(): boolean {
    return super.isListening || this.open !== undefined;
  }

  override send(message: Uint8Array): void {
    if (this.waiting.length >= WAITING_MAX) return;
    this.waiting.push(message);
    this.next();
  }

  protected override hear({ payload }: AirFrame): void {
    const { node, gatewayNode } = this.reliable;
    const [to, from, id = 0, flags = 0] = payload;
    if (payload.length <= HEADER_BYTES || from !== gatewayNode) return;
    if ((flags & ACK) !== 0) {
      if (to === node && this.open?.id === id) this.settle('acknowledged');
      return;
    }
    const isForUs = to === node || to === EVERYBODY;
    if (!isForUs || this.open !== undefined) return;
    if (to === node) {
      this.transmit(Uint8Array.of(gatewayNode, node, id, ACK, ACK_PAYLOAD));
      if ((flags & RETRY) !== 0 && id === this.idSeen) return;
      this.idSeen = id;
    }
    this.hand(payload.slice(HEADER_BYTES));
  }

  private next(): void {
    if (this.open !== undefined) return;
    const message = this.waiting.shift();
    if (message === undefined) return;
    this.lastId = (this.lastId + 1) & 0xff;
    const triesLeft = this.reliable.retries;
    this.open = { id: this.lastId, message, triesLeft, giveUp: () => {} };
    this.attempt(this.open, 0);
  }

  private attempt(open: Open, flags: number): void {
    const { node, gatewayNode, timeline, random, timeoutMs } = this.reliable;
    this.transmit(Uint8Array.of(gatewayNode, node, open.id, flags, ...open.message), () => {
      if (this.open !== open) return;
      const until = timeline.now() + random.between(timeoutMs, 2 * timeoutMs);
      open.giveUp = timeline.at(until, () => this.onTimeout(open));
    });
  }

  private onTimeout(open: Open): void {
    if (open.triesLeft === 0) {
      this.settle('failed');
      return;
    }
    open.triesLeft -= 1;
    this.outcomes.repeats += 1;
    this.attempt(open, RETRY);
  }

  private settle(outcome: 'acknowledged' | 'failed'): void {
    this.open?.giveUp();
    this.open = undefined;
    this.outcomes[outcome] += 1;
    this.next();
  }
}
