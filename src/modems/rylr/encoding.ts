/** How messages are written for RYLR modules, whose manual promises text only. Both ends must agree. */
import { RYLR_DATA_BYTES_MAX } from '../../framing/rylr-lines.js';
import { octetsOf, textOf } from '../../framing/text-lines.js';
import { fromHex, toHex } from '../octets.js';

export type RylrEncoding =
  /** Two digits for each octet; works everywhere. */
  | 'hex'
  /** Four characters for three octets. */
  | 'base64'
  /** As it is; not documented, and so for modules with which it was tried. */
  | 'raw';

export interface RylrCodec {
  /** Longest message. */
  messageBytesMax: number;
  encodedBytes(messageBytes: number): number;
  encode(message: Uint8Array): Uint8Array;
  /** The caller's to keep; undefined: that is no such encoding. */
  decode(data: Uint8Array): Uint8Array | undefined;
}

export const RYLR_CODECS: Readonly<Record<RylrEncoding, RylrCodec>> = {
  hex: {
    messageBytesMax: RYLR_DATA_BYTES_MAX / 2,
    encodedBytes: (bytes) => 2 * bytes,
    encode: (message) => octetsOf(toHex(message).toUpperCase()),
    decode: (data) => fromHex(textOf(data)),
  },
  base64: {
    messageBytesMax: (RYLR_DATA_BYTES_MAX / 4) * 3,
    encodedBytes: (bytes) => 4 * Math.ceil(bytes / 3),
    encode: encodeBase64,
    decode: decodeBase64,
  },
  raw: {
    messageBytesMax: RYLR_DATA_BYTES_MAX,
    encodedBytes: (bytes) => bytes,
    encode: (message) => message,
    decode: (data) => data,
  },
};

const ALPHABET = octetsOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = '='.charCodeAt(0);
const NO_DIGIT = 0xff;

const digits = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, character] of ALPHABET.entries()) digits[character] = value;

/** RFC 4648, section 4. */
function encodeBase64(message: Uint8Array): Uint8Array {
  const text = new Uint8Array(4 * Math.ceil(message.length / 3)).fill(PADDING);
  for (let at = 0, to = 0; at < message.length; at += 3, to += 4) {
    const bytes = Math.min(3, message.length - at);
    const bits =
      ((message[at] ?? 0) << 16) | ((message[at + 1] ?? 0) << 8) | (message[at + 2] ?? 0);
    for (let index = 0; index <= bytes; index += 1)
      text[to + index] = ALPHABET[(bits >> (18 - 6 * index)) & 0x3f] as number;
  }
  return text;
}

/** Padding may be left out, as some libraries do. */
function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  let end = text.length;
  if (end % 4 === 0) while (end > text.length - 2 && text[end - 1] === PADDING) end -= 1;
  if (end % 4 === 1) return undefined;
  const message = new Uint8Array((end * 3) >> 2);
  let bits = 0;
  let to = 0;
  for (let at = 0; at < end; at += 1) {
    const digit = digits[text[at] as number] as number;
    if (digit === NO_DIGIT) return undefined;
    bits = ((bits << 6) | digit) & 0xffffff;
    const held = (at % 4) * 2;
    if (at % 4 === 0) continue;
    // After the second, third and fourth digit 12, 18 and 24 bits are there: 4, 2 and 0 beyond whole octets.
    message[to] = bits >> (6 - held);
    to += 1;
  }
  return message;
}
