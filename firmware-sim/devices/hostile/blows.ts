/** What a hostile device does: each blow is a few frames that belong together. */
import { decode } from '../../sn/decode.js';
import { encode, shortTopicId } from '../../sn/encode.js';
import type { SnMessage } from '../../sn/messages.js';
import { feHeader } from '../link-header.js';
import { damaged } from './damage.js';
import { anyMessage, messageOf } from './messages.js';
import type { Words } from './words.js';

export interface Utterance {
  octets: Uint8Array;
  /** Where it comes from: the number of a place among those that the device has. */
  place: number;
  /** How long it then waits. */
  pauseMs: number;
}

/** Any whole number is a blow: the same one again when the device has heard the same. */
export function blowOf(words: Words, places: number): Utterance[] {
  const { random } = words;
  const frames = random.weighted(BLOWS)(words);
  const home = random.integer(0, places - 1);
  const isRoaming = random.chance(0.2);
  const node = random.chance(0.3) ? words.node() : undefined;
  const isBurst = random.chance(0.5);
  const isPatient = random.chance(0.7);
  const pauseMs = (octets: Uint8Array): number => {
    if (isPatient && decode(octets)?.type === 'CONNECT') return ANSWER_MS;
    return isBurst ? 0 : random.weighted(PAUSES_MS);
  };
  return frames.map((octets) => ({
    octets: node === undefined ? octets : feHeader(node).wrap(octets),
    place: isRoaming ? random.integer(0, places - 1) : home,
    pauseMs: pauseMs(octets),
  }));
}

/** Between what belongs together, and now and then so long that something is over by then. */
const PAUSES_MS: readonly (readonly [weight: number, ms: number])[] = [
  [30, 0],
  [3, 1],
  [3, 1000],
  [2, 10_000],
  [1, 61_000],
];

/** What a CONNECT takes at most, when all is well. */
const ANSWER_MS = 3000;

type Blow = (words: Words) => Uint8Array[];

const FLOOD_FRAMES_MAX = 40;
/** More than a gateway takes of one device without an end. */
const HOARD_MAX = 200;

const said = (...messages: SnMessage[]): Uint8Array[] => messages.map(encode);

const BLOWS: readonly (readonly [weight: number, Blow])[] = [
  [6, (words) => said(anyMessage(words))],
  [6, (words) => [damaged(encode(anyMessage(words)), words)]],
  [4, connection],
  [4, life],
  [3, handshakes],
  [3, sameId],
  [3, sleeper],
  [3, answers],
  [3, replay],
  [2, mimicry],
  [1, conversation],
  [1, flood],
  [2, drumming],
  [2, hoard],
  [1, crowd],
];

/** CONNECT, and will messages in any order and number (MQTT-SN 1.2, 6.3). */
function connection(words: Words): Uint8Array[] {
  const rest = ['WILLTOPIC', 'WILLMSG', 'WILLMSG', 'CONNECT', 'DISCONNECT'] as const;
  const count = words.random.integer(0, 4);
  const messages = Array.from({ length: count }, () => messageOf(words.random.pick(rest), words));
  return said(messageOf('CONNECT', words), ...messages);
}

/** What a connected device does, whether it is connected or not. */
function life(words: Words): Uint8Array[] {
  const kinds = [
    'REGISTER',
    'SUBSCRIBE',
    'UNSUBSCRIBE',
    'PUBLISH',
    'PINGREQ',
    'WILLTOPICUPD',
  ] as const;
  const begins = words.random.chance(0.7) ? said(messageOf('CONNECT', words)) : [];
  const count = words.random.integer(1, 8);
  const frames = Array.from({ length: count }, () => {
    const octets = encode(messageOf(words.random.pick(kinds), words));
    return words.random.chance(0.1) ? damaged(octets, words) : octets;
  });
  return [...begins, ...frames];
}

/** QoS 2 in an order that makes no sense. */
function handshakes(words: Words): Uint8Array[] {
  const kinds = ['PUBLISH', 'PUBREL', 'PUBREL', 'PUBREC', 'PUBCOMP', 'PUBACK'] as const;
  const messageId = words.messageId();
  const count = words.random.integer(2, 8);
  return said(
    ...Array.from({ length: count }, () => {
      const message = { ...messageOf(words.random.pick(kinds), words), messageId };
      return message.type === 'PUBLISH' ? { ...message, qos: 2 as const } : message;
    }),
  );
}

/** One message id for several things that want an answer. */
function sameId(words: Words): Uint8Array[] {
  const kinds = ['REGISTER', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PUBLISH', 'PUBLISH'] as const;
  const messageId = words.messageId();
  const count = words.random.integer(2, 5);
  return said(
    ...Array.from({ length: count }, () => ({
      ...messageOf(words.random.pick(kinds), words),
      messageId,
    })),
  );
}

/** Sleeps, wakes up, talks in its sleep, and lets others wake it (6.14). */
function sleeper(words: Words): Uint8Array[] {
  const clientId = words.clientId();
  const kinds = ['PUBLISH', 'PINGREQ', 'DISCONNECT', 'SUBSCRIBE', 'PUBACK'] as const;
  const durationSec = words.durationSec();
  const count = words.random.integer(1, 6);
  const rest = Array.from(
    { length: count },
    (): SnMessage =>
      words.flag() ? { type: 'PINGREQ', clientId } : messageOf(words.random.pick(kinds), words),
  );
  const connect = { ...messageOf('CONNECT', words), clientId };
  return said(connect, { type: 'DISCONNECT', durationSec }, ...rest);
}

/** Answers to what the gateway has asked, now or long ago: right, wrong, refusing, twice. */
function answers(words: Words): Uint8Array[] {
  const { asked } = words.memory;
  if (asked.length === 0) return said(anyMessage(words));
  const count = words.random.integer(1, 4);
  return said(...Array.from({ length: count }, () => answerTo(words.random.pick(asked), words)));
}

function answerTo(asked: SnMessage, words: Words): SnMessage {
  const code = words.code();
  switch (asked.type) {
    case 'REGISTER':
      return { type: 'REGACK', topicId: asked.topicId, messageId: asked.messageId, code };
    case 'PUBLISH': {
      const { topicId, messageId, qos } = asked;
      if (qos === 2 && words.flag()) return { type: 'PUBREC', messageId };
      return { type: 'PUBACK', topicId, messageId: words.flag() ? messageId : 0, code };
    }
    case 'PUBREC':
      return { type: 'PUBREL', messageId: asked.messageId };
    case 'PUBREL':
      return { type: 'PUBCOMP', messageId: asked.messageId };
    case 'WILLTOPICREQ':
      return messageOf('WILLTOPIC', words);
    case 'WILLMSGREQ':
      return messageOf('WILLMSG', words);
    default:
      return { type: 'PINGRESP' };
  }
}

/** What others have said, again and perhaps damaged. */
function replay(words: Words): Uint8Array[] {
  const { frames } = words.memory;
  if (frames.length === 0) return said(anyMessage(words));
  const from = words.random.integer(0, frames.length - 1);
  return frames
    .slice(from, from + words.random.integer(1, 6))
    .map((octets) => (words.random.chance(0.2) ? damaged(octets, words) : octets));
}

/** What somebody else has said, or is about to say: the same with the next message ids, or with DUP where there was none. */
function mimicry(words: Words): Uint8Array[] {
  const { numbered } = words.memory;
  if (numbered.length === 0) return said(anyMessage(words));
  const heard = words.random.pick(numbered);
  const count = words.random.integer(1, 3);
  return said(
    ...Array.from({ length: count }, (_, i): SnMessage => {
      const messageId = (heard.messageId + i + words.random.integer(0, 1)) & 0xffff;
      const next = { ...heard, messageId };
      return 'dup' in next ? { ...next, dup: words.flag() } : next;
    }),
  );
}

/** All that was heard from the latest CONNECT on, the other side's answers included. */
function conversation(words: Words): Uint8Array[] {
  const { frames } = words.memory;
  const from = frames.findLastIndex((octets) => decode(octets)?.type === 'CONNECT');
  return from < 0 ? said(anyMessage(words)) : frames.slice(from);
}

/** The same frame again and again. */
function flood(words: Words): Uint8Array[] {
  const [frame = new Uint8Array()] = said(anyMessage(words));
  return Array.from({ length: words.random.integer(2, FLOOD_FRAMES_MAX) }, () => frame);
}

/** The same frame again and again, of somebody who is connected. */
function drumming(words: Words): Uint8Array[] {
  const kinds = ['PUBLISH', 'REGISTER', 'SUBSCRIBE', 'WILLMSGUPD'] as const;
  const ping: SnMessage = { type: 'PINGREQ', clientId: '' };
  const frame = encode(words.flag() ? ping : messageOf(words.random.pick(kinds), words));
  const count = words.random.integer(2, FLOOD_FRAMES_MAX);
  return [...said(goodConnect(words)), ...Array.from({ length: count }, () => frame)];
}

/** Such as no gateway refuses that has room. */
const goodConnect = (words: Words): Extract<SnMessage, { type: 'CONNECT' }> => ({
  type: 'CONNECT',
  will: false,
  cleanSession: words.flag(),
  protocolId: 1,
  durationSec: words.durationSec(),
  clientId: words.clientId(),
});

/** Any name is good enough that needs no registration. */
const HOARD_TOPIC = 'ab';

/** Takes as much as it gets of what a gateway has to remember, and never gives anything back. */
function hoard(words: Words): Uint8Array[] {
  const { random } = words;
  const type = random.pick(['PUBLISH', 'PUBLISH', 'REGISTER', 'SUBSCRIBE'] as const);
  const first = random.integer(1, 0xfff0);
  const count = random.integer(2, HOARD_MAX);
  const topicId = shortTopicId(HOARD_TOPIC);
  const all = Array.from({ length: count }, (_, i): SnMessage => {
    const message = { ...messageOf(type, words), messageId: first + i };
    const name = `hoard/${first + i}`;
    if (message.type === 'PUBLISH') return { ...message, qos: 2, topicKind: 'short', topicId };
    if (message.type === 'REGISTER') return { ...message, name };
    return message.type === 'SUBSCRIBE' ? { ...message, topic: { kind: 'normal', name } } : message;
  });
  // What ends with its session is no hoard.
  return said({ ...goodConnect(words), cleanSession: false }, ...all);
}

/** Client ids that nobody has: one after the other, or all at once behind a forwarder, each at a node of its own. */
function crowd(words: Words): Uint8Array[] {
  const first = words.random.integer(0, 1000);
  const isForwarded = words.flag();
  return Array.from({ length: words.random.integer(2, FLOOD_FRAMES_MAX) }, (_, i) => {
    const number = first + i;
    const connect = { ...messageOf('CONNECT', words), clientId: `crowd-${number}` };
    const octets = encode(connect);
    if (!isForwarded) return octets;
    return feHeader(Uint8Array.of(CROWD_NODES, number >> 8, number & 0xff)).wrap(octets);
  });
}

/** The first octet of their nodes. */
const CROWD_NODES = 0xc0;
