/** Reads everything that can be read, whatever stands in between. */
import type { Level } from './level.js';
import { READ_RECORDS_MAX } from './limits.js';

/** How much of a key counts in the search for the end of a bad place: all of it, unless a topic is very long. */
const SEARCH_OCTETS = 320;

/** Hands over all records in the order of their keys. Returns how many places could not be read. */
export async function scan(
  level: Level,
  each: (key: Uint8Array, record: Uint8Array) => void,
): Promise<number> {
  /** Where reading goes on: behind the last record, or behind a bad place. */
  let from: Uint8Array = new Uint8Array();
  const read = (count: number): Promise<boolean> =>
    readFrom(level, from, count, (key, record) => {
      each(key, record);
      from = Uint8Array.of(...key, 0);
    });
  for (let gaps = 0; ; gaps++) {
    if (await read(READ_RECORDS_MAX)) return gaps;
    // It has lost what it had read just before the bad place: take that one by one.
    await read(1);
    const behind = await findReadable(level, from);
    if (behind === undefined) return gaps + 1;
    from = behind;
  }
}

/** Resolves to false when something cannot be read. */
async function readFrom(
  level: Level,
  from: Uint8Array,
  count: number,
  each: (key: Uint8Array, record: Uint8Array) => void,
): Promise<boolean> {
  const reader = level.read(from);
  try {
    for (;;) {
      const entries = await reader.next(count);
      if (entries.length === 0) return true;
      for (const [key, record] of entries) each(key, record);
    }
  } catch {
    return false;
  } finally {
    await reader.close();
  }
}

/**
 * Halves the space behind `bad` again and again, down to a key from which reading works. If other bad
 * places follow, what is between them may be missed.
 */
async function findReadable(level: Level, bad: Uint8Array): Promise<Uint8Array | undefined> {
  let low = toNumber(bad);
  let high = toNumber(Buffer.alloc(SEARCH_OCTETS, 0xff));
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (await isReadable(level, toKey(middle))) high = middle;
    else low = middle;
  }
  const found = toKey(high);
  return Buffer.compare(found, bad) > 0 ? found : undefined;
}

async function isReadable(level: Level, from: Uint8Array): Promise<boolean> {
  const reader = level.read(from);
  try {
    await reader.next(1);
    return true;
  } catch {
    return false;
  } finally {
    await reader.close();
  }
}

/** Keys as numbers that are in the same order. */
function toNumber(key: Uint8Array): bigint {
  const padded = Buffer.alloc(SEARCH_OCTETS);
  padded.set(key.subarray(0, SEARCH_OCTETS));
  return BigInt(`0x${padded.toString('hex')}`);
}

/** Without the zeros at the end, which would put it above the key that it came from. */
function toKey(number: bigint): Uint8Array {
  const octets = Buffer.from(number.toString(16).padStart(2 * SEARCH_OCTETS, '0'), 'hex');
  return octets.subarray(0, octets.findLastIndex((octet) => octet !== 0) + 1);
}
