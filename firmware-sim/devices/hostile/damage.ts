/** Nearly valid frames: each damage is one that a decoder may get wrong. */
import { feHeader } from '../link-header.js';
import type { Words } from './words.js';

type Damage = (octets: Uint8Array, words: Words) => Uint8Array;

const LONG_FORM = 0x01;
const LONG_FORM_EXTRA_BYTES = 2;

/** Types that the specification keeps for itself (5.2.2). */
const RESERVED_TYPES = [0x03, 0x11, 0x19, 0x1e, 0x80, 0xfd, 0xff];

/** No UTF-8: a lone continuation, a cut sequence, an overlong one, a surrogate. */
const BAD_TEXTS = [[0x80], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80]];

/** Of a message in the short form, which is all of up to 255 octets. */
const isShort = (octets: Uint8Array): boolean => octets[0] !== LONG_FORM;

const DAMAGES: readonly (readonly [weight: number, Damage])[] = [
  // Its end is missing.
  [2, (octets, { random }) => octets.slice(0, random.integer(0, octets.length - 1))],
  // There is more.
  [2, (octets, { random }) => Uint8Array.of(...octets, ...random.octets(random.integer(1, 8)))],
  // Another length than it has.
  [
    3,
    ([length = 0, ...rest], { random }) =>
      Uint8Array.of(random.pick([0, 1, 2, 255, length - 1, length + 1]), ...rest),
  ],
  // A length of three octets where one would do (5.2.1), right or wrong.
  [
    3,
    (octets, { random }) => {
      if (!isShort(octets)) return octets;
      const length = octets.length + LONG_FORM_EXTRA_BYTES + random.pick([0, 0, 0, -1, 1, 256]);
      return Uint8Array.of(LONG_FORM, length >> 8, length & 0xff, ...octets.subarray(1));
    },
  ],
  // Flags, or whatever comes first in its body: reserved bits and values.
  [
    3,
    (octets, { random }) =>
      changed(octets, isShort(octets) ? 2 : 4, (old) => old ^ random.integer(1, 0xff)),
  ],
  [
    1,
    (octets, { random }) =>
      changed(octets, isShort(octets) ? 1 : 3, () => random.pick(RESERVED_TYPES)),
  ],
  [
    3,
    (octets, words) =>
      changed(octets, words.random.integer(0, octets.length - 1), () => words.octet()),
  ],
  // Text that is none at its end, with the length that it then has.
  [
    2,
    (octets, { random }) => {
      const tail = random.pick(BAD_TEXTS);
      const whole = Uint8Array.of(...octets, ...tail);
      if (isShort(octets) && whole.length <= 0xff) whole[0] = whole.length;
      return whole;
    },
  ],
  // Forwarders in a row (5.5), which the specification does not know.
  [
    2,
    (octets, words) => {
      let frame = octets;
      for (let depth = words.random.integer(1, 3); depth > 0; depth--) {
        frame = feHeader(words.node()).wrap(frame);
      }
      return frame;
    },
  ],
  // A forwarder's header whose length is not that of its node.
  [
    2,
    (octets, words) =>
      changed(feHeader(words.node()).wrap(octets), 0, () =>
        words.random.pick([0, 1, 2, 3, 60, 255]),
      ),
  ],
  // Two messages in one datagram.
  [1, (octets) => Uint8Array.of(...octets, ...octets)],
  [1, (_octets, { random }) => random.octets(random.integer(0, 60))],
];

export const damaged: Damage = (octets, words) => words.random.weighted(DAMAGES)(octets, words);

function changed(octets: Uint8Array, at: number, change: (old: number) => number): Uint8Array {
  const copy = Uint8Array.from(octets);
  const old = copy[at];
  if (old !== undefined) copy[at] = change(old);
  return copy;
}
