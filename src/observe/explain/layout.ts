/**
 * The fields of each message in the order of their octets (SN 1.2, 5.4), read straight from the
 * octets: frames that the codec refuses have fields too, up to the mistake.
 */
import { type MessageType, returnCodeText } from '../../codec/index.js';
import { uint16 } from './octets.js';
import { hexText, payloadText, textField } from './text.js';

export interface Field {
  label: string;
  /** Octets; 'rest' takes what is left. */
  size: 1 | 2 | 'rest';
  /** The value in words. `body` is all that follows the message type: its flags give other fields their meaning. */
  text(octets: Uint8Array, body: Uint8Array): string;
  /** Words for flags that are set and flags that are not. */
  flags?(octet: number): { set: string[]; unset: string[] };
  /** UTF-8 according to the specification. */
  utf8?(body: Uint8Array): boolean;
}

export interface Layout {
  fields: readonly Field[];
  /** No octets at all are a form of its own. */
  mayBeEmpty?: true;
}

const octet = (label: string): Field => ({ label, size: 1, text: ([value]) => `${value}` });
const number = (label: string): Field => ({ label, size: 2, text: (at) => `${uint16(at, 0)}` });
const seconds = (label: string): Field => ({ label, size: 2, text: (at) => `${uint16(at, 0)} s` });
const name = (label: string): Field => ({
  label,
  size: 'rest',
  text: textField,
  utf8: () => true,
});
const payload = (label: string): Field => ({ label, size: 'rest', text: payloadText });

/** By the two low bits of the flags (SN 1.2, 5.3.4). */
const TOPIC_ID_TYPES = ['normal', 'predefined', 'short', 'reserved'] as const;
const topicIdType = (flags: number) => TOPIC_ID_TYPES[flags & 0x03] ?? 'reserved';

const gwId = octet('gateway id');
const msgId = number('message id');
const topicId = number('topic id');
const returnCode: Field = {
  label: 'return code',
  size: 1,
  text: ([code]) => returnCodeText(code ?? 0),
};

const QOS_VALUES = [0, 1, 2, -1];

/** What one part of the flags octet says (SN 1.2, 5.3.4). */
type Switch = (flags: number) => [isSet: boolean, set: string, unset: string];

const DUP: Switch = (flags) => [(flags & 0x80) !== 0, 'repeated', 'not a repeat'];
const QOS: Switch = (flags) => [true, `QoS ${QOS_VALUES[(flags >> 5) & 0x03]}`, ''];
const RETAIN: Switch = (flags) => [(flags & 0x10) !== 0, 'retain', 'no retain'];
const WILL: Switch = (flags) => [(flags & 0x08) !== 0, 'with will', 'no will'];
const CLEAN: Switch = (flags) => [(flags & 0x04) !== 0, 'clean session', 'session kept'];
const TOPIC_ID_TYPE: Switch = (flags) => {
  const type = topicIdType(flags);
  return [type !== 'normal', `${type} topic`, 'normal topic'];
};

function flagsOf(...switches: Switch[]): Field {
  const flags = (value: number) => {
    const states = switches.map((one) => one(value));
    return {
      set: states.filter(([isSet]) => isSet).map(([, set]) => set),
      unset: states.filter(([isSet]) => !isSet).map(([, , unset]) => unset),
    };
  };
  return {
    label: 'flags',
    size: 1,
    flags,
    text: ([value]) => {
      const { set, unset } = flags(value ?? 0);
      return [...set, ...unset].join(', ');
    },
  };
}

/** The two octets of PUBLISH that are a number or, with a short topic, characters. */
const publishTopic: Field = {
  label: 'topic',
  size: 2,
  text: (octets, [flags]) =>
    topicIdType(flags ?? 0) === 'short' ? textField(octets) : `id ${uint16(octets, 0)}`,
  utf8: ([flags]) => topicIdType(flags ?? 0) === 'short',
};

/** The end of SUBSCRIBE and UNSUBSCRIBE: a name, or as in PUBLISH. */
const subscribeTopic: Field = {
  label: 'topic',
  size: 'rest',
  text: (octets, [flags]) => {
    const type = topicIdType(flags ?? 0);
    if (type === 'predefined' && octets.length === 2) return `id ${uint16(octets, 0)}`;
    return type === 'normal' || type === 'short' ? textField(octets) : hexText(octets);
  },
  utf8: ([flags]) => topicIdType(flags ?? 0) === 'normal' || topicIdType(flags ?? 0) === 'short',
};

const nothing: Layout = { fields: [] };
const answer: Layout = { fields: [returnCode] };
const receipt: Layout = { fields: [msgId] };
const topicReceipt: Layout = { fields: [topicId, msgId, returnCode] };
const willTopic: Layout = { fields: [flagsOf(QOS, RETAIN), name('will topic')], mayBeEmpty: true };
const willMessage: Layout = { fields: [payload('will payload')] };

export const layouts: { readonly [T in MessageType]: Layout } = {
  ADVERTISE: { fields: [gwId, seconds('next in')] },
  SEARCHGW: { fields: [octet('radius')] },
  GWINFO: { fields: [gwId, { label: 'gateway address', size: 'rest', text: hexText }] },
  CONNECT: {
    fields: [flagsOf(WILL, CLEAN), octet('protocol id'), seconds('keep-alive'), name('client id')],
  },
  CONNACK: answer,
  WILLTOPICREQ: nothing,
  WILLTOPIC: willTopic,
  WILLMSGREQ: nothing,
  WILLMSG: willMessage,
  REGISTER: { fields: [topicId, msgId, name('topic name')] },
  REGACK: topicReceipt,
  PUBLISH: {
    fields: [flagsOf(DUP, QOS, RETAIN, TOPIC_ID_TYPE), publishTopic, msgId, payload('payload')],
  },
  PUBACK: topicReceipt,
  PUBCOMP: receipt,
  PUBREC: receipt,
  PUBREL: receipt,
  SUBSCRIBE: { fields: [flagsOf(DUP, QOS, TOPIC_ID_TYPE), msgId, subscribeTopic] },
  SUBACK: { fields: [flagsOf(QOS), topicId, msgId, returnCode] },
  UNSUBSCRIBE: { fields: [flagsOf(TOPIC_ID_TYPE), msgId, subscribeTopic] },
  UNSUBACK: receipt,
  PINGREQ: { fields: [name('client id')] },
  PINGRESP: nothing,
  DISCONNECT: { fields: [seconds('sleep')], mayBeEmpty: true },
  WILLTOPICUPD: willTopic,
  WILLTOPICRESP: answer,
  WILLMSGUPD: willMessage,
  WILLMSGRESP: answer,
};
