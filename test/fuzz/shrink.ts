/** Leaves out whatever is not needed: ever smaller pieces, then everything that may as well be 0. */
export async function shrunk(
  input: Uint8Array,
  isStillBad: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.length; ) {
      const candidate = Uint8Array.of(...best.subarray(0, at), ...best.subarray(at + size));
      if (await isStillBad(candidate)) best = candidate;
      else at += size;
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const candidate = Uint8Array.from(best);
    candidate[at] = 0;
    if (await isStillBad(candidate)) best = candidate;
  }
  return best;
}
