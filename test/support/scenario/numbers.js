/**
 * Topic ids and message ids that the gateway allocates are examples in the scenarios: the first
 * expected frame that carries one binds it, from then on it must stay the same.
 */
import { parseFrame, TYPE, word } from './frame.js';
/** Smaller numbers are predefined ids, which are not allocated. */
const FIRST_ALLOCATED_TOPIC_ID = 3;
const ALLOCATES_TOPIC_ID = new Set([TYPE.REGISTER, TYPE.REGACK, TYPE.SUBACK]);
const ALLOCATES_MSG_ID = new Set([TYPE.REGISTER, TYPE.PUBLISH]);
/** Frames whose message id the gateway has chosen. */
const GATEWAY_MSG_ID = {
    'from-gateway': new Set([TYPE.REGISTER, TYPE.PUBLISH, TYPE.PUBREL]),
    'to-gateway': new Set([TYPE.REGACK, TYPE.PUBACK, TYPE.PUBREC, TYPE.PUBCOMP]),
};
/** Example numbers and what they are in this run, for one client. */
export class Numbers {
    topicIds = new Map();
    msgIds = new Map();
    /** The frame to send for an example: known numbers are replaced. */
    outgoing(example) {
        const frame = parseFrame(example);
        return frame ? this.substitute(frame, 'to-gateway') : example;
    }
    /** The frame that the example stands for; binds numbers that it allocates to those of `actual`. */
    incoming(example, actual) {
        const wanted = parseFrame(example);
        const got = parseFrame(actual);
        if (!wanted || !got)
            return example;
        if (wanted.type === got.type)
            this.bind(wanted, got);
        return this.substitute(wanted, 'from-gateway');
    }
    bind(wanted, got) {
        if (ALLOCATES_TOPIC_ID.has(wanted.type)) {
            bindNumber(this.topicIds, wanted, got, 'topicId', FIRST_ALLOCATED_TOPIC_ID);
        }
        if (ALLOCATES_MSG_ID.has(wanted.type))
            bindNumber(this.msgIds, wanted, got, 'msgId', 1);
    }
    substitute(frame, direction) {
        const bytes = Uint8Array.from(frame.bytes);
        replace(bytes, frame.topicId, this.topicIds);
        if (GATEWAY_MSG_ID[direction].has(frame.type))
            replace(bytes, frame.msgId, this.msgIds);
        return bytes;
    }
}
/** Two examples never share a number: what the scenario tells apart, the gateway must tell apart. */
function bindNumber(known, wanted, got, field, least) {
    const wantedAt = wanted[field];
    const gotAt = got[field];
    if (wantedAt === undefined || gotAt === undefined)
        return;
    const example = word(wanted.bytes, wantedAt);
    const number = word(got.bytes, gotAt);
    if (example < least || known.has(example) || number < least)
        return;
    for (const [other, used] of known) {
        if (used === number)
            throw new Error(`${field} ${number} was given for ${other} and ${example}`);
    }
    known.set(example, number);
}
function replace(bytes, at, known) {
    if (at === undefined)
        return;
    const number = known.get(word(bytes, at));
    if (number !== undefined)
        new DataView(bytes.buffer).setUint16(at, number);
}
