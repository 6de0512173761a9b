/** Blind changes: octets, pieces, numbers, words of a dictionary, and ends of other inputs. */
import type { Random } from '../../firmware-sim/random.js';

type Change = (octets: number[], random: Random, words: readonly Uint8Array[]) => void;

/** Values at which lengths, signs and escapes turn. */
const ODD_OCTETS = [0, 1, 2, 0x0a, 0x0d, 0x20, 0x7d, 0x7e, 0x7f, 0x80, 0xc0, 0xdb, 0xfe, 0xff];

const PIECE_BYTES_MAX = 32;
const REPEATS_MAX = 64;
const CHANGES_MAX = 6;

const place = (octets: readonly number[], random: Random): number =>
  random.integer(0, Math.max(0, octets.length - 1));

function piece(octets: readonly number[], random: Random): number[] {
  const from = place(octets, random);
  return octets.slice(from, from + random.integer(1, PIECE_BYTES_MAX));
}

const CHANGES: readonly Change[] = [
  (octets, random) => {
    if (octets.length > 0) octets[place(octets, random)] = random.integer(0, 0xff);
  },
  (octets, random) => {
    if (octets.length > 0) octets[place(octets, random)] = random.pick(ODD_OCTETS);
  },
  (octets, random) => {
    const at = place(octets, random);
    if (octets.length > 0) octets[at] = (octets[at] as number) ^ (1 << random.integer(0, 7));
  },
  (octets, random) => {
    const at = place(octets, random);
    if (octets.length > 0) octets[at] = ((octets[at] as number) + random.integer(-16, 16)) & 0xff;
  },
  (octets, random) => {
    octets.splice(place(octets, random), random.integer(1, PIECE_BYTES_MAX));
  },
  (octets, random) => {
    octets.splice(random.integer(0, octets.length), 0, ...random.octets(random.integer(1, 8)));
  },
  (octets, random) => {
    octets.splice(random.integer(0, octets.length), 0, ...piece(octets, random));
  },
  (octets, random) => {
    const copied = piece(octets, random);
    octets.splice(place(octets, random), copied.length, ...copied);
  },
  (octets, random) => {
    const count = random.integer(2, REPEATS_MAX);
    const octet = octets[place(octets, random)] ?? 0;
    octets.splice(random.integer(0, octets.length), 0, ...Array<number>(count).fill(octet));
  },
  (octets, random, words) => {
    if (words.length > 0) octets.splice(random.integer(0, octets.length), 0, ...random.pick(words));
  },
  (octets, random, words) => {
    if (words.length === 0) return;
    const word = random.pick(words);
    octets.splice(place(octets, random), word.length, ...word);
  },
];

/** `other`: another input whose end may take the place of this one's. */
export function mutated(
  input: Uint8Array,
  other: Uint8Array,
  words: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  const octets = [...input];
  if (random.chance(0.1)) {
    octets.length = random.integer(0, octets.length);
    octets.push(...other.subarray(random.integer(0, other.length)));
  }
  for (let left = random.integer(1, CHANGES_MAX); left > 0; left--) {
    random.pick(CHANGES)(octets, random, words);
  }
  return Uint8Array.from(octets);
}
