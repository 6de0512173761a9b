import type { AirFrame, Reception } from '../../air.js';
import { BaseModem } from '../base.js';
import { crcXmodem } from '../checksums.js';
import { encodeSlip } from '../framing/slip.js';
import { ARDUINO_START_UP, COMMAND, RECEPTION } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { concat } from '../octets.js';
import { TransmitQueue } from '../transmit-queue.js';
import { AquilaSlipReader } from './slip-reader.js';

export interface AquilaSettings {
  /** How much the radio sends at once: 54 for RFM69, 96 for Altair (modems.md 2.2b). */
  payloadBytesMax?: number;
}

const TYPE = { nack: 0x00, ack: 0x01, config: 0x02, pair: 0x03, data: 0xfe } as const;
const PAIR = { leave: 0x00, enter: 0x01, request: 0x02, response: 0x03 } as const;
/** Length, FE, ctrl and address, before the message. */
const HEAD_BYTES = 5;
const CRC_BYTES = 2;
/** Broadcast radius in the ctrl octet. */
const CTRL = 0x01;
const BROADCAST = 255;
/** The hub's own address. */
const HUB = 240;
const PAYLOAD_BYTES_MAX = 96;
/** It sends one message after the other; what comes meanwhile waits in the UART's buffer. */
const INPUT_BYTES_MAX = 256;

interface Message {
  payload: Uint8Array;
  to: string | null;
}

/**
 * The Aquila bridge: Altair boards and RFM69 (modems.md 2.2b). It does not look at the host's checksum,
 * answers each data frame with ACK once it was on the air or with NACK, and CONFIG not at all.
 */
export class AquilaModem extends BaseModem {
  readonly address: string;
  private readonly payloadBytesMax: number;
  private readonly reader = new AquilaSlipReader();
  private isPairing = false;
  private readonly queue = new TransmitQueue(INPUT_BYTES_MAX, (message: Message, next) =>
    this.begin(message, next),
  );

  constructor(setup: ModemSetup & AquilaSettings) {
    super(setup, 'aquila');
    this.address = setup.address ?? String(HUB);
    this.payloadBytesMax = setup.payloadBytesMax ?? PAYLOAD_BYTES_MAX;
  }

  protected override takeOctets(octets: Uint8Array): void {
    for (const octet of octets) {
      const frame = this.reader.push(octet);
      if (frame !== undefined) this.takeHostFrame(frame.slice(0, -CRC_BYTES));
    }
  }

  /** In pairing mode every packet is a request to be paired. */
  protected override takeFrame(frame: AirFrame, reception: Reception): void {
    const address = Number(frame.from);
    const [type, ctrl] = this.isPairing ? [TYPE.pair, PAIR.request] : [TYPE.data, CTRL];
    const head = [HEAD_BYTES + frame.payload.length, type, ctrl, address & 0xff, address >> 8];
    // A signed octet, in dBm.
    const quality = [reception.lqi, Math.round(reception.rssiDbm) & 0xff];
    this.tell(this.encode(concat(quality, head, frame.payload)), RECEPTION);
  }

  protected override forget(): void {
    this.reader.reset();
    this.queue.clear();
    this.isPairing = false;
  }

  /** An ACK that nobody has asked for, and the request for CONFIG. */
  protected override startUp(): void {
    this.tell(this.control(TYPE.ack), ARDUINO_START_UP);
    this.tell(this.control(TYPE.config), { fromMs: 0, toMs: 0 });
  }

  private takeHostFrame(body: Uint8Array): void {
    const [, type, sub] = body;
    if (sub === undefined) return this.confirm(TYPE.nack);
    // PAN and key: this air knows neither, and the firmware does not answer.
    if (type === TYPE.config) return;
    if (type === TYPE.pair && (sub === PAIR.enter || sub === PAIR.leave)) {
      this.isPairing = sub === PAIR.enter;
      return this.confirm(TYPE.ack);
    }
    const isForTheAir = type === TYPE.data || (type === TYPE.pair && sub === PAIR.response);
    if (!isForTheAir) return this.confirm(TYPE.nack);
    this.takeMessage(body);
  }

  /** The message tells its own length, in one octet. */
  private takeMessage(body: Uint8Array): void {
    const [, , , low = 0, high = 0, length = 0] = body;
    const payload = body.slice(HEAD_BYTES, HEAD_BYTES + length);
    const isSendable = length > 0 && payload.length === length && length <= this.payloadBytesMax;
    if (!isSendable || this.faults.busy) return this.confirm(TYPE.nack);
    const address = low | (high << 8);
    const to = address === BROADCAST ? null : String(address);
    if (!this.queue.push({ payload, to })) this.confirm(TYPE.nack);
  }

  private begin(message: Message, next: () => void): void {
    this.transmit(message, () => {
      this.confirm(TYPE.ack);
      next();
    });
  }

  private confirm(type: number): void {
    this.answer(this.control(type), COMMAND);
  }

  /** Two zero octets stand where a received message has LQI and RSSI. */
  private control(type: number): Uint8Array {
    return this.encode(Uint8Array.of(0, 0, 2, type));
  }

  private encode(body: Uint8Array): Uint8Array {
    const crc = crcXmodem(body) ^ this.faults.takeChecksumFlip();
    return encodeSlip(concat(body, [crc & 0xff, crc >> 8]));
  }
}
