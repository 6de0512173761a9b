/** Octets and text for the terminal: what came from outside never controls it. */

/** Octets of a payload that are shown; a capture may hold messages of 64 KiB. */
const OCTETS_SHOWN_MAX = 64;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `0a 04 04`, cut off with `…`. */
export function hexText(octets: Uint8Array): string {
  const shown = Buffer.from(octets.subarray(0, OCTETS_SHOWN_MAX)).toString('hex');
  const spaced = shown.replace(/..(?=.)/g, '$& ');
  return octets.length > OCTETS_SHOWN_MAX ? `${spaced} …` : spaced;
}

export const hexNumber = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;

/** Quoted; characters that are not printable are written as `\u{1b}`. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&');
  return `"${escaped.replace(/\p{C}/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)}"`;
}

/** The text of a UTF-8 field, or its octets when they are no text. */
export function textField(octets: Uint8Array): string {
  const text = utf8(octets);
  return text === undefined ? `${hexText(octets)} (not UTF-8)` : quoted(text);
}

/** Control characters; white space is what texts have. */
const CONTROL = /[^\P{C}\s]/u;

/** A payload: its text when it is printable, else its octets. */
export function payloadText(octets: Uint8Array): string {
  if (octets.length === 0) return 'empty';
  const text = octets.length <= OCTETS_SHOWN_MAX ? utf8(octets) : undefined;
  const isText = text !== undefined && !CONTROL.test(text);
  return `${isText ? quoted(text) : hexText(octets)} (${count(octets.length, 'octet')})`;
}

export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;

function utf8(octets: Uint8Array): string | undefined {
  try {
    return decoder.decode(octets);
  } catch {
    return undefined;
  }
}

/** Where text stops being UTF-8: the index of the octet that breaks it. */
export function invalidUtf8At(octets: Uint8Array): number {
  const strict = new TextDecoder('utf-8', { fatal: true });
  for (let i = 0; i < octets.length; i++) {
    try {
      strict.decode(octets.subarray(i, i + 1), { stream: true });
    } catch {
      return i;
    }
  }
  return octets.length;
}
