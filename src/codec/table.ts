/** Every message of MQTT-SN 1.2 in the order of its code: the one list a new message joins. */
import type { MessageCodec } from './codec.js';
import { type Advertise, advertise } from './messages/advertise.js';
import { type Connack, connack } from './messages/connack.js';
import { type Connect, connect } from './messages/connect.js';
import { type Disconnect, disconnect } from './messages/disconnect.js';
import { type Gwinfo, gwinfo } from './messages/gwinfo.js';
import { type Pingreq, pingreq } from './messages/pingreq.js';
import { type Pingresp, pingresp } from './messages/pingresp.js';
import { type Puback, puback } from './messages/puback.js';
import { type Pubcomp, pubcomp } from './messages/pubcomp.js';
import { type Publish, publish } from './messages/publish.js';
import { type Pubrec, pubrec } from './messages/pubrec.js';
import { type Pubrel, pubrel } from './messages/pubrel.js';
import { type Regack, regack } from './messages/regack.js';
import { type Register, register } from './messages/register.js';
import { type Searchgw, searchgw } from './messages/searchgw.js';
import { type Suback, suback } from './messages/suback.js';
import { type Subscribe, subscribe } from './messages/subscribe.js';
import { type Unsuback, unsuback } from './messages/unsuback.js';
import { type Unsubscribe, unsubscribe } from './messages/unsubscribe.js';
import { type Willmsg, willmsg } from './messages/willmsg.js';
import { type Willmsgreq, willmsgreq } from './messages/willmsgreq.js';
import { type Willmsgresp, willmsgresp } from './messages/willmsgresp.js';
import { type Willmsgupd, willmsgupd } from './messages/willmsgupd.js';
import { type Willtopic, willtopic } from './messages/willtopic.js';
import { type Willtopicreq, willtopicreq } from './messages/willtopicreq.js';
import { type Willtopicresp, willtopicresp } from './messages/willtopicresp.js';
import { type Willtopicupd, willtopicupd } from './messages/willtopicupd.js';

export type Message =
  | Advertise
  | Searchgw
  | Gwinfo
  | Connect
  | Connack
  | Willtopicreq
  | Willtopic
  | Willmsgreq
  | Willmsg
  | Register
  | Regack
  | Publish
  | Puback
  | Pubcomp
  | Pubrec
  | Pubrel
  | Subscribe
  | Suback
  | Unsubscribe
  | Unsuback
  | Pingreq
  | Pingresp
  | Disconnect
  | Willtopicupd
  | Willtopicresp
  | Willmsgupd
  | Willmsgresp;

export type MessageType = Message['type'];

type Codecs = { readonly [T in MessageType]: MessageCodec<Extract<Message, { type: T }>> };

export const codecs: Codecs = {
  ADVERTISE: advertise,
  SEARCHGW: searchgw,
  GWINFO: gwinfo,
  CONNECT: connect,
  CONNACK: connack,
  WILLTOPICREQ: willtopicreq,
  WILLTOPIC: willtopic,
  WILLMSGREQ: willmsgreq,
  WILLMSG: willmsg,
  REGISTER: register,
  REGACK: regack,
  PUBLISH: publish,
  PUBACK: puback,
  PUBCOMP: pubcomp,
  PUBREC: pubrec,
  PUBREL: pubrel,
  SUBSCRIBE: subscribe,
  SUBACK: suback,
  UNSUBSCRIBE: unsubscribe,
  UNSUBACK: unsuback,
  PINGREQ: pingreq,
  PINGRESP: pingresp,
  DISCONNECT: disconnect,
  WILLTOPICUPD: willtopicupd,
  WILLTOPICRESP: willtopicresp,
  WILLMSGUPD: willmsgupd,
  WILLMSGRESP: willmsgresp,
};

/** Indexed by the MsgType octet; reserved codes are absent. */
export const codecByCode: readonly (MessageCodec<Message> | undefined)[] = Object.values(
  codecs,
).reduce<(MessageCodec<Message> | undefined)[]>((table, codec) => {
  table[codec.code] = codec;
  return table;
}, new Array<undefined>(256).fill(undefined));
