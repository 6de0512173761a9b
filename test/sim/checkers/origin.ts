/**
 * Whatever the broker gets from the gateway some device has said: under that topic, with that text, at that QoS, retained or not.
 * A message must not go astray, also where nobody waits for it: at QoS 0 and -1. So a will, which is said in two parts (6.3, 6.4).
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Publish, SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { BrokerMessage } from '../broker/session.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { hasImpostor, isOfGateway } from './excuses/index.js';
import { placeOf, placeOnRadio, textOf, topicOfSent } from './support.js';

export const origin: WatcherFactory = (scene): Watcher => {
  const plans = scene.story.scene.devices.filter(
    ({ id, kind }) => kind !== 'hostile' && !hasImpostor(scene, id),
  );
  const known = new Set(plans.map(({ id }) => id));
  const onRadio = new Set(
    plans.flatMap((plan) => {
      const place = placeOnRadio(plan);
      return place === undefined ? [] : placeOf(place.link, place.address);
    }),
  );
  /** Messages as the broker should have them, of devices that know what they say. */
  const messages = new Set<string>();
  /** Topics of wills, each with its QoS and flag, and what they say, by device. */
  const wills = new Map<string, { topics: Set<string>; texts: Set<string> }>();
  /** What came from anybody else, octet by octet: what an impostor says of it, and under which topic, is the device's word. */
  const strange: string[] = [];
  const isStrange = (payload: Uint8Array): boolean => {
    const octets = latin1(payload);
    return strange.some((frame) => frame.includes(octets));
  };

  /** By device, its garbage, and what it has said besides, under whatever topic. */
  const garblers = new Map<string, { garbage: string[]; words: Set<string> }>();
  /** Garbage may pass for REGISTER or SUBSCRIBE: the id that it gets then is one that its device may go on to use for another name. */
  const isGarbled = (message: BrokerMessage): boolean => {
    const name = latin1(Buffer.from(message.topic));
    return [...garblers.values()].some(
      ({ garbage, words }) =>
        words.has(wordOf(message)) && garbage.some((frame) => frame.includes(name)),
    );
  };

  const isWill = ({ topic, payload, qos, retain }: BrokerMessage): boolean =>
    [...wills.values()].some(
      ({ topics, texts }) =>
        topics.has(keyOf({ topic, qos, retain })) && texts.has(textOf(payload)),
    );
  const arrive = (message: BrokerMessage): void => {
    const { topic, payload, qos, retain } = message;
    const text = textOf(payload);
    if (messages.has(`${keyOf(message)} ${text}`) || isOfGateway(topic)) return;
    if (isWill(message) || isStrange(payload) || isGarbled(message)) return;
    const flag = retain ? ', retained' : '';
    scene.report(
      `the broker has got "${text}" under ${topic} (QoS ${qos}${flag}), and nobody has said so`,
    );
  };

  const say = (device: string, data: Uint8Array, message: SnMessage | undefined): void => {
    if (message?.type === 'PUBLISH') {
      const sent = recordOf(scene.devices.get(device)?.ledger.sent ?? [], message);
      if (sent === undefined) return void strange.push(latin1(data));
      const [qos, topic] = [Math.max(0, message.qos), topicOfSent(device, sent)];
      messages.add(`${keyOf({ topic, qos, retain: message.retain })} ${textOf(message.payload)}`);
      garblerOf(device).words.add(wordOf(message));
    }
    // Garbage may look like a message to somebody else.
    if (message === undefined) {
      strange.push(latin1(data));
      garblerOf(device).garbage.push(latin1(data));
    }
    if (message?.type === 'WILLMSG' || message?.type === 'WILLMSGUPD')
      willOf(device).texts.add(textOf(message.payload));
    if (message?.type === 'WILLTOPIC' || message?.type === 'WILLTOPICUPD') {
      if (message.will !== undefined) willOf(device).topics.add(keyOf(message.will));
    }
  };
  const willOf = (device: string): { topics: Set<string>; texts: Set<string> } => {
    const will = wills.get(device) ?? { topics: new Set(), texts: new Set() };
    wills.set(device, will);
    return will;
  };
  const garblerOf = (device: string): { garbage: string[]; words: Set<string> } => {
    const garbler = garblers.get(device) ?? { garbage: [], words: new Set() };
    garblers.set(device, garbler);
    return garbler;
  };
  const comes = (link: string, address: string, data: Uint8Array): void => {
    const isKnown = known.has(scene.ownerOf(address) ?? '') || onRadio.has(placeOf(link, address));
    if (!isKnown) strange.push(latin1(data));
  };
  return {
    said: (device, data) => {
      if (known.has(device)) say(device, data, decode(data));
    },
    frameIn: comes,
    radioIn: comes,
    arrived: (_client, message) => arrive(message),
    willFired: (_client, will) => arrive(will),
  };
};

/** A device writes down what it sends before it does. */
const recordOf = (sent: readonly SentMessage[], { payload }: Publish): SentMessage | undefined =>
  sent.findLast((one) => textOf(one.payload) === textOf(payload));

const keyOf = ({ topic, qos, retain }: { topic: string; qos: number; retain: boolean }): string =>
  `${topic} ${qos} ${retain}`;

const wordOf = ({ qos, retain, payload }: Pick<Publish, 'qos' | 'retain' | 'payload'>): string =>
  `${qos} ${retain} ${textOf(payload)}`;

const latin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
