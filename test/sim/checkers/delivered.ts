/**
 * What a device of good will hears another client has published: under that topic, as the device reads it by what it was told of topic
 * ids; with the lower of the QoS that it was published at and the one that was granted (of filters that overlap the highest, MQTT 3.3.5);
 * and with RETAIN where the broker has sent it so, as the answer to a SUBSCRIBE. At QoS 0, too, and with a clean session.
 */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import { CODE, type Publish, type SnMessage } from '../../../firmware-sim/sn/messages.js';
import { sharedFilter, topicMatches } from '../broker/topics.js';
import type { MessagePlan } from '../story.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  comesForEachFilter,
  diskHasForgotten,
  UnknownNumbers,
  honestOf,
  mayBeFirstCopy,
  mayBeRaised,
  sessionOf,
  speakerHasForgotten,
} from './excuses/index.js';
import { addTo, textOf, topicOfSent } from './support.js';

export const delivered: WatcherFactory = (scene): Watcher => {
  const honest = honestOf(scene).map(({ id }) => id);
  const wishes = new Map(honest.map((id) => [id, new Wishes()]));
  const published = new Map<string, { message: MessagePlan; at: number }>();
  /** By session at the broker and text, the flags with which it was put there. */
  const flags = new Map<string, Set<boolean>>();

  const unknown = new UnknownNumbers(scene);
  /** What has come to the broker from a device as well, or is the will of one. */
  const echoed = new Set<string>();

  const judgeQos = (device: string, { qos, retain }: Publish, text: string): void => {
    const { message, at } = published.get(text) ?? {};
    // Who means no good may have said it once more, at another QoS.
    if (message === undefined || at === undefined || echoed.has(text)) return;
    const granted = wishes.get(device)?.all(message.topic, at) ?? [];
    const highest = wishes.get(device)?.highest(message.topic, at) ?? 0;
    // What a forgotten filter, of whomever, has brought bears its QoS.
    const mayBeForgotten = unknown.mayBear(device, message.topic, at);
    // Each SUBSCRIBE has its own answer, at its own QoS, and a share comes beside the others.
    const isForOne =
      retain ||
      comesForEachFilter(scene, device) ||
      mayBeFirstCopy(scene, device, at) ||
      mayBeForgotten ||
      wishes.get(device)?.hasShare(message.topic, at) === true;
    const least = isForOne ? 0 : Math.min(message.qos, highest);
    const isFitting =
      granted.some((most) => qos === Math.min(message.qos, most)) ||
      (mayBeForgotten && qos <= Math.min(message.qos, Math.max(...granted)));
    const isRaised = mayBeRaised(scene, device, message.qos) && granted.length > 1;
    if (qos >= least && (isFitting || (isRaised && granted.includes(qos)))) return;
    scene.report(
      `${device} got "${text}" at QoS ${qos}, published at ${message.qos}, and granted is ${granted.join(', ')}`,
    );
  };
  const judge = (device: string, publish: Publish): void => {
    const text = textOf(publish.payload);
    if (!published.has(text) && !echoed.has(text))
      return scene.report(`${device} got "${text}", and nobody has published it`);
    judgeQos(device, publish, text);
    const known = flags.get(`${sessionOf(scene, device)} ${text}`);
    const how = publish.retain ? 'with' : 'without';
    if (known?.has(publish.retain) !== true)
      scene.report(`${device} got "${text}" ${how} RETAIN, unlike the gateway`);
  };
  return {
    published: (message) => void published.set(message.text, { message, at: scene.now() }),
    queued: (client, { payload, retain }) =>
      addTo(flags, `${sessionOf(scene, client)} ${textOf(payload)}`, retain),
    subscribed: (client, filter) => {
      unknown.subscribed(client, filter);
      wishes.get(client)?.isMade(filter);
    },
    arrived: (_client, { payload }) => void echoed.add(textOf(payload)),
    willFired: (_client, { payload }) => void echoed.add(textOf(payload)),
    said: (device, data) => wishes.get(device)?.said(decode(data)),
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type === 'SUBACK' && !speakerHasForgotten(scene, scene.now()))
        wishes.get(device)?.isAnswered(message, scene.now());
      if (message?.type === 'PUBLISH' && wishes.has(device)) judge(device, message);
    },
    notice: (notice) => {
      if (notice.notice === 'forgotten') wishes.get(notice.client)?.endsGrants(() => true);
    },
    life: (is) => {
      if (is !== 'killed' && is !== 'ended') return;
      for (const one of wishes.values())
        one.endsGrants(({ grantedAt = 0 }) => diskHasForgotten(scene, grantedAt));
    },
    finish: () => {
      for (const device of honest) {
        for (const received of scene.devices.get(device)?.ledger.received ?? []) {
          const text = textOf(received.payload);
          const topic = published.get(text)?.message.topic;
          const name = topicOfSent(device, received);
          if (topic !== undefined && name !== topic)
            scene.report(`${device} got "${text}" under ${name}, it was published under ${topic}`);
        }
      }
    },
  };
};

type Suback = Extract<SnMessage, { type: 'SUBACK' }>;

interface Wish {
  filter: string;
  qos: number;
  /** Since when the device has it, and has neither given it up nor asked for another QoS. */
  grantedAt?: number | undefined;
  wasGranted?: true;
  /** Its own session at the broker has it, whatever the broker did then instead of saying so. */
  isMade?: true;
  /** Since when the device knows that it does not get it. */
  refusedAt?: number | undefined;
}

/** What a device has asked for. */
class Wishes {
  private readonly wishes = new Set<Wish>();
  private readonly byMessageId = new Map<number, Wish>();

  said(message: SnMessage | undefined): void {
    if (message?.type === 'CONNECT' && message.cleanSession) this.endsGrants(() => true);
    if (message?.type !== 'SUBSCRIBE' && message?.type !== 'UNSUBSCRIBE') return;
    const filter = topicText(message.topic);
    if (message.type === 'UNSUBSCRIBE') return this.endsGrants((one) => one.filter === filter);
    const { qos, messageId } = message;
    this.endsGrants((one) => one.filter === filter && one.qos !== qos);
    const known = [...this.wishes].find((one) => one.filter === filter && one.qos === qos);
    const wish = known ?? { filter, qos };
    wish.refusedAt = undefined;
    this.wishes.add(wish);
    this.byMessageId.set(messageId, wish);
  }

  isMade(filter: string): void {
    for (const one of this.wishes) if (one.filter === filter) one.isMade = true;
  }

  isAnswered({ messageId, code }: Suback, now: number): void {
    const wish = this.byMessageId.get(messageId);
    if (wish === undefined) return;
    if (code === CODE.accepted) {
      wish.grantedAt ??= now;
      wish.wasGranted = true;
    } else if (code === CODE.notSupported && !wish.wasGranted && !wish.isMade) wish.refusedAt = now;
  }

  private asked(at: number): Wish[] {
    return [...this.wishes].filter(({ refusedAt = Number.POSITIVE_INFINITY }) => at < refusedAt);
  }

  /** QoS of all that match and were not refused by then, given up or not: something may be under way. */
  all(topic: string, at: number): number[] {
    return this.asked(at)
      .filter(({ filter }) => topicMatches(sharedFilter(filter) ?? filter, topic))
      .map(({ qos }) => qos);
  }

  /** Whether one of them is a share. */
  hasShare(topic: string, at: number): boolean {
    return this.asked(at).some(({ filter }) => {
      const shared = sharedFilter(filter);
      return shared !== undefined && topicMatches(shared, topic);
    });
  }

  /** The highest of those that it has had since then. A share comes beside them, by itself. */
  highest(topic: string, since: number): number {
    const held = [...this.wishes].filter(
      ({ filter, grantedAt = Number.POSITIVE_INFINITY }) =>
        grantedAt <= since && topicMatches(filter, topic),
    );
    return Math.max(0, ...held.map(({ qos }) => qos));
  }

  /** Answers that are still under way mean nothing any more. */
  endsGrants(isOver: (wish: Wish) => boolean): void {
    for (const one of this.wishes) if (isOver(one)) one.grantedAt = undefined;
    for (const [id, one] of this.byMessageId) if (isOver(one)) this.byMessageId.delete(id);
  }
}
