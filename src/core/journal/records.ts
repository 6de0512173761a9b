/**
 * What the records hold. Lists rather than named fields, because every octet is written to a card:
 * the order of a list is its format, and only ever grows at the end.
 */
import { fingerprintOf, type Inbound } from '../session/inbound.js';
import { isValidTopic } from '../../codec/index.js';
import { TOPIC_ID_MAX } from '../limits.js';
import type { Held } from '../outbox/stock.js';
import type { Downlink } from '../session/buffer.js';
import type { Session, Subscription } from '../session/session.js';
import type { TopicId } from '../session/topic-ids.js';
import type { Instant, JournalValue, MqttQos, Will } from '../types.js';

/** The states that a restart brings back; AWAKE counts as ASLEEP, CONNECTING as what was before. */
export type KeptState = 'DISCONNECTED' | 'LOST' | 'ACTIVE' | 'ASLEEP';

const MSG_ID_MAX = 0xffff;

/** Longest node id that a forwarder's header has room for (SN 1.2, 5.5). */
const NODE_BYTES_MAX = 252;

/** Connection of a topic id that the device has not confirmed. */
const UNCONFIRMED = -1;

/** @param state that a restart is to bring back */
export function sessionRecord(session: Session, state = session.state): JournalValue[] {
  const { will, peer } = session;
  const name: KeptState | 'CONNECTING' = state.name === 'AWAKE' ? 'ASLEEP' : state.name;
  const time =
    state.name === 'ASLEEP' || state.name === 'AWAKE'
      ? state.durationSec
      : state.name === 'ACTIVE'
        ? 0
        : state.expiresAt;
  return [
    name,
    time,
    session.keepAliveSec,
    session.cleanSession,
    session.connection,
    peer?.link ?? null,
    peer?.address ?? null,
    peer?.node ?? null,
    will?.topic ?? null,
    will?.payload ?? null,
    will?.qos ?? 0,
    will?.retain ?? false,
  ];
}

export interface KeptSession {
  state: KeptState;
  /** Seconds of sleep, or the instant when the session is forgotten. */
  time: number;
  keepAliveSec: number;
  cleanSession: boolean;
  connection: number;
  peer: { link: string; address: string; node: Uint8Array | undefined } | undefined;
  will: Will | undefined;
}

/** Where the will begins in the list. */
const WILL_AT = 8;

const STATES: readonly unknown[] = [
  'DISCONNECTED',
  'LOST',
  'ACTIVE',
  'ASLEEP',
] satisfies KeptState[];

/** undefined, here and below: not a record of this kind. */
export function readSession(value: JournalValue): KeptSession | undefined {
  if (!isList(value)) return undefined;
  const [state, time, keepAliveSec, cleanSession, connection, link, address, node] = value;
  if (!STATES.includes(state) || !isNumber(time) || !isCount(keepAliveSec)) return undefined;
  if (typeof cleanSession !== 'boolean' || !isCount(connection)) return undefined;
  const peer =
    typeof link === 'string' && typeof address === 'string'
      ? { link, address, node: node instanceof Uint8Array ? node : undefined }
      : undefined;
  if (peer?.node && peer.node.length > NODE_BYTES_MAX) return undefined;
  const will = readWill(value.slice(WILL_AT));
  return { state: state as KeptState, time, keepAliveSec, cleanSession, connection, peer, will };
}

function readWill([topic, payload, qos, retain]: readonly JournalValue[]): Will | undefined {
  if (!isTopic(topic) || !(payload instanceof Uint8Array) || !isQos(qos)) return undefined;
  return { topic, payload, qos, retain: retain === true };
}

export const subscriptionRecord = ({ qos, topicIdType }: Subscription): JournalValue => [
  qos,
  topicIdType,
];

export function readSubscription(value: JournalValue): Omit<Subscription, 'announced'> | undefined {
  if (!isList(value)) return undefined;
  const [qos, topicIdType] = value;
  if (!isQos(qos) || (topicIdType !== 0 && topicIdType !== 1 && topicIdType !== 2)) {
    return undefined;
  }
  return { qos, topicIdType };
}

export const topicIdRecord = ({ id, confirmed }: TopicId, connection: number): JournalValue => [
  id,
  confirmed ? connection : UNCONFIRMED,
];

export function readTopicId(
  value: JournalValue,
  connection: number,
): { id: number; confirmed: boolean } | undefined {
  if (!isList(value)) return undefined;
  const [id, confirmedIn] = value;
  if (!isCount(id) || id === 0 || id > TOPIC_ID_MAX) return undefined;
  return { id, confirmed: confirmedIn === connection };
}

export const downlinkRecord = (message: Downlink): JournalValue => [
  message.msgId ?? 0,
  message.topic,
  message.payload,
  message.qos,
  message.retain,
  message.arrivedAt,
];

/** The device has it, only PUBREL is owed. */
export const releasedRecord = ({ msgId }: Downlink): JournalValue => [msgId ?? 0];

const NO_PAYLOAD = new Uint8Array(0);

export function readDownlink(value: JournalValue, serial: number): Downlink | undefined {
  if (!isList(value) || !isCount(serial)) return undefined;
  const [id, topic, payload, qos, retain, arrivedAt] = value;
  if (!isCount(id) || id > MSG_ID_MAX) return undefined;
  const kept = {
    serial,
    msgId: id === 0 ? undefined : id,
    token: 0,
    ready: true,
    begun: false,
    // With a message id it may have been sent before the restart.
    repeated: id !== 0,
    repaired: false,
  };
  if (value.length === 1 && id !== 0) {
    return {
      ...kept,
      topic: '',
      payload: NO_PAYLOAD,
      qos: 2,
      retain: false,
      arrivedAt: Number.POSITIVE_INFINITY,
      begun: true,
      received: true,
    };
  }
  if (typeof topic !== 'string' || !(payload instanceof Uint8Array)) return undefined;
  if ((qos !== 1 && qos !== 2) || !isNumber(arrivedAt)) return undefined;
  return { ...kept, topic, payload, qos, retain: retain === true, arrivedAt, received: false };
}

export const inboundRecord = (exchange: Inbound): JournalValue => [
  exchange.state === 'received',
  exchange.topicId,
  exchange.topic,
  exchange.ref ?? null,
  fingerprintOf(exchange.content),
  exchange.connection,
];

export function readInbound(value: JournalValue, msgId: number, now: Instant): Inbound | undefined {
  if (!isList(value) || !isMsgId(msgId)) return undefined;
  const [received, topicId, topic, ref, content, connection] = value;
  if (!isCount(topicId) || typeof topic !== 'string') return undefined;
  if (!isCount(content) || !isCount(connection)) return undefined;
  // What nobody can ask the broker's side about can only be done with.
  if (received !== true && typeof ref !== 'string') return undefined;
  return {
    msgId,
    qos: 2,
    topicId,
    topic,
    content,
    retain: false,
    ref: typeof ref === 'string' ? ref : undefined,
    token: 0,
    state: received === true ? 'received' : 'publishing',
    arrivedAt: undefined,
    touchedAt: now,
    connection,
    held: undefined,
  };
}

export const heldRecord = (held: Held): JournalValue => [
  held.client,
  held.topic,
  held.payload,
  held.qos,
  held.retain,
  held.arrivedAt,
  held.ref ?? null,
];

export function readHeld(serial: number, value: JournalValue): Held | undefined {
  if (!isList(value) || !isCount(serial)) return undefined;
  const [client, topic, payload, qos, retain, arrivedAt, ref] = value;
  if (client !== null && typeof client !== 'string') return undefined;
  if (!isTopic(topic) || !(payload instanceof Uint8Array)) return undefined;
  if (!isQos(qos) || !isNumber(arrivedAt)) return undefined;
  return {
    serial,
    client,
    topic,
    payload,
    qos,
    retain: retain === true,
    arrivedAt,
    ref: typeof ref === 'string' ? ref : undefined,
    origin: undefined,
    inFlight: false,
  };
}

const isList = (value: JournalValue): value is readonly JournalValue[] => Array.isArray(value);

/** A time or the like; never NaN, which no deadline survives. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isMsgId = (value: unknown): value is number =>
  isCount(value) && value > 0 && value <= MSG_ID_MAX;

const isTopic = (value: unknown): value is string =>
  typeof value === 'string' && isValidTopic(value);

const isQos = (value: unknown): value is MqttQos => value === 0 || value === 1 || value === 2;
