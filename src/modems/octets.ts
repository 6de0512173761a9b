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

/** The octets of a text in hex, of either case; undefined when it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
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
