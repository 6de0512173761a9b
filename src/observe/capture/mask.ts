/** Captures are shown to others: what messages say can be left out, while their form stays readable. */
import { decode } from '../../codec/index.js';

/** Stands in place of each octet: `*`. */
const MASK = 0x2a;

/** Octets of a malformed frame that are shown: its length and type, in the longer form of the length. */
const HEAD_OCTETS = 4;

/** The frame with each octet of a payload replaced. Of what cannot be read only the head is shown. */
export function masked(data: Uint8Array): Uint8Array {
  const copy = new Uint8Array(data);
  copy.fill(MASK, copy.length - hiddenOctets(data));
  return copy;
}

/** Payloads are the last field of each message that has one, forwarded or not (SN 1.2, 5.4.9, 5.4.12, 5.4.25). */
function hiddenOctets(data: Uint8Array): number {
  const message = decode(data);
  if (message.type === 'MALFORMED') return Math.max(data.length - HEAD_OCTETS, 0);
  const inner = message.type === 'ENCAPSULATED' ? message.message : message;
  if ('data' in inner) return inner.data.length;
  return 'willMsg' in inner ? inner.willMsg.length : 0;
}
