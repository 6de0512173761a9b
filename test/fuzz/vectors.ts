/** Golden frames and scripts that searches begin with. */
import modems from '../vectors/modems.json' with { type: 'json' };
import messages from '../vectors/mqtt-sn-1.2.json' with { type: 'json' };
import { fromHex } from '../support/hex.js';

const isHex = (value: unknown): value is string =>
  typeof value === 'string' && /^([0-9a-f]{2})+$/i.test(value);

/** Every string of hexadecimal digits in a file, wherever it stands. */
function octetsIn(value: unknown): Uint8Array[] {
  if (isHex(value)) return [fromHex(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(octetsIn);
}

export const messageFrames = (): Uint8Array[] => octetsIn(messages);

export const modemLines = (): Uint8Array[] => octetsIn(modems);

export const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const words = (...texts: readonly string[]): Uint8Array[] => texts.map(octetsOf);
