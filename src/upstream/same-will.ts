import type { Will } from '../core/types.js';

/** Whether a broker that has the will `a` need not be told of `b`. */
export function sameWill(a: Will | undefined, b: Will | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.topic === b.topic &&
    a.qos === b.qos &&
    a.retain === b.retain &&
    Buffer.compare(a.payload, b.payload) === 0
  );
}
