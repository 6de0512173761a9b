/** The big-endian 16-bit number at `at`, as every network protocol writes them; missing octets count as 0. */
export function uint16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}
