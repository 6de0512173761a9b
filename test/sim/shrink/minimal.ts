/**
 * Delta debugging: takes items out of a list, many at a time and then fewer, while the rest still fails. Of what is
 * returned no single item can be left out.
 */
export async function minimal<T>(
  items: readonly T[],
  fails: (rest: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items;
  let size = kept.length;
  while (size > 0) {
    const before = kept.length;
    for (let at = 0; at < kept.length; ) {
      const rest = kept.toSpliced(at, size);
      if (await fails(rest)) kept = rest;
      else at += size;
    }
    if (size > 1) size = Math.ceil(Math.min(size, kept.length) / 2);
    else if (kept.length === before) size = 0;
  }
  return kept;
}
