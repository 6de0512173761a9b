const DIGITS = '0123456789abcdef';

/** The octets in `[start, end)` in hex, lower case. */
export function toHex(octets: Uint8Array, start = 0, end = octets.length): string {
  let text = '';
  for (let at = start; at < end; at++) {
    const octet = octets[at] as number;
    text += DIGITS.charAt(octet >>> 4) + DIGITS.charAt(octet & 0x0f);
  }
  return text;
}

const NO_DIGIT = 0xff;

/** What a character is worth as a digit, by its code. */
const DIGIT_VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < DIGITS.length; value++) {
  const digit = DIGITS.charAt(value);
  DIGIT_VALUES[digit.charCodeAt(0)] = value;
  DIGIT_VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

/** The octets of a text in hex, of either case; undefined when it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const octets = new Uint8Array(text.length / 2);
  for (let at = 0; at < octets.length; at++) {
    const high = DIGIT_VALUES[text.charCodeAt(2 * at)] ?? NO_DIGIT;
    const low = DIGIT_VALUES[text.charCodeAt(2 * at + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return undefined;
    octets[at] = (high << 4) | low;
  }
  return octets;
}

/** An octet as the signed number that some firmware means by it. */
export const int8 = (octet: number): number => (octet << 24) >> 24;

/** Two octets, high one first, as a signed number. */
export const int16 = (octets: Uint8Array, at: number): number =>
  (((octets[at] as number) << 24) | ((octets[at + 1] as number) << 16)) >> 16;

/** An address in decimal between two numbers, written as we write it; undefined when it is none. */
export function decimalAddress(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && `${value}` === text && value >= min && value <= max
    ? value
    : undefined;
}
