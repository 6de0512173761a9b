/** Octets and the texts that stand for them. */

/** One octet per character. */
export function fromText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One character per octet, whatever it is. */
export function toText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** Two upper-case digits per octet, as modems print them. */
export function toHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text.toUpperCase();
}

/** Undefined unless it is an even number of hexadecimal digits in either case. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}

/** For octets that the program itself wrote as hexadecimal digits. */
export function hexOctets(text: string): Uint8Array {
  const octets = fromHex(text);
  if (octets === undefined) throw new Error(`"${text}" is not hexadecimal`);
  return octets;
}

export function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Big-endian, two octets; negative numbers as two's complement. */
export function word(value: number): readonly number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
