/** The messages of MQTT-SN 1.2 as firmware sees them. Chapters are those of the specification. */

/** 5.3.4: how the topic id of a message is to be read. */
export type TopicKind = 'normal' | 'predefined' | 'short';

export type Qos = -1 | 0 | 1 | 2;

/** What SUBSCRIBE and UNSUBSCRIBE name (5.4.15). */
export type TopicReference =
  | { kind: 'normal'; name: string }
  | { kind: 'predefined'; id: number }
  /** Two octets that are the name. */
  | { kind: 'short'; name: string };

export type SnMessage =
  | { type: 'ADVERTISE'; gatewayId: number; durationSec: number }
  | { type: 'SEARCHGW'; radius: number }
  | { type: 'GWINFO'; gatewayId: number; gatewayAddress: Uint8Array }
  | Connect
  | Answer<'CONNACK' | 'WILLTOPICRESP' | 'WILLMSGRESP'>
  | Bare<'WILLTOPICREQ' | 'WILLMSGREQ' | 'PINGRESP'>
  /** Without a topic: the will is to be deleted. */
  | { type: 'WILLTOPIC' | 'WILLTOPICUPD'; will?: { qos: Qos; retain: boolean; topic: string } }
  | { type: 'WILLMSG' | 'WILLMSGUPD'; payload: Uint8Array }
  | { type: 'REGISTER'; topicId: number; messageId: number; name: string }
  | { type: 'REGACK' | 'PUBACK'; topicId: number; messageId: number; code: number }
  | Publish
  | { type: 'PUBREC' | 'PUBREL' | 'PUBCOMP' | 'UNSUBACK'; messageId: number }
  | { type: 'SUBSCRIBE'; dup: boolean; qos: Qos; messageId: number; topic: TopicReference }
  | { type: 'SUBACK'; qos: Qos; topicId: number; messageId: number; code: number }
  | { type: 'UNSUBSCRIBE'; messageId: number; topic: TopicReference }
  /** With a client id: a sleeper has woken up (6.14). */
  | { type: 'PINGREQ'; clientId: string }
  /** With a duration: the client goes to sleep. */
  | { type: 'DISCONNECT'; durationSec?: number };

export interface Connect {
  type: 'CONNECT';
  will: boolean;
  cleanSession: boolean;
  /** 1. */
  protocolId: number;
  durationSec: number;
  clientId: string;
}

export interface Publish {
  type: 'PUBLISH';
  dup: boolean;
  qos: Qos;
  retain: boolean;
  topicKind: TopicKind;
  /** Of a short topic: its two octets. */
  topicId: number;
  /** 0 at QoS 0 and -1. */
  messageId: number;
  payload: Uint8Array;
}

interface Answer<Type> {
  type: Type;
  code: number;
}

interface Bare<Type> {
  type: Type;
}

/** 5.3.10 */
export const CODE = {
  accepted: 0,
  congestion: 1,
  invalidTopicId: 2,
  notSupported: 3,
} as const;

/** 5.2.2 */
export const TYPES = {
  ADVERTISE: 0x00,
  SEARCHGW: 0x01,
  GWINFO: 0x02,
  CONNECT: 0x04,
  CONNACK: 0x05,
  WILLTOPICREQ: 0x06,
  WILLTOPIC: 0x07,
  WILLMSGREQ: 0x08,
  WILLMSG: 0x09,
  REGISTER: 0x0a,
  REGACK: 0x0b,
  PUBLISH: 0x0c,
  PUBACK: 0x0d,
  PUBCOMP: 0x0e,
  PUBREC: 0x0f,
  PUBREL: 0x10,
  SUBSCRIBE: 0x12,
  SUBACK: 0x13,
  UNSUBSCRIBE: 0x14,
  UNSUBACK: 0x15,
  PINGREQ: 0x16,
  PINGRESP: 0x17,
  DISCONNECT: 0x18,
  WILLTOPICUPD: 0x1a,
  WILLTOPICRESP: 0x1b,
  WILLMSGUPD: 0x1c,
  WILLMSGRESP: 0x1d,
} as const satisfies Record<SnMessage['type'], number>;
