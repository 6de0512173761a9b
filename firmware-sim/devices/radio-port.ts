import type { Air, AirFrame, Station } from '../air.js';
import type { Timeline } from '../timeline.js';
import type { LinkHeader } from './link-header.js';
import type { Port } from './port.js';

export interface RadioPortOptions {
  id: string;
  air: Air;
  header: LinkHeader;
  /** Its own link address; '' where radios have none. */
  address: string;
  /** Link address of the gateway's modem; null where radios have none: everybody. */
  gateway: string | null;
  timeline: Timeline;
  /** Between a frame that it has heard and its own: switching the radio, and thinking (modems.md 8.4, item 5). */
  turnaroundMs?: number;
  /** What the device's radio module adds to each frame on the air. */
  overheadBytes?: number;
  /** Is told of messages that come while the receiver is off. */
  missed?: (message: Uint8Array) => void;
}

/** Frames that wait for the radio; a small module has no room for more, and drops what comes on top. */
const WAITING_FRAMES_MAX = 8;

const TURNAROUND_MS = 20;

/** The radio of a device. */
export class RadioPort implements Port, Station {
  private listener: (message: Uint8Array) => void = () => {};
  private isOn = false;
  private waitingFrames = 0;
  private sendsNotBefore = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RadioPortOptions) {}

  get id(): string {
    return this.options.id;
  }

  get address(): string {
    return this.options.address;
  }

  get isListening(): boolean {
    return this.isOn;
  }

  onMessage(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
  }

  listen(on: boolean): void {
    this.isOn = on;
  }

  send(message: Uint8Array, to?: string): void {
    this.transmit(this.options.header.wrap(message), undefined, to);
  }

  receive(frame: AirFrame): void {
    const { timeline, turnaroundMs = TURNAROUND_MS } = this.options;
    this.sendsNotBefore = timeline.now() + turnaroundMs;
    this.hear(frame);
  }

  misses({ payload }: AirFrame): void {
    const message = this.options.header.unwrap(payload);
    if (message !== undefined) this.options.missed?.(message);
  }

  protected hear({ payload }: AirFrame): void {
    const message = this.options.header.unwrap(payload);
    if (message !== undefined) this.hand(message);
  }

  /** To the device. */
  protected hand(message: Uint8Array): void {
    this.listener(message);
  }

  protected transmit(payload: Uint8Array, sent?: () => void, to?: string): void {
    const { timeline, air, gateway, address, overheadBytes } = this.options;
    if (this.waitingFrames >= WAITING_FRAMES_MAX) return;
    this.waitingFrames += 1;
    const frame: AirFrame = {
      from: address,
      to: to ?? gateway,
      payload,
      ...(overheadBytes === undefined ? {} : { overheadBytes }),
    };
    timeline.at(this.sendsNotBefore, () => {
      air.transmit(this, frame, () => {
        this.waitingFrames -= 1;
        sent?.();
      });
    });
  }
}
