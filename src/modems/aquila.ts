/**
 * The dialogue with an Aquila bridge:
 *
 *   booting ---> settling ---> asking ---> [pairing] ---> ready
 *                   ^            |  no answer, three times: reopen
 *                   +-- CONFIG request of the bridge, at any time: it has started anew
 *
 * Opening the port resets the bridge, so nothing is said for a while (booting). It gets its settings
 * whether it asks or not, because the request is easily lost, and time to store them (settling); it does not
 * acknowledge them. Then it is asked to leave the pairing mode, which it answers, whichever mode it is in:
 * so we know that it is there, and have a question that costs no air time. Old firmware knows neither
 * settings nor pairing and answers NACK to both: that is an answer.
 *
 * Every data frame is answered by ACK (sent) or NACK (damaged on the line, or the radio refused it).
 */
import { SlipFramer } from '../framing/slip.js';
import {
  AQUILA_BROADCAST,
  AQUILA_KEY_BYTES,
  AQUILA_OVERHEAD_BYTES,
  type AquilaFrame,
  aquilaConfig,
  aquilaData,
  aquilaEnterPairing,
  aquilaLeavePairing,
  aquilaPairResponse,
  parseAquila,
} from './aquila-frames.js';
import type { ModemFacts } from './facts.js';
import { FirstImpression } from './speaker/first-impression.js';
import type { DiscardReason, Modem, ModemEffect, ModemInput, SendOutcome } from './modem.js';

export const facts = {
  name: 'aquila',
  defaultBaudRate: 115_200,
  hasAddresses: true,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  signal: ['rssiDbm', 'lqi'],
} as const satisfies ModemFacts;

export interface AquilaSettings {
  baudRate: number;
  /** Network of the nodes; the firmware's own is 1. */
  pan?: number;
  /** Sixteen octets; without encryption unless given. */
  key?: Uint8Array;
  /** Largest message that the radio takes: 54 with RFM69, 96 with 802.15.4. */
  messageBytesMax?: number;
  /** Lets one new device in when the port is first opened; nothing else is possible meanwhile. */
  pairing?: {
    /** The address that it gets, 1 to 253; nobody else may have it. */
    address: number;
    windowMs: number;
  };
  /** How long a bridge takes to start after its port was opened. */
  startDelayMs?: number;
}

const PAN = 1;
const NO_ENCRYPTION = new Uint8Array(AQUILA_KEY_BYTES).fill(0xff);
const MESSAGE_BYTES_MAX = 54;
/** Two seconds of bootloader in most boards for Arduino. */
const START_DELAY_MS = 2100;
/** The bridge writes seventeen octets into its EEPROM, and hears nothing meanwhile. */
const SETTLE_MS = 100;
/** After the answer to a new device: the bridge acknowledges it when the radio is done with it. */
const PAIRED_MS = 1000;
const ANSWER_MS = 5000;
const QUESTIONS_MAX = 3;
const FRAME_BYTES_MAX = 2 + AQUILA_OVERHEAD_BYTES + 255;
const NODE_ADDRESS_MAX = 0xffff;

type Phase =
  | { kind: 'closed' }
  | { kind: 'booting'; until: number }
  | { kind: 'settling'; until: number }
  | { kind: 'asking'; until: number; asked: number }
  | { kind: 'pairing'; until: number }
  | { kind: 'ready'; sending?: { id: number; until: number }; probedUntil: number };

export function createAquila(settings: AquilaSettings): Modem {
  return new Aquila(settings);
}

class Aquila implements Modem {
  readonly #settings: AquilaSettings;
  readonly #pan: number;
  readonly #key: Uint8Array;
  readonly #framer = new SlipFramer(FRAME_BYTES_MAX);
  readonly #impression: FirstImpression;
  #phase: Phase = { kind: 'closed' };
  #pairingDone: boolean;

  constructor(settings: AquilaSettings) {
    this.#settings = settings;
    this.#pan = settings.pan ?? PAN;
    this.#key = settings.key ?? NO_ENCRYPTION;
    this.#impression = new FirstImpression(facts.name, settings.baudRate);
    this.#pairingDone = settings.pairing === undefined;
  }

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    const effects: ModemEffect[] = [];
    switch (input.kind) {
      case 'opened':
        this.#end(effects);
        this.#impression.reset();
        this.#phase = {
          kind: 'booting',
          until: now + (this.#settings.startDelayMs ?? START_DELAY_MS),
        };
        effects.push({ kind: 'state', state: 'starting' });
        break;
      case 'closed':
        this.#end(effects);
        break;
      case 'received':
        this.#receive(input.data, now, effects);
        break;
      case 'send':
        this.#send(input, now, effects);
        break;
      case 'probe':
        this.#probe(now, effects);
        break;
      case 'deadline':
        this.#due(now, effects);
        break;
      default:
        return input satisfies never;
    }
    return effects;
  }

  nextDeadline(): number | undefined {
    switch (this.#phase.kind) {
      case 'closed':
        return undefined;
      case 'ready':
        return this.#phase.sending?.until;
      case 'booting':
      case 'settling':
      case 'asking':
      case 'pairing':
        return this.#phase.until;
      default:
        return this.#phase satisfies never;
    }
  }

  maxMessageBytes(address: string | null): number {
    return nodeOf(address) === undefined
      ? 0
      : (this.#settings.messageBytesMax ?? MESSAGE_BYTES_MAX);
  }

  /** The five octets of a radio header: TO FROM ID FLAGS PAN with RFM69, about as many otherwise. */
  airBytes(messageBytes: number): number {
    return messageBytes + 5;
  }

  #end(effects: ModemEffect[]): void {
    this.#settle('interrupted', effects);
    this.#phase = { kind: 'closed' };
    effects.push(...this.#framer.flush().filter((framed) => framed.kind === 'discarded'));
  }

  #due(now: number, effects: ModemEffect[]): void {
    const deadline = this.nextDeadline();
    if (deadline === undefined || now < deadline) return;
    switch (this.#phase.kind) {
      case 'closed':
        break;
      case 'booting':
        this.#configure(now, effects);
        break;
      case 'settling':
        this.#ask(1, now, effects);
        break;
      case 'asking':
        if (this.#phase.asked < QUESTIONS_MAX) this.#ask(this.#phase.asked + 1, now, effects);
        else this.#giveUp(effects);
        break;
      case 'pairing':
        this.#pairingDone = true;
        this.#ask(1, now, effects);
        break;
      case 'ready':
        this.#settle('timeout', effects);
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #configure(now: number, effects: ModemEffect[]): void {
    this.#phase = { kind: 'settling', until: now + SETTLE_MS };
    effects.push({ kind: 'write', data: aquilaConfig(this.#pan, this.#key) });
  }

  /** Whether the bridge is there; as a side effect it is in normal mode. */
  #ask(asked: number, now: number, effects: ModemEffect[]): void {
    this.#phase = { kind: 'asking', until: now + ANSWER_MS, asked };
    effects.push({ kind: 'write', data: aquilaLeavePairing() });
  }

  #giveUp(effects: ModemEffect[]): void {
    const message =
      'no bridge answers: check that the port is the right one, that the bridge has its firmware, and that it speaks at this baud rate';
    effects.push(
      { kind: 'problem', code: 'MODEM_SILENT', message },
      { kind: 'reopen', why: 'the bridge has not answered' },
    );
    this.#phase = { kind: 'closed' };
  }

  #answered(now: number, effects: ModemEffect[]): void {
    const { pairing } = this.#settings;
    if (this.#pairingDone || pairing === undefined) {
      this.#phase = { kind: 'ready', probedUntil: now };
      effects.push({ kind: 'state', state: 'ready' });
      return;
    }
    this.#phase = { kind: 'pairing', until: now + pairing.windowMs };
    effects.push({ kind: 'write', data: aquilaEnterPairing() });
  }

  #probe(now: number, effects: ModemEffect[]): void {
    if (this.#phase.kind !== 'ready' || this.#phase.sending !== undefined) return;
    this.#phase.probedUntil = now + ANSWER_MS;
    effects.push({ kind: 'write', data: aquilaLeavePairing() });
  }

  #send(
    { id, address, data }: Extract<ModemInput, { kind: 'send' }>,
    now: number,
    effects: ModemEffect[],
  ): void {
    const refuse = (outcome: SendOutcome, detail?: string): void => {
      effects.push({ kind: 'sent', id, outcome, ...(detail === undefined ? {} : { detail }) });
    };
    const phase = this.#phase;
    if (phase.kind !== 'ready') return refuse('interrupted');
    if (phase.sending !== undefined) return refuse('busy');
    const node = nodeOf(address);
    if (node === undefined) return refuse('refused', `no address of a node: ${address}`);
    const bytesMax = this.maxMessageBytes(address);
    if (data.length > bytesMax) {
      return refuse('refused', `${data.length} octets, and ${bytesMax} fit`);
    }
    phase.sending = { id, until: now + ANSWER_MS };
    effects.push({ kind: 'write', data: aquilaData(node, data) });
  }

  #settle(outcome: SendOutcome, effects: ModemEffect[]): void {
    if (this.#phase.kind !== 'ready' || this.#phase.sending === undefined) return;
    const { id } = this.#phase.sending;
    this.#phase = { kind: 'ready', probedUntil: this.#phase.probedUntil };
    effects.push({ kind: 'sent', id, outcome });
  }

  #receive(data: Uint8Array, now: number, effects: ModemEffect[]): void {
    this.#impression.hear(data);
    for (const framed of this.#framer.push(data)) {
      if (framed.kind === 'discarded') this.#discard(framed.bytes, framed.why, effects);
      else this.#handle(parseAquila(framed.data), framed.lineBytes, now, effects);
    }
  }

  #discard(bytes: number, why: DiscardReason, effects: ModemEffect[]): void {
    effects.push({ kind: 'discarded', bytes, why }, ...this.#impression.nonsense(bytes));
  }

  #handle(frame: AquilaFrame, lineBytes: number, now: number, effects: ModemEffect[]): void {
    if (frame.kind === 'discarded') {
      this.#discard(lineBytes, frame.why, effects);
      return;
    }
    this.#impression.understood();
    switch (frame.kind) {
      case 'data': {
        const address = `0x${frame.address.toString(16).padStart(4, '0')}`;
        effects.push({ kind: 'datagram', address, data: frame.message, signal: frame.signal });
        break;
      }
      case 'ack':
      case 'nack':
        this.#acknowledged(frame.kind, now, effects);
        break;
      case 'config-request':
        this.#started(now, effects);
        break;
      case 'pair-request':
        this.#pair(frame.randomId, lineBytes, now, effects);
        break;
      default:
        frame satisfies never;
    }
  }

  #acknowledged(kind: 'ack' | 'nack', now: number, effects: ModemEffect[]): void {
    const phase = this.#phase;
    if (phase.kind === 'asking') {
      this.#answered(now, effects);
    } else if (phase.kind === 'ready' && now < phase.probedUntil) {
      phase.probedUntil = now;
      effects.push({ kind: 'alive' });
    } else {
      this.#settle(kind === 'ack' ? 'transmitted' : 'busy', effects);
    }
  }

  /** The bridge asks for its settings: it has started, and knows nothing of what we sent before. */
  #started(now: number, effects: ModemEffect[]): void {
    if (this.#phase.kind === 'closed') return;
    if (this.#phase.kind === 'ready') {
      this.#settle('interrupted', effects);
      const message = 'the bridge has started anew by itself: check its supply and its USB cable';
      effects.push(
        { kind: 'problem', code: 'MODEM_RESET', message },
        { kind: 'state', state: 'starting' },
      );
    }
    this.#configure(now, effects);
  }

  #pair(randomId: number, lineBytes: number, now: number, effects: ModemEffect[]): void {
    const { pairing } = this.#settings;
    if (this.#phase.kind !== 'pairing' || pairing === undefined) {
      effects.push({ kind: 'discarded', bytes: lineBytes, why: 'not-for-us' });
      return;
    }
    effects.push({
      kind: 'write',
      data: aquilaPairResponse(randomId, pairing.address, this.#pan, this.#key),
    });
    this.#pairingDone = true;
    this.#phase = { kind: 'settling', until: now + PAIRED_MS };
  }
}

/** Addresses as in `datagram`; null is everybody. */
function nodeOf(address: string | null): number | undefined {
  if (address === null) return AQUILA_BROADCAST;
  if (!/^0x[0-9a-f]{4}$/.test(address)) return undefined;
  const node = Number(address);
  return node > 0 && node <= NODE_ADDRESS_MAX && node !== AQUILA_BROADCAST ? node : undefined;
}
