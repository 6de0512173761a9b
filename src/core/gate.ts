/**
 * Which message is handled in which state: the matrix of section 10 of our protocol notes, as data.
 *
 *   do    there is a handler
 *   bye   the sender has no connection and learns it: DISCONNECT, at most once a second
 *   -     dropped and counted
 *
 * `none` stands for an unknown sender and for a session that is DISCONNECTED or LOST. The text wants
 * a sleeping device to CONNECT before it sends anything but PINGREQ and DISCONNECT; taking the rest
 * is harmless and helps devices in the field. PUBLISH at QoS -1 needs no session and never comes here.
 */
import type { MessageType } from '../codec/index.js';

export type Verdict = 'do' | 'bye' | '-';

export interface GateRow {
  none: Verdict;
  CONNECTING: Verdict;
  ACTIVE: Verdict;
  ASLEEP: Verdict;
  AWAKE: Verdict;
}

const row = (none: Verdict, connecting: Verdict, active: Verdict, asleep = active): GateRow => ({
  none,
  CONNECTING: connecting,
  ACTIVE: active,
  ASLEEP: asleep,
  AWAKE: asleep,
});

const toGateway = row('bye', '-', 'do');
const answer = row('-', '-', 'do');
const fromGateway = row('-', '-', '-');

export const GATE: { readonly [T in MessageType]: GateRow } = {
  ADVERTISE: row('do', 'do', 'do'),
  SEARCHGW: row('do', 'do', 'do'),
  GWINFO: row('do', 'do', 'do'),
  CONNECT: row('do', 'do', 'do'),
  CONNACK: fromGateway,
  WILLTOPICREQ: fromGateway,
  WILLTOPIC: row('-', 'do', '-'),
  WILLMSGREQ: fromGateway,
  WILLMSG: row('-', 'do', 'do', '-'),
  REGISTER: toGateway,
  REGACK: answer,
  PUBLISH: toGateway,
  PUBACK: answer,
  PUBCOMP: answer,
  PUBREC: answer,
  PUBREL: toGateway,
  SUBSCRIBE: toGateway,
  SUBACK: fromGateway,
  UNSUBSCRIBE: toGateway,
  UNSUBACK: fromGateway,
  PINGREQ: row('do', 'do', 'do'),
  PINGRESP: answer,
  DISCONNECT: row('do', 'do', 'do'),
  WILLTOPICUPD: toGateway,
  WILLTOPICRESP: fromGateway,
  WILLMSGUPD: toGateway,
  WILLMSGRESP: fromGateway,
};

/** Whether only gateways send this message, so that no state makes it right. */
export const isFromGateway = (type: MessageType): boolean => GATE[type] === fromGateway;
