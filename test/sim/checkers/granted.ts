/**
 * Who subscribes gets what that means: SUBACK grants the QoS that was asked for, and the broker is asked for what it has retained
 * under the filter, each time (MQTT 3.8.4).
 */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import { sharedFilter, topicMatches } from '../broker/topics.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf, sessionOf } from './excuses/index.js';
import { textOf } from './support.js';

interface Wish {
  filter: string;
  qos: number;
  /** When it was said first. */
  at: number;
  isGranted: boolean;
}

export const granted: WatcherFactory = (scene): Watcher => {
  /** By device and message id, those since it has last connected or given something up. */
  const wishes = new Map(honestOf(scene).map(({ id }) => [id, new Map<number, Wish>()]));
  /** What the broker has retained, by topic. */
  const retained = new Map<string, { text: string; at: number }>();
  /** When it has given what was retained last, by session and text. */
  const given = new Map<string, number>();
  /** What the broker has still to give to devices. */
  let due: { device: string; text: string; since: number }[] = [];

  const onSaid = (device: string, message: SnMessage, open: Map<number, Wish>): void => {
    if (message.type === 'CONNECT' || message.type === 'UNSUBSCRIBE') {
      open.clear();
      const isOver = message.type === 'UNSUBSCRIBE' || message.cleanSession;
      due = due.filter((one) => one.device !== device || !isOver);
    }
    if (message.type !== 'SUBSCRIBE' || open.has(message.messageId)) return;
    const { messageId, topic, qos } = message;
    open.set(messageId, { filter: topicText(topic), qos, at: scene.now(), isGranted: false });
  };
  const onGranted = (device: string, { filter, at: since }: Wish): void => {
    // Nobody gets retained messages for his share (MQTT 5, 4.8.2).
    if (sharedFilter(filter) !== undefined) return;
    for (const [topic, { text, at }] of retained) {
      const givenAt = given.get(`${sessionOf(scene, device)} ${text}`) ?? 0;
      if (at < since && givenAt < since && topicMatches(filter, topic))
        due.push({ device, text, since });
    }
  };
  return {
    said: (device, data) => {
      const [message, open] = [decode(data), wishes.get(device)];
      if (message !== undefined && open !== undefined) onSaid(device, message, open);
    },
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'SUBACK' || message.code !== 0) return;
      const wish = wishes.get(device)?.get(message.messageId);
      if (wish === undefined || wish.isGranted) return;
      wish.isGranted = true;
      if (wish.qos !== message.qos)
        scene.report(`${device} has asked for QoS ${wish.qos}, and is granted ${message.qos}`);
      onGranted(device, wish);
    },
    published: ({ topic, text, retain }) => {
      if (!retain) return;
      // Who has subscribed gets the new one at once.
      due = due.filter((one) => one.text !== retained.get(topic)?.text);
      retained.set(topic, { text, at: scene.now() });
    },
    queued: (client, { payload, retain }) => {
      if (!retain) return;
      const [session, text] = [sessionOf(scene, client), textOf(payload)];
      given.set(`${session} ${text}`, scene.now());
      due = due.filter((one) => one.text !== text || sessionOf(scene, one.device) !== session);
    },
    fault: (fault) => {
      if (fault.kind !== 'broker-down' || !fault.forgets) return;
      retained.clear();
      due = [];
    },
    finish: () => {
      for (const { device, text } of due)
        scene.report(
          `${device} has subscribed, and the broker is not asked for "${text}", which it has retained`,
        );
    },
  };
};
