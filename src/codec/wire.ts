/**
 * Reading and writing the parts of an MQTT-SN message: integers, text, opaque octets.
 * All multi-octet integers are big-endian (SN 1.2, 5.1).
 */

/** Largest message the 3-octet length can announce (SN 1.2, 5.2.1). */
export const MESSAGE_BYTES_MAX = 0xffff;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** The text in `[start, end)`, or undefined when it is not valid UTF-8. */
export function text(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Octets that `value` takes in UTF-8. */
export function textBytes(value: string): number {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0x7f) return encoder.encode(value).length;
  }
  return value.length;
}

/** A cursor over one reused buffer: the largest message fits, so nothing grows while encoding. */
export class Writer {
  private readonly scratch = new Uint8Array(MESSAGE_BYTES_MAX + HEADER_BYTES_MAX);
  private at = 0;

  /** Starts a message body; the room for the header in front of it stays free. */
  begin(): this {
    this.at = HEADER_BYTES_MAX;
    return this;
  }

  uint8(value: number): this {
    this.scratch[this.at++] = value;
    return this;
  }

  uint16(value: number): this {
    this.scratch[this.at++] = value >>> 8;
    this.scratch[this.at++] = value;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.reserve(value.length);
    this.scratch.set(value, this.at);
    this.at += value.length;
    return this;
  }

  text(value: string): this {
    const start = this.at;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.at = start;
        return this.bytes(encoder.encode(value));
      }
      this.reserve(1);
      this.scratch[this.at++] = unit;
    }
    return this;
  }

  /** Puts the length and type in front of the body and returns the whole message (SN 1.2, 5.2.1). */
  finish(type: number): Uint8Array {
    const body = this.at - HEADER_BYTES_MAX;
    const short = body + 2;
    if (short <= 0xff) {
      // Octet by octet: most answers have seven, and slice() costs more than that.
      const message = new Uint8Array(short);
      for (let i = 2; i < short; i++) message[i] = this.scratch[HEADER_BYTES_MAX - 2 + i] as number;
      message[0] = short;
      message[1] = type;
      return message;
    }
    const long = body + HEADER_BYTES_MAX;
    this.reserve(0);
    const message = this.scratch.slice(0, this.at);
    message[0] = 0x01;
    message[1] = long >>> 8;
    message[2] = long;
    message[3] = type;
    return message;
  }

  private reserve(count: number): void {
    if (this.at + count > MESSAGE_BYTES_MAX) {
      throw new RangeError(`an MQTT-SN message cannot be longer than ${MESSAGE_BYTES_MAX} octets`);
    }
  }
}

/** 0x01, two length octets, the type. */
const HEADER_BYTES_MAX = 4;
