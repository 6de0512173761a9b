import { isMessageOrForwarded } from '../framing/message-shape.js';
import {
  createXbeeFramer,
  encodeXbeeFrame,
  type XbeeApiMode,
  type XbeeFramed,
  type XbeeFramer,
} from '../framing/xbee-frame.js';
import { Evidence } from './speaker/evidence.js';
import type { ModemFacts } from './facts.js';
import type { DiscardReason, Modem, ModemEffect, ModemInput } from './modem.js';
import { atCommandFrame, parseXbeeFrame, type XbeeFrame } from './xbee/frames.js';
import { frameTimeoutMs } from './xbee/limits.js';
import { XbeeStartUp } from './xbee/start-up.js';
import { XbeeTransmitter, type XbeeTransmitterSettings } from './xbee/transmitter.js';

export interface XbeeSettings extends XbeeTransmitterSettings {
  /** Of the line; it bounds how long a frame may take. */
  baudRate: number;
  /** Switches a module that is in transparent mode to API mode 2, for good. */
  configure: boolean;
  /** Asks after each reception of frame 90 for the RSSI of the last hop, which that frame does not tell. */
  lastHopRssi: boolean;
}

export const facts: ModemFacts = {
  name: 'xbee',
  defaultBaudRate: 9600,
  hasAddresses: true,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  signal: ['rssiDbm'],
};

export const createXbee = (settings: XbeeSettings): Modem => new Xbee(settings);

/** Reserved for the question after the API mode: its octets and those of the answer need no escapes. */
const MODE_FRAME_ID = 0xfe;
/** The answer to ATDB; without it the datagram goes on as it is. */
const RSSI_TIMEOUT_MS = 100;
/** A broken frame is mere noise when a good one follows within this time. */
const MODE_DOUBT_MS = 100;

const NOTHING = new Uint8Array();

interface Held {
  datagram: Extract<ModemEffect, { kind: 'datagram' }>;
  deadline: number;
}

class Xbee implements Modem {
  #effects: ModemEffect[] = [];
  #state: 'closed' | 'starting' | 'ready' | 'failed' = 'closed';
  #startUp: XbeeStartUp | undefined;
  #apiMode: XbeeApiMode = 2;
  #framer: XbeeFramer;
  /** A datagram whose RSSI has been asked for. */
  #held: Held | undefined;
  #isProbing = false;
  #modeIsSure = false;
  /** When to ask for the API mode, unless a frame comes that makes sense. */
  #modeDoubtfulAt: number | undefined;
  #networkIsDown = false;
  /** Of the module, for the operator. */
  #serialNumber: string | undefined;
  readonly #transmitter: XbeeTransmitter;
  readonly #evidence = new Evidence();
  readonly #settings: XbeeSettings;

  constructor(settings: XbeeSettings) {
    this.#settings = settings;
    this.#transmitter = new XbeeTransmitter(settings);
    this.#framer = this.#newFramer();
  }

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    switch (input.kind) {
      case 'opened':
        this.#close();
        this.#start(now);
        break;
      case 'closed':
        this.#close();
        break;
      case 'received':
        this.#received(input.data, now);
        break;
      case 'send':
        this.#send(input, now);
        break;
      case 'probe':
        if (this.#state !== 'ready') break;
        this.#isProbing = true;
        this.#askMode();
        break;
      case 'deadline':
        this.#expire(now);
        break;
      default:
        input satisfies never;
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  nextDeadline(): number | undefined {
    const earliest = Math.min(
      this.#framer.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.#startUp?.deadline ?? Number.POSITIVE_INFINITY,
      this.#transmitter.deadline ?? Number.POSITIVE_INFINITY,
      this.#held?.deadline ?? Number.POSITIVE_INFINITY,
      this.#modeDoubtfulAt ?? Number.POSITIVE_INFINITY,
    );
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  maxMessageBytes(address: string | null): number {
    return this.#transmitter.maxMessageBytes(address);
  }

  airBytes(messageBytes: number): number {
    return this.#transmitter.airBytes(messageBytes);
  }

  #start(now: number): void {
    this.#state = 'starting';
    this.#effects.push({ kind: 'state', state: 'starting' });
    this.#evidence.clear();
    this.#modeIsSure = false;
    this.#modeDoubtfulAt = undefined;
    this.#networkIsDown = false;
    this.#isProbing = false;
    const line = {
      ask: (command: string) => this.#ask(command),
      write: (data: Uint8Array) => this.#write(data),
      problem: this.#problem.bind(this),
      noise: (bytes: number) => this.#discard(bytes, 'noise'),
    };
    this.#startUp = new XbeeStartUp(line, this.#evidence, this.#settings.configure, now);
  }

  #close(): void {
    this.#interrupt('the port was closed');
    this.#releaseHeld();
    this.#frames(this.#framer.flush(), 0);
    this.#startUp = undefined;
    this.#modeDoubtfulAt = undefined;
    this.#state = 'closed';
  }

  #received(data: Uint8Array, now: number): void {
    // While the API mode is in doubt the answer may change how the next octet is read; and at the start
    // what comes behind an answer is evidence, and what comes before it is none.
    const bytes = this.#modeIsSure && this.#startUp === undefined ? data.length : 1;
    for (let at = 0; at < data.length; at += bytes) {
      const piece = data.subarray(at, at + bytes);
      if (this.#startUp !== undefined) this.#evidence.add(piece);
      if (this.#startUp?.speaksText === true) this.#startUp.text(piece, now);
      else this.#frames(this.#framer.push(piece, now), now);
      this.#endStartUp();
    }
  }

  #frames(framed: readonly XbeeFramed[], now: number): void {
    for (const event of framed) {
      if (event.kind === 'discarded') {
        this.#effects.push(event);
        if (event.why !== 'noise') this.#doubtMode(now);
        continue;
      }
      if (event.unescaped) this.#doubtMode(now);
      else this.#modeDoubtfulAt = undefined;
      this.#evidence.clear();
      if (this.#isProbing) this.#alive();
      this.#frame(parseXbeeFrame(event.data), event.lineBytes, now);
    }
  }

  #frame(frame: XbeeFrame, lineBytes: number, now: number): void {
    switch (frame.kind) {
      case 'received':
        this.#datagram(frame, lineBytes, now);
        break;
      case 'at-response':
        this.#answered(frame, now);
        break;
      case 'transmit-status':
        this.#transmitted(frame);
        break;
      case 'modem-status':
        this.#modemStatus(frame.status, now);
        break;
      case 'malformed':
        this.#discard(lineBytes, 'malformed');
        break;
      case 'other':
        break;
      default:
        frame satisfies never;
    }
  }

  #datagram(frame: Extract<XbeeFrame, { kind: 'received' }>, lineBytes: number, now: number): void {
    const { address, data, rssiDbm } = frame;
    this.#transmitter.heard(frame);
    if (!isMessageOrForwarded(data)) {
      this.#discard(lineBytes, 'bad-length');
      return;
    }
    this.#releaseHeld();
    const datagram = { kind: 'datagram', address, data } as const;
    if (rssiDbm !== undefined) this.#effects.push({ ...datagram, signal: { rssiDbm } });
    else if (!this.#settings.lastHopRssi || this.#state !== 'ready') this.#effects.push(datagram);
    else {
      this.#held = { datagram, deadline: now + RSSI_TIMEOUT_MS };
      this.#ask('DB');
    }
  }

  #releaseHeld(rssiDbm?: number): void {
    if (this.#held === undefined) return;
    const { datagram } = this.#held;
    this.#held = undefined;
    this.#effects.push(rssiDbm === undefined ? datagram : { ...datagram, signal: { rssiDbm } });
  }

  #answered(frame: Extract<XbeeFrame, { kind: 'at-response' }>, now: number): void {
    const { command, status, value } = frame;
    const [number = 0] = value.subarray(-1);
    // Followed at once, also at the start: the next frame may have something to escape.
    if (command === 'AP' && status === 0) this.#follow(number);
    if (command === 'DB') this.#releaseHeld(status === 0 ? -number : undefined);
    this.#startUp?.answered(command, status, value, now);
  }

  #endStartUp(): void {
    const result = this.#startUp?.result;
    if (result === undefined) return;
    this.#startUp = undefined;
    if (result.kind === 'ready') {
      this.#transmitter.module = result.module;
      this.#serialNumber = result.module.serialNumber;
      this.#state = 'ready';
      this.#effects.push({ kind: 'state', state: 'ready' });
      return;
    }
    this.#state = 'failed';
    const { code, message } = result.diagnosis;
    this.#problem(code, message);
    this.#effects.push({ kind: 'reopen', why: message });
  }

  #send(send: Extract<ModemInput, { kind: 'send' }>, now: number): void {
    if (this.#state !== 'ready') {
      this.#effects.push({ kind: 'sent', id: send.id, outcome: 'interrupted' });
      return;
    }
    const begun = this.#transmitter.begin(send, now);
    if ('kind' in begun) this.#effects.push(begun);
    else this.#write(encodeXbeeFrame(begun, this.#apiMode));
  }

  #transmitted(frame: Extract<XbeeFrame, { kind: 'transmit-status' }>): void {
    const ended = this.#transmitter.ended(frame);
    if (ended === undefined) return;
    const { lostNetwork, ...sent } = ended;
    this.#effects.push(sent);
    if (lostNetwork) this.#networkDown();
  }

  #modemStatus(status: number, now: number): void {
    switch (status) {
      case 0x00:
      case 0x01:
        if (this.#state === 'ready') {
          const how = status === 0 ? 'power-up or reset' : 'its watchdog';
          this.#problem(
            'MODEM_RESET',
            `the XBee has started anew by itself (${how}): supply, wiring?`,
          );
        }
        if (this.#state === 'ready' || this.#state === 'starting') {
          this.#interrupt('the modem was reset');
          this.#start(now);
        }
        break;
      case 0x02:
      case 0x06:
        this.#networkIsDown = false;
        break;
      case 0x03:
        this.#networkDown();
        break;
      case 0x0d:
        this.#problem('MODEM_FAULT', 'the supply voltage of the XBee is too high');
    }
  }

  #networkDown(): void {
    if (this.#networkIsDown) return;
    this.#networkIsDown = true;
    const name = this.#serialNumber ?? '';
    this.#problem(
      'MODEM_NETWORK_DOWN',
      `the XBee ${name} is in no network: is its coordinator there, are PAN id, channel and keys the same?`,
    );
  }

  #interrupt(detail: string): void {
    const sent = this.#transmitter.interrupt(detail);
    if (sent !== undefined) this.#effects.push(sent);
  }

  #expire(now: number): void {
    this.#frames(this.#framer.push(NOTHING, now), now);
    this.#startUp?.expire(now);
    this.#endStartUp();
    if (this.#held !== undefined && this.#held.deadline <= now) this.#releaseHeld();
    if (this.#modeDoubtfulAt !== undefined && this.#modeDoubtfulAt <= now) this.#askMode();
    const sent = this.#transmitter.expire(now);
    if (sent === undefined) return;
    this.#effects.push(sent);
    this.#doubtMode(now);
  }

  /** Frames that make no sense, or an answer that stays out: perhaps somebody has changed AP. */
  #doubtMode(now: number): void {
    if (this.#state === 'ready') this.#modeDoubtfulAt ??= now + MODE_DOUBT_MS;
  }

  #askMode(): void {
    this.#modeIsSure = false;
    this.#modeDoubtfulAt = undefined;
    this.#ask('AP');
  }

  #follow(apiMode: number): void {
    if (apiMode !== 1 && apiMode !== 2) return;
    this.#modeIsSure = true;
    if (apiMode === this.#apiMode) return;
    this.#apiMode = apiMode;
    this.#framer = this.#newFramer();
  }

  #newFramer(): XbeeFramer {
    const { baudRate } = this.#settings;
    return createXbeeFramer(this.#apiMode, frameTimeoutMs(baudRate));
  }

  #alive(): void {
    this.#isProbing = false;
    this.#effects.push({ kind: 'alive' });
  }

  #ask(command: string): void {
    const id = command === 'AP' ? MODE_FRAME_ID : this.#transmitter.nextFrameId();
    this.#write(encodeXbeeFrame(atCommandFrame(id, command), this.#apiMode));
  }

  #write(data: Uint8Array): void {
    this.#effects.push({ kind: 'write', data });
  }

  #discard(bytes: number, why: DiscardReason): void {
    if (bytes > 0) this.#effects.push({ kind: 'discarded', bytes, why });
  }

  #problem(code: Extract<ModemEffect, { kind: 'problem' }>['code'], message: string): void {
    this.#effects.push({ kind: 'problem', code, message });
  }
}
