/**
 * LoRaLink, the LoRa modem of the Paho gateway (firmware MQTT-SN-LoRa on ST's B-L0722Z-LRWAN boards):
 *
 *   modem -> gateway: SRC RSSI(2) SNR(2) TYPE payload; SRC FE is the modem itself
 *   gateway -> modem: DEST TYPE payload; DEST FF is everybody
 *
 * There is no start-up dialogue, and no question that the modem would answer. Paho runs two of them, one to
 * receive and one to transmit, each on its line; one modem does both as well. Of two, what the transmitter
 * hears is heard by the receiver, too, and only the transmitter knows what has become of a message.
 */
import { LoralinkFramer, encodeLoralink } from '../framing/loralink-frame.js';
import { isMessage } from '../framing/message-shape.js';
import type { ModemFacts } from './facts.js';
import { FirstImpression } from './speaker/first-impression.js';
import type { DiscardReason, Modem, ModemEffect, ModemInput, SendOutcome } from './modem.js';
import { decimalAddress, int16 } from './octets.js';

export const facts = {
  name: 'loralink',
  defaultBaudRate: 115_200,
  hasAddresses: true,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  signal: ['rssiDbm', 'snrDb'],
} as const satisfies ModemFacts;

export interface LoralinkSettings {
  baudRate: number;
  /** Largest message that the radio takes; 57 at its slowest data rate, 244 at its fastest. */
  messageBytesMax?: number;
  /** There are two modems, and messages go to the other one. */
  hasTransmitter?: boolean;
}

const MESSAGE_BYTES_MAX = 57;
const MODEM = 0xfe;
const BROADCAST = 0xff;
const NODE_MAX = 0xfd;

const TYPE_DATA = 0x40;
const TYPE_ACK = 0x80;
const TYPE_NO_FREE_CHANNEL = 0x81;
const TYPE_TIMEOUT = 0x82;
const OUTCOMES: ReadonlyMap<number, SendOutcome> = new Map([
  [TYPE_ACK, 'transmitted'],
  [TYPE_NO_FREE_CHANNEL, 'busy'],
  [TYPE_TIMEOUT, 'timeout'],
]);

/** Source, RSSI, SNR, type. */
const RECEIVED_HEADER_BYTES = 6;
/** Destination, type. */
const SENT_HEADER_BYTES = 2;
const BODY_BYTES_MAX = RECEIVED_HEADER_BYTES + 255;
/** Network, destination, source, type, and the message integrity code of the modem. */
const AIR_OVERHEAD_BYTES = 9;

/** The firmware looks for a free channel for so long before it says that there is none. */
const LISTEN_BEFORE_TALK_MS = 20_000;
const ANSWER_MARGIN_MS = 1000;

export function createLoralink(settings: LoralinkSettings): Modem {
  return new Loralink(settings);
}

class Loralink implements Modem {
  readonly #messageBytesMax: number;
  readonly #hasTransmitter: boolean;
  /** Of the modem that receives, or the only one. */
  readonly #framer = new LoralinkFramer(BODY_BYTES_MAX);
  readonly #transmitterFramer = new LoralinkFramer(BODY_BYTES_MAX);
  readonly #impression: FirstImpression;
  #open = false;
  #sending: { id: number; until: number } | undefined;

  constructor({ baudRate, messageBytesMax, hasTransmitter = false }: LoralinkSettings) {
    this.#hasTransmitter = hasTransmitter;
    this.#messageBytesMax = messageBytesMax ?? MESSAGE_BYTES_MAX;
    this.#impression = new FirstImpression(facts.name, baudRate);
  }

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    const effects: ModemEffect[] = [];
    switch (input.kind) {
      case 'opened':
        this.#end(effects);
        this.#open = true;
        this.#impression.reset();
        effects.push({ kind: 'state', state: 'ready' });
        break;
      case 'closed':
        this.#end(effects);
        break;
      case 'received':
        this.#receive(input, effects);
        break;
      case 'send':
        this.#send(input, now, effects);
        break;
      case 'probe':
        // Nothing can be asked, so silence says nothing.
        if (this.#open) effects.push({ kind: 'alive' });
        break;
      case 'deadline':
        if (this.#sending !== undefined && now >= this.#sending.until) {
          this.#settle('timeout', effects);
        }
        break;
      default:
        return input satisfies never;
    }
    return effects;
  }

  nextDeadline(): number | undefined {
    return this.#sending?.until;
  }

  maxMessageBytes(address: string | null): number {
    return nodeOf(address) === undefined ? 0 : this.#messageBytesMax;
  }

  airBytes(messageBytes: number): number {
    return messageBytes + AIR_OVERHEAD_BYTES;
  }

  #end(effects: ModemEffect[]): void {
    this.#settle('interrupted', effects);
    this.#open = false;
    for (const framer of [this.#framer, this.#transmitterFramer]) {
      effects.push(...framer.flush().filter((framed) => framed.kind === 'discarded'));
    }
  }

  #send(
    { id, address, data, airTimeMs }: Extract<ModemInput, { kind: 'send' }>,
    now: number,
    effects: ModemEffect[],
  ): void {
    const refuse = (outcome: SendOutcome, detail?: string): void => {
      effects.push({ kind: 'sent', id, outcome, ...(detail === undefined ? {} : { detail }) });
    };
    if (!this.#open) return refuse('interrupted');
    if (this.#sending !== undefined) return refuse('busy');
    const node = nodeOf(address);
    if (node === undefined) return refuse('refused', `no address of a node: ${address}`);
    if (data.length > this.#messageBytesMax) {
      return refuse('refused', `${data.length} octets, and ${this.#messageBytesMax} fit`);
    }
    const body = new Uint8Array(SENT_HEADER_BYTES + data.length);
    body[0] = node;
    body[1] = TYPE_DATA;
    body.set(data, SENT_HEADER_BYTES);
    const until = now + LISTEN_BEFORE_TALK_MS + Math.ceil(airTimeMs) + ANSWER_MARGIN_MS;
    this.#sending = { id, until };
    effects.push({ kind: 'write', data: encodeLoralink(body) });
  }

  #settle(outcome: SendOutcome, effects: ModemEffect[]): void {
    if (this.#sending === undefined) return;
    const { id } = this.#sending;
    this.#sending = undefined;
    effects.push({ kind: 'sent', id, outcome });
  }

  #receive(
    { data, line }: Extract<ModemInput, { kind: 'received' }>,
    effects: ModemEffect[],
  ): void {
    const isTransmitter = line === 'transmitter';
    const framer = isTransmitter ? this.#transmitterFramer : this.#framer;
    this.#impression.hear(data);
    for (const framed of framer.push(data)) {
      if (framed.kind === 'discarded') this.#discard(framed.bytes, framed.why, effects);
      else this.#handle(framed.data, framed.lineBytes, isTransmitter, effects);
    }
  }

  #discard(bytes: number, why: DiscardReason, effects: ModemEffect[]): void {
    effects.push({ kind: 'discarded', bytes, why }, ...this.#impression.nonsense(bytes));
  }

  #handle(
    body: Uint8Array,
    lineBytes: number,
    isTransmitter: boolean,
    effects: ModemEffect[],
  ): void {
    if (body.length < RECEIVED_HEADER_BYTES) {
      this.#discard(lineBytes, 'bad-length', effects);
      return;
    }
    this.#impression.understood();
    const source = body[0] as number;
    const type = body[5] as number;
    if (source === MODEM) {
      // Whatever else the modem says of itself, such as the time of day, is nothing to us.
      const outcome = OUTCOMES.get(type);
      const isSender = isTransmitter === this.#hasTransmitter;
      if (outcome !== undefined && isSender) this.#settle(outcome, effects);
      return;
    }
    if (isTransmitter) {
      this.#discard(lineBytes, 'not-for-us', effects);
      return;
    }
    if (type !== TYPE_DATA || source === BROADCAST) {
      this.#discard(lineBytes, 'malformed', effects);
      return;
    }
    if (!isMessage(body, RECEIVED_HEADER_BYTES)) {
      this.#discard(lineBytes, 'bad-length', effects);
      return;
    }
    effects.push({
      kind: 'datagram',
      address: `${source}`,
      data: body.slice(RECEIVED_HEADER_BYTES),
      signal: { rssiDbm: int16(body, 1), snrDb: int16(body, 3) },
    });
  }
}

/** Addresses as in `datagram`; null is everybody. */
function nodeOf(address: string | null): number | undefined {
  return address === null ? BROADCAST : decimalAddress(address, 0, NODE_MAX);
}
