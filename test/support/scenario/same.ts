import { isDeepStrictEqual } from 'node:util';
import { octets } from './frame.js';

/** Fails unless both are alike; octets may be given in the hex of the scenarios, `retain` left out. */
export function same(actual: unknown, expected: unknown): void {
  const [got, wanted] = [plain(actual), plain(expected)];
  if (isDeepStrictEqual(got, wanted)) return;
  throw new Error(`got ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

function plain(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (key === 'payload' && typeof value === 'string') return plain(octets(value));
  if (Array.isArray(value)) return value.map((one) => plain(one));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name, one]) => one !== undefined && !(name === 'retain' && one === false))
    .map(([name, one]): [string, unknown] => [name, plain(one, name)]);
  return Object.fromEntries(entries);
}
