import type { AirFrame, Reception } from '../../air.js';
import { BaseModem } from '../base.js';
import { sumChecksum } from '../checksums.js';
import { ESCAPE, ESCAPE_FLIP, escape, FLAG } from '../framing/stuffing.js';
import { COMMAND } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { concat, word } from '../octets.js';

export interface LoraLinkSettings {
  /** By the data rate: 57 to 244 (modems.md 4.5). */
  payloadBytesMax?: number;
  /** How long it listens for a free channel before it gives up. */
  listenMs?: number;
}

const TYPE = { data: 0x40, ack: 0x80, noFreeChannel: 0x81 } as const;
/** The modem itself, as a source; everybody, as a destination. */
const MODEM = 0xfe;
const BROADCAST = 0xff;
const PAYLOAD_BYTES_MAX = 244;
const LISTEN_MS = 20_000;
/** Clear for so long, it is free: Japan's rule (ARIB T108). */
const CARRIER_SENSE_MS = 5;
/** PAN, destination, source, type, and a check of four octets. */
const OVERHEAD_BYTES = 9;
/** The length field counts the checksum. */
const CHECKSUM_BYTES = 1;
const HEAD_BYTES = 2;
const FRAME_BYTES_MAX = 256;

/** The modem of Paho's LoRaLink (modems.md 4.5), for both directions or one of a pair with the same address. It listens before it talks. */
export class LoraLinkModem extends BaseModem {
  readonly address: string;
  private readonly payloadBytesMax: number;
  private readonly listenMs: number;
  private frame: number[] | undefined;
  private isEscaped = false;
  private isSending = false;

  constructor(setup: ModemSetup & LoraLinkSettings) {
    super(setup, 'loralink');
    this.address = setup.address ?? '1';
    this.payloadBytesMax = setup.payloadBytesMax ?? PAYLOAD_BYTES_MAX;
    this.listenMs = setup.listenMs ?? LISTEN_MS;
  }

  protected override takeOctets(octets: Uint8Array): void {
    for (const octet of octets) this.takeOctet(octet);
  }

  protected override takeFrame(frame: AirFrame, { rssiDbm, snrDb }: Reception): void {
    const source = Number(frame.from);
    this.tell(
      this.encode(source, Math.round(rssiDbm), Math.round(snrDb), TYPE.data, frame.payload),
    );
  }

  protected override forget(): void {
    this.frame = undefined;
    this.isEscaped = false;
    this.isSending = false;
  }

  protected override startUp(): void {}

  /** An unescaped 7E always begins a frame. */
  private takeOctet(octet: number): void {
    if (octet === FLAG) {
      this.frame = [];
      this.isEscaped = false;
    } else if (this.frame === undefined) {
      return;
    } else if (octet === ESCAPE && !this.isEscaped) {
      this.isEscaped = true;
    } else {
      this.frame.push(this.isEscaped ? octet ^ ESCAPE_FLIP : octet);
      this.isEscaped = false;
      this.checkFrame(this.frame);
    }
  }

  private checkFrame(frame: readonly number[]): void {
    const [high, low] = frame;
    if (high === undefined || low === undefined) return;
    const length = (high << 8) | low;
    if (length < HEAD_BYTES + CHECKSUM_BYTES || length > FRAME_BYTES_MAX) {
      this.frame = undefined;
      return;
    }
    if (frame.length < 2 + length) return;
    this.frame = undefined;
    const body = Uint8Array.from(frame.slice(2, -CHECKSUM_BYTES));
    if (sumChecksum(body) === frame.at(-1)) this.takeBody(body);
  }

  private takeBody(body: Uint8Array): void {
    const [destination = 0, type] = body;
    const payload = body.slice(HEAD_BYTES);
    const isSendable = payload.length > 0 && payload.length <= this.payloadBytesMax;
    // One at a time, and no word for what it does not take: the host waits in vain.
    if (type !== TYPE.data || !isSendable || this.isSending) return;
    this.isSending = true;
    const to = destination === BROADCAST ? null : String(destination);
    this.listen({ payload, to }, this.timeline.now() + this.listenMs);
  }

  private listen(message: { payload: Uint8Array; to: string | null }, until: number): void {
    this.after(CARRIER_SENSE_MS, () => {
      const isTaken = this.faults.busy || this.air.isBusy(this);
      if (!isTaken) {
        this.transmit({ ...message, overheadBytes: OVERHEAD_BYTES }, () => this.end(TYPE.ack));
      } else if (this.timeline.now() >= until) {
        this.end(TYPE.noFreeChannel);
      } else {
        this.listen(message, until);
      }
    });
  }

  private end(type: number): void {
    this.isSending = false;
    this.answer(this.encode(MODEM, 0, 0, type, new Uint8Array()), COMMAND);
  }

  private encode(
    source: number,
    rssiDbm: number,
    snrDb: number,
    type: number,
    payload: Uint8Array,
  ): Uint8Array {
    const body = concat([source], word(rssiDbm), word(snrDb), [type], payload);
    const checksum = sumChecksum(body) ^ this.faults.takeChecksumFlip();
    const counted = concat(word(body.length + CHECKSUM_BYTES), body, [checksum]);
    return concat([FLAG], escape(counted));
  }
}
