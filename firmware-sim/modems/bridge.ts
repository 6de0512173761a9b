import type { AirFrame } from '../air.js';
import { BaseModem } from './base.js';
import { cobs } from './framing/cobs.js';
import { FRAME_BYTES_MAX, type FrameDecoder, type Framing } from './framing/framing.js';
import { hdlc } from './framing/hdlc.js';
import { RawDecoder } from './framing/raw.js';
import { slip } from './framing/slip.js';
import type { ModemSetup } from './modem.js';
import { TransmitQueue } from './transmit-queue.js';

export interface BridgeSettings {
  /** Of a link header before each message on a line without frames: 4 for RadioHead's, 0 by default. */
  headerBytes?: number;
  /** Raw: a pause that ends what is incomplete; `read()` of mqtt-sn-serial-bridge returns after 100 ms (modems.md 1). */
  idleGapMs?: number;
}

type FramedDialect = 'slip' | 'cobs' | 'hdlc';

const FRAMINGS: Readonly<Record<FramedDialect, Framing>> = { slip, cobs, hdlc };
const IDLE_GAP_MS = 100;
/** What a microcontroller of 2 KiB has for frames that wait for the antenna. */
const QUEUE_BYTES_MAX = 1024;

/**
 * The firmware of a self-made bridge between UART and radio (modems.md 1 and 2): each frame goes on the air,
 * each packet becomes a frame. No addresses, no confirmation; what does not fit in its queue is gone.
 */
abstract class Bridge extends BaseModem {
  readonly address = '';
  private readonly queue = new TransmitQueue(QUEUE_BYTES_MAX, (item: Frame, next) =>
    this.transmit({ payload: item.payload, to: null }, next),
  );

  protected takeFrameOfHost(payload: Uint8Array): void {
    if (!this.faults.busy) this.queue.push({ payload });
  }

  protected override forget(): void {
    this.queue.clear();
  }

  /** Firmware of this kind says nothing at its start. */
  protected override startUp(): void {}
}

interface Frame {
  payload: Uint8Array;
}

export class FramedBridge extends Bridge {
  private readonly framing: Framing;
  private decoder: FrameDecoder;

  constructor(dialect: FramedDialect, setup: ModemSetup) {
    super(setup, dialect);
    this.framing = FRAMINGS[dialect];
    this.decoder = this.framing.decoder();
  }

  protected override takeOctets(octets: Uint8Array): void {
    for (const octet of octets) {
      const frame = this.decoder.push(octet);
      if (frame !== undefined) this.takeFrameOfHost(frame);
    }
  }

  protected override takeFrame(frame: AirFrame): void {
    this.tell(this.framing.encode(frame.payload, this.faults.takeChecksumFlip()));
  }

  protected override forget(): void {
    super.forget();
    this.decoder = this.framing.decoder();
  }
}

export class RawBridge extends Bridge {
  private readonly decoder: RawDecoder;
  private readonly idleGapMs: number;
  private stopIdleTimer = () => {};

  constructor(setup: ModemSetup & BridgeSettings) {
    super(setup, 'raw');
    this.decoder = new RawDecoder(setup.headerBytes ?? 0, FRAME_BYTES_MAX);
    this.idleGapMs = setup.idleGapMs ?? IDLE_GAP_MS;
  }

  protected override takeOctets(octets: Uint8Array): void {
    this.stopIdleTimer();
    for (const octet of octets) {
      const frame = this.decoder.push(octet);
      if (frame !== undefined) this.takeFrameOfHost(frame);
    }
    this.stopIdleTimer = this.after(this.idleGapMs, () => this.decoder.idle());
  }

  protected override takeFrame(frame: AirFrame): void {
    this.tell(frame.payload);
  }

  protected override forget(): void {
    super.forget();
    this.decoder.idle();
  }
}
