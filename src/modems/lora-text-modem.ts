import { isMessageOrForwarded } from '../framing/message-shape.js';
import { TextLineFramer } from '../framing/text-lines.js';
import { type LoraSettings, loraTimeOnAirMs } from '../radio/lora.js';
import type { Expectation } from './speaker/evidence.js';
import type { LinkHeader } from './link-header.js';
import type { Signal } from './modem.js';
import { fromHex, toHex } from './octets.js';
import type { Transmission } from './text-command.js';
import { TextModem } from './text-modem.js';

export interface LoraTextModemSettings {
  lora: LoraSettings;
  /** Who is who: the modem shows bare radio payloads. */
  header: LinkHeader;
}

/** Two digits for each of 255 octets, and what stands around them, with room. */
const LINE_CHARACTERS_MAX = 600;

/** A modem with text commands that shows radio payloads in hex. */
export abstract class LoraTextModem extends TextModem {
  protected readonly lora: LoraSettings;
  readonly #header: LinkHeader;
  readonly #payloadBytesMax: number;

  constructor(
    expectation: Expectation,
    { lora, header }: LoraTextModemSettings,
    payloadBytesMax: number,
  ) {
    super(expectation, new TextLineFramer(LINE_CHARACTERS_MAX));
    this.lora = lora;
    this.#header = header;
    this.#payloadBytesMax = payloadBytesMax;
  }

  maxMessageBytes(address: string | null): number {
    const headerBytes = this.#header.bytesFor(address);
    return headerBytes === undefined ? 0 : Math.max(0, this.#payloadBytesMax - headerBytes);
  }

  airBytes(messageBytes: number): number {
    return messageBytes + this.#header.bytesAssumed();
  }

  protected payload(address: string | null, data: Uint8Array): Uint8Array | undefined {
    return this.#header.wrap(address, data);
  }

  protected framed(event: never): void {
    event satisfies never;
  }

  protected airTimeMs({ airTimeMs, data }: Transmission): number {
    return airTimeMs > 0 ? airTimeMs : loraTimeOnAirMs(this.lora, data.length);
  }

  protected forgetNodes(): void {
    this.#header.reset();
  }

  /** A radio payload in hex, which stood in a line of so many characters. */
  protected received(hex: string, lineCharacters: number, signal?: Signal): void {
    const payload = hex === '' ? undefined : fromHex(hex);
    if (payload === undefined) {
      this.discard(lineCharacters, 'malformed');
      return;
    }
    const unwrapped = this.#header.unwrap(payload);
    if (unwrapped.kind === 'discarded') {
      this.discard(lineCharacters, unwrapped.why);
      return;
    }
    const { address, acknowledgement } = unwrapped;
    if (acknowledgement !== undefined) this.acknowledgement(address, acknowledgement);
    if (unwrapped.kind === 'consumed') return;
    const { message } = unwrapped;
    if (isMessageOrForwarded(message)) this.datagram(address, message, signal);
    else this.discard(lineCharacters, 'bad-length');
  }

  protected static hex(data: Uint8Array): string {
    return toHex(data).toUpperCase();
  }
}
