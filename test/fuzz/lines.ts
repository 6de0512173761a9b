/** A line in pieces, and what has to be true of whatever takes it. */
import type { Random } from '../../firmware-sim/random.js';

/** In pieces of that size; 0: whole. */
export function pieces(line: Uint8Array, size: number): Uint8Array[] {
  if (size === 0) return [line];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < line.length; at += size) parts.push(line.subarray(at, at + size));
  return parts;
}

/** Several golden lines in a row: chance seldom writes a frame with the right check sum. */
export const spliced = (
  input: Uint8Array,
  lines: readonly Uint8Array[],
  head: number,
  random: Random,
): Uint8Array => {
  const at = random.integer(Math.min(head, input.length), input.length);
  return Uint8Array.of(...input.subarray(0, at), ...random.pick(lines), ...input.subarray(at));
};
