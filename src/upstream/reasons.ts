/** What the broker's codes and the socket's errors mean for a device. */
import type { UpstreamFailure } from '../core/types.js';

export interface Failure {
  failure: UpstreamFailure;
  detail: string;
}

/** A reason code is a number, a socket error a string such as ECONNREFUSED. */
export interface CodedError extends Error {
  code?: number | string;
}

export const AWAY: Failure = { failure: 'unavailable', detail: 'the broker is away' };
/** Closed by the other side, or broken. */
export const LOST: Failure = { failure: 'unavailable', detail: 'the connection was lost' };
/** Closed by us. */
export const CLOSED: Failure = { failure: 'unavailable', detail: 'the connection was closed' };
export const CONGESTED: Failure = {
  failure: 'unavailable',
  detail: 'too many messages wait for the broker',
};
export const REPLACED: Failure = {
  failure: 'unavailable',
  detail: 'something newer from the device took its place',
};
export const TIMEOUT: Failure = {
  failure: 'unavailable',
  detail: 'the broker did not answer in time',
};

/** Something that the broker does not take, each time it gets it. */
export const GIVEN_UP: Failure = {
  failure: 'refused',
  detail: 'the broker closed the connection over it, or ignored it, again and again',
};

const PACKET_ID_NOT_FOUND = 0x92;
const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
const QUOTA_EXCEEDED = 0x97;
const SESSION_TAKEN_OVER = 0x8e;

/** CONNACK codes after which another attempt, later or elsewhere, makes sense. */
const TRANSIENT_CONNACK = new Set([
  3, // 3.1.1: server unavailable
  0x88, // server unavailable
  0x89, // server busy
  0x8b, // server shutting down
  QUOTA_EXCEEDED,
  0x9c, // use another server
  0x9d, // server moved
  0x9f, // connection rate exceeded
]);

/** CONNACK: the broker does not speak this version of MQTT (3.1.1: 1, 5: 0x84). */
export function refusesVersion(error: CodedError): boolean {
  return error.code === 1 || error.code === 0x84;
}

/** Codes of sockets that never were connected. */
const NOT_CONNECTED = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** Whether an attempt certainly has begun no session: it was refused, or nobody was there. */
export function neverReachedBroker(error: CodedError | undefined): boolean {
  if (typeof error?.code === 'string') return NOT_CONNECTED.has(error.code);
  return error?.code !== undefined;
}

/** What MQTT.js says when a ping is not answered. */
const KEEPALIVE_TIMEOUT = 'Keepalive timeout';

/** DISCONNECT: reasons of the broker's own. */
const OF_ITS_OWN = new Set([
  0x89, // server busy
  0x8b, // server shutting down
  SESSION_TAKEN_OVER,
  0x98, // administrative action
  0x9c, // use another server
  0x9d, // server moved
  0x9f, // connection rate exceeded
]);

/** Whether the connection ended over nothing that was sent on it: nothing came any more, or the broker has said why. */
export function isBlameless(error: CodedError | undefined): boolean {
  if (typeof error?.code === 'number') return OF_ITS_OWN.has(error.code);
  return error?.message === KEEPALIVE_TIMEOUT;
}

/** Why a connection attempt failed. */
export function connectFailure(error: CodedError | undefined): Failure {
  if (error === undefined) return LOST;
  const refused = typeof error.code === 'number' && !TRANSIENT_CONNACK.has(error.code);
  return { failure: refused ? 'refused' : 'unavailable', detail: describe(error) };
}

/** Why an established connection ended; `refused`: somebody else uses the client id, do not fight. */
export function lossFailure(error: CodedError | undefined): Failure {
  if (error === undefined) return LOST;
  const refused = error.code === SESSION_TAKEN_OVER;
  return { failure: refused ? 'refused' : 'unavailable', detail: describe(error) };
}

/** Why a publish failed; undefined when the broker has the message after all. */
export function publishFailure(error: CodedError): Failure | undefined {
  // PUBCOMP to a PUBREL that the broker does not know any more: it had confirmed the message before.
  if (error.code === PACKET_ID_NOT_FOUND) return undefined;
  if (typeof error.code !== 'number') return { failure: 'unavailable', detail: error.message };
  return brokerFailure(error.code, error.message);
}

/** A reason code of 0x80 or more in PUBACK, PUBREC, PUBCOMP or SUBACK. */
export function brokerFailure(code: number, detail: string): Failure {
  const later = code === QUOTA_EXCEEDED || code === RECEIVE_MAXIMUM_EXCEEDED;
  return { failure: later ? 'unavailable' : 'refused', detail };
}

/** Node's aggregate of several failed addresses has an empty message. */
function describe(error: CodedError): string {
  if (error.message !== '') return error.message;
  return error.code === undefined ? error.name : String(error.code);
}
