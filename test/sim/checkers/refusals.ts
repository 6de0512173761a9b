/**
 * What the broker lets nobody subscribe to is refused, and SUBACK tells the device so (6.9). So is a share for who has no connection of
 * its own: the gateway could not tell whose it is. Nothing else is refused for good.
 */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import { CODE } from '../../../firmware-sim/sn/messages.js';
import { sharedFilter, topicMatches } from '../broker/topics.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf, isTransparent, mayBeBlamed } from './excuses/index.js';
import { addTo } from './support.js';
import { WirePackets } from './wire-packets.js';

export const refusals: WatcherFactory = (scene): Watcher => {
  const { denies } = scene.story.broker;
  const isRefused = (device: string, filter: string): boolean =>
    (denies !== null && topicMatches(denies, filter)) ||
    (sharedFilter(filter) !== undefined && !isTransparent(scene, device));
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  /** Filters by device and message id: one that has begun anew may have asked for another under the same. */
  const asked = new Map<string, Set<string>>();
  /** By filter, when the broker was asked for it. */
  const askedAt = new Map<string, number[]>();
  const packets = new WirePackets((packet) => {
    if (packet.cmd !== 'subscribe') return;
    for (const { topic } of packet.subscriptions)
      askedAt.set(topic, [...(askedAt.get(topic) ?? []), scene.now()]);
  });
  return {
    wireOut: (connection, what) => packets.wireOut(connection, what),
    said: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'SUBSCRIBE') return;
      addTo(asked, `${device} ${message.messageId}`, topicText(message.topic));
    },
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'SUBACK' || !honest.has(device)) return;
      const filters = [...(asked.get(`${device} ${message.messageId}`) ?? [])];
      if (filters.length === 0) return;
      const refused = filters.filter((filter) => isRefused(device, filter));
      const what = `"${filters.join('", "')}"`;
      if (refused.length === filters.length && message.code === CODE.accepted)
        scene.report(`${device} hears that it has subscribed to ${what}, which it may not`);
      const isBlamed = filters.some((one) => mayBeBlamed(scene, askedAt.get(one) ?? []));
      if (refused.length === 0 && message.code === CODE.notSupported && !isBlamed)
        scene.report(`${device} hears that it may not subscribe to ${what}, which it may`);
    },
  };
};
