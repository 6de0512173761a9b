/** The flags octet (SN 1.2, 5.3.4). Bits a message does not use are sent as 0 and ignored on receipt. */

/** -1 is "publish without a session" and occurs only in PUBLISH from a client. */
export type Qos = -1 | 0 | 1 | 2;

/** 0 normal (a topic id or, in SUBSCRIBE and UNSUBSCRIBE, a name), 1 predefined id, 2 short name. */
export type TopicIdType = 0 | 1 | 2;

export const NORMAL = 0;
export const PREDEFINED = 1;
export const SHORT = 2;
/** The value the specification reserves: a peer that sends it is answered, not misread. */
export const RESERVED_TOPIC_ID_TYPE = 3;

const DUP = 0x80;
const RETAIN = 0x10;
const WILL = 0x08;
const CLEAN_SESSION = 0x04;
const QOS_VALUES: readonly Qos[] = [0, 1, 2, -1];

export const dupOf = (flags: number): boolean => (flags & DUP) !== 0;
export const retainOf = (flags: number): boolean => (flags & RETAIN) !== 0;
export const willOf = (flags: number): boolean => (flags & WILL) !== 0;
export const cleanSessionOf = (flags: number): boolean => (flags & CLEAN_SESSION) !== 0;
export const qosOf = (flags: number): Qos => QOS_VALUES[(flags >> 5) & 3] as Qos;
export const topicIdTypeOf = (flags: number): number => flags & 3;

export const dupBit = (on: boolean): number => (on ? DUP : 0);
export const retainBit = (on: boolean): number => (on ? RETAIN : 0);
export const willBit = (on: boolean): number => (on ? WILL : 0);
export const cleanSessionBit = (on: boolean): number => (on ? CLEAN_SESSION : 0);
export const qosBits = (qos: Qos): number => (qos & 3) << 5;
