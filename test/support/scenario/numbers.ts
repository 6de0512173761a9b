/**
 * Topic ids and message ids that the gateway allocates are examples in the scenarios: the first
 * expected frame that carries one binds it, from then on it must stay the same.
 */
import { type Frame, parseFrame, TYPE, word } from './frame.js';

type Direction = 'from-gateway' | 'to-gateway';

/** Smaller numbers are predefined ids, which are not allocated. */
const FIRST_ALLOCATED_TOPIC_ID = 3;

const ALLOCATES_TOPIC_ID: ReadonlySet<number> = new Set([TYPE.REGISTER, TYPE.REGACK, TYPE.SUBACK]);
const ALLOCATES_MSG_ID: ReadonlySet<number> = new Set([TYPE.REGISTER, TYPE.PUBLISH]);

/** Frames whose message id the gateway has chosen. */
const GATEWAY_MSG_ID: Record<Direction, ReadonlySet<number>> = {
  'from-gateway': new Set([TYPE.REGISTER, TYPE.PUBLISH, TYPE.PUBREL]),
  'to-gateway': new Set([TYPE.REGACK, TYPE.PUBACK, TYPE.PUBREC, TYPE.PUBCOMP]),
};

/** Example numbers and what they are in this run, for one client. */
export class Numbers {
  private readonly topicIds = new Map<number, number>();
  private readonly msgIds = new Map<number, number>();

  /** The frame to send for an example: known numbers are replaced. */
  outgoing(example: Uint8Array): Uint8Array {
    const frame = parseFrame(example);
    return frame ? this.substitute(frame, 'to-gateway') : example;
  }

  /** The frame that the example stands for; binds numbers that it allocates to those of `actual`. */
  incoming(example: Uint8Array, actual: Uint8Array): Uint8Array {
    const wanted = parseFrame(example);
    const got = parseFrame(actual);
    if (!wanted || !got) return example;
    if (wanted.type === got.type) this.bind(wanted, got);
    return this.substitute(wanted, 'from-gateway');
  }

  private bind(wanted: Frame, got: Frame): void {
    if (ALLOCATES_TOPIC_ID.has(wanted.type)) {
      bindNumber(this.topicIds, wanted, got, 'topicId', FIRST_ALLOCATED_TOPIC_ID);
    }
    if (ALLOCATES_MSG_ID.has(wanted.type)) bindNumber(this.msgIds, wanted, got, 'msgId', 1);
  }

  private substitute(frame: Frame, direction: Direction): Uint8Array {
    const bytes = Uint8Array.from(frame.bytes);
    replace(bytes, frame.topicId, this.topicIds);
    if (GATEWAY_MSG_ID[direction].has(frame.type)) replace(bytes, frame.msgId, this.msgIds);
    return bytes;
  }
}

/** Two examples never share a number: what the scenario tells apart, the gateway must tell apart. */
function bindNumber(
  known: Map<number, number>,
  wanted: Frame,
  got: Frame,
  field: 'topicId' | 'msgId',
  least: number,
): void {
  const wantedAt = wanted[field];
  const gotAt = got[field];
  if (wantedAt === undefined || gotAt === undefined) return;
  const example = word(wanted.bytes, wantedAt);
  const number = word(got.bytes, gotAt);
  if (example < least || known.has(example) || number < least) return;
  for (const [other, used] of known) {
    if (used === number)
      throw new Error(`${field} ${number} was given for ${other} and ${example}`);
  }
  known.set(example, number);
}

function replace(bytes: Uint8Array, at: number | undefined, known: Map<number, number>): void {
  if (at === undefined) return;
  const number = known.get(word(bytes, at));
  if (number !== undefined) new DataView(bytes.buffer).setUint16(at, number);
}
