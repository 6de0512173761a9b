import type { ModemEffect, ModemInput, SendOutcome } from '../modem.js';
import { hasStaleAddress, STATUS_NOT_JOINED, xbeeDelivery } from './delivery.js';
import {
  isXbeeAddress,
  transmitFrame,
  type XbeeDialect,
  type XbeeExplicitAddressing,
  type XbeeFrame,
} from './frames.js';
import { airBytes, nativeDialect, payloadBytesMax } from './limits.js';
import { XbeePeers } from './peers.js';
import { UNKNOWN_XBEE, type XbeeModule } from './start-up.js';

export interface XbeeTransmitterSettings {
  /** How to speak to whom nothing has been heard of; `auto`: as the module's hardware does. */
  dialect: 'auto' | XbeeDialect;
  /** Sends with Zigbee's explicit addressing, for networks that demand it. */
  explicit?: XbeeExplicitAddressing;
  /** Waits for sleeping end devices to fetch a message; meanwhile nothing else is sent. */
  extendedTimeout: boolean;
  /** Lets the firmware cut long messages into pieces (Zigbee). Costs several transmissions each. */
  fragment: boolean;
}

type Send = Extract<ModemInput, { kind: 'send' }>;
type Sent = Extract<ModemEffect, { kind: 'sent' }>;
type TransmitStatus = Extract<XbeeFrame, { kind: 'transmit-status' }>;

/** Those above are used for nothing else than a question after the API mode. */
const FRAME_ID_MAX = 0xfd;
/** Three tries through 30 hops take 4.8 s. */
const STATUS_TIMEOUT_MS = 6000;
/** Longer than most end devices sleep; the module may go on trying. */
const EXTENDED_STATUS_TIMEOUT_MS = 30_000;
const OPTION_EXTENDED_TIMEOUT = 0x40;

/** One transmission at a time, because the module's buffer holds hardly more than one message. */
export class XbeeTransmitter {
  #module: XbeeModule = UNKNOWN_XBEE;
  #sending: { id: number; frameId: number; address: string | null; deadline: number } | undefined;
  #heardDialect: XbeeDialect | undefined;
  #frameId = 0;
  readonly #peers = new XbeePeers();
  readonly #settings: XbeeTransmitterSettings;

  constructor(settings: XbeeTransmitterSettings) {
    this.#settings = settings;
  }

  set module(module: XbeeModule) {
    this.#module = module;
  }

  get deadline(): number | undefined {
    return this.#sending?.deadline;
  }

  maxMessageBytes(address: string | null): number {
    if (address !== null && !isXbeeAddress(address)) return 0;
    const to = address === null ? 'everybody' : 'one';
    return payloadBytesMax(this.#module, this.#dialectFor(address), to, this.#settings.fragment);
  }

  airBytes(messageBytes: number): number {
    return airBytes(this.#dialectFor(null), messageBytes);
  }

  /** In rotation; 0 would mean that no status is wanted. */
  nextFrameId(): number {
    this.#frameId = (this.#frameId % FRAME_ID_MAX) + 1;
    return this.#frameId;
  }

  heard({ address, address16, dialect }: Extract<XbeeFrame, { kind: 'received' }>): void {
    this.#heardDialect = dialect;
    this.#peers.heard(address, address16, dialect);
  }

  /** The frame to write, or why not. */
  begin({ id, address, data }: Send, now: number): Uint8Array | Sent {
    if (this.#sending !== undefined) return { kind: 'sent', id, outcome: 'busy' };
    const bytesMax = this.maxMessageBytes(address);
    if (data.length > bytesMax) {
      const detail =
        bytesMax === 0
          ? `no address of an XBee: ${address}`
          : `${data.length} octets, and ${bytesMax} fit`;
      return { kind: 'sent', id, outcome: 'refused', detail };
    }
    const { extendedTimeout, explicit } = this.#settings;
    const dialect = this.#dialectFor(address);
    const waits = extendedTimeout && address !== null && dialect === 'zigbee';
    const frameId = this.nextFrameId();
    const timeoutMs = waits ? EXTENDED_STATUS_TIMEOUT_MS : STATUS_TIMEOUT_MS;
    this.#sending = { id, frameId, address, deadline: now + timeoutMs };
    return transmitFrame({
      id: frameId,
      address,
      address16: address === null ? undefined : this.#peers.get(address)?.address16,
      dialect,
      options: waits ? OPTION_EXTENDED_TIMEOUT : 0,
      data,
      ...(explicit === undefined ? {} : { explicit }),
    });
  }

  /** What a status frame means; undefined when it belongs to no transmission that is still waited for. */
  ended({ id, status, address16 }: TransmitStatus): (Sent & { lostNetwork: boolean }) | undefined {
    const sending = this.#sending;
    if (sending === undefined || sending.frameId !== id) return undefined;
    const { address } = sending;
    if (address !== null) {
      if (hasStaleAddress(status)) this.#peers.found(address, undefined);
      else if (address16 !== undefined) this.#peers.found(address, address16);
    }
    const { outcome, detail } = xbeeDelivery(status, address === null);
    return {
      ...this.#giveUp(sending.id, outcome, detail),
      lostNetwork: status === STATUS_NOT_JOINED,
    };
  }

  expire(now: number): Sent | undefined {
    if (this.#sending === undefined || this.#sending.deadline > now) return undefined;
    return this.#giveUp(this.#sending.id, 'timeout', 'the module did not say what became of it');
  }

  interrupt(detail: string): Sent | undefined {
    return this.#sending && this.#giveUp(this.#sending.id, 'interrupted', detail);
  }

  #giveUp(id: number, outcome: SendOutcome, detail: string): Sent {
    this.#sending = undefined;
    return { kind: 'sent', id, outcome, detail };
  }

  #dialectFor(address: string | null): XbeeDialect {
    const { dialect } = this.#settings;
    if (dialect !== 'auto') return dialect;
    const heard = address === null ? undefined : this.#peers.get(address)?.dialect;
    return heard ?? this.#heardDialect ?? nativeDialect(this.#module);
  }
}
