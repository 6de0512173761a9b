/** "Did you mean": the known word that is nearest to an unknown one. */

/** Words of this length and longer also count as meant when the unknown word goes on after them. */
const STEM_LENGTH_MIN = 3;

/** The nearest of `known`, or undefined when none is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = distanceIfNear(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function distanceIfNear(wanted: string, candidate: string): number {
  const distance = editDistance(wanted, candidate);
  // `username` means `user`, although half of it is different.
  const stem = candidate.length >= STEM_LENGTH_MIN && wanted.startsWith(candidate);
  const limit = Math.max(1, Math.floor(candidate.length / 3));
  return distance <= limit || stem ? distance : Number.POSITIVE_INFINITY;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : replaced;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
