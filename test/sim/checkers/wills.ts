/**
 * No will fires twice, and none is missing: one for each time that the gateway gave a device up, whether the gateway
 * publishes it or the broker. What is published is the will as it was then: said at CONNECT (6.3), or changed since (6.4).
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { BrokerMessage } from '../broker/session.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  brokerFiresWills,
  brokerForgot,
  diskMayForget,
  honestOf,
  willComesLate,
  willMayBeCancelled,
  willMayBeDenied,
  willMayBeLost,
  willMayRepeat,
} from './excuses.js';
import { addTo, textOf } from './support.js';

/** From the end of a deadline to the will at the broker: the disk, and the way. */
const ON_ITS_WAY_MS = 45_000;

export const wills: WatcherFactory = (scene): Watcher => {
  const published = new Map<string, number>();
  const losses = new Map<string, number>();
  /** Of these, those after which the broker may publish the will that it holds, too. */
  const late = new Map<string, number>();
  /** Those before the last moments, in which a will may still be on its way. */
  const earlier = new Map<string, number>();
  const found: { at: number; device: string }[] = [];
  const words = new Map<string, WillWords>();
  /** What has been published as a will, and what might have been when the device was lost. */
  const fired = new Map<string, Set<string>>();
  const due = new Map<string, Set<string>>();
  const publish = ({ topic, payload }: BrokerMessage): void => {
    const device = whoseWill(topic);
    if (device === undefined) return;
    count(published, device);
    addTo(fired, device, `${topic} ${textOf(payload)}`);
  };
  const count = (map: Map<string, number>, device: string | undefined): void => {
    if (device !== undefined) map.set(device, (map.get(device) ?? 0) + 1);
  };
  return {
    arrived: (_client, message) => publish(message),
    willFired: (_client, message) => publish(message),
    said: (device, data) => {
      const own = words.get(device) ?? new WillWords();
      words.set(device, own);
      own.said(decode(data));
    },
    heard: (device, data) => words.get(device)?.heard(decode(data)),
    notice: (notice) => {
      if (notice.notice !== 'transition' || notice.to !== 'LOST') return;
      // A lost device that tries to connect in vain is lost as before.
      if (notice.from === 'CONNECTING') return;
      count(losses, notice.client);
      if (willComesLate(scene, notice.client)) count(late, notice.client);
      for (const text of words.get(notice.client)?.possible() ?? [])
        addTo(due, notice.client, text);
      if (!willMayBeCancelled(scene, notice.client)) {
        found.push({ at: scene.now(), device: notice.client });
      }
    },
    finish: () => {
      if (diskMayForget(scene) || brokerForgot(scene)) return;
      for (const { at, device } of found) {
        if (at < scene.now() - ON_ITS_WAY_MS && !willMayBeDenied(scene, at)) count(earlier, device);
      }
      for (const plan of honestOf(scene)) {
        const will = plan['will'] as { qos?: number } | undefined;
        if (will === undefined) continue;
        const { qos = 0 } = will;
        const [lost, times] = [losses.get(plan.id) ?? 0, published.get(plan.id) ?? 0];
        const story = `${plan.id} was lost ${lost} times, and its will came ${times} times`;
        for (const text of fired.get(plan.id) ?? []) {
          if (due.get(plan.id)?.has(text) !== true && !brokerFiresWills(scene, plan.id))
            scene.report(`${plan.id} has said goodbye with "${text}", which was not its will`);
        }
        if (times < (earlier.get(plan.id) ?? 0) && !willMayBeLost(scene, plan.id, qos))
          scene.report(story);
        if (
          times > lost + (late.get(plan.id) ?? 0) &&
          !brokerFiresWills(scene, plan.id) &&
          !willMayRepeat(scene, qos)
        ) {
          scene.report(story);
        }
      }
    },
  };
};

const whoseWill = (topic: string): string | undefined => /^wills\/([^/]+)/.exec(topic)?.[1];

/** What a device has said of its will: each part as it was confirmed last, and as it may be since. */
class WillWords {
  private topics: string[] = [];
  private payloads: string[] = [];
  /** What confirms its latest words; any other answer is a late one. */
  private awaited: SnMessage['type'] | undefined;

  said(message: SnMessage | undefined): void {
    if (message === undefined) return;
    const answer = ANSWERS[message.type];
    if (answer === undefined) return;
    this.awaited = answer;
    if ('will' in message && typeof message.will === 'object') this.topics.push(message.will.topic);
    else if ('payload' in message) this.payloads.push(textOf(message.payload));
  }

  heard(message: SnMessage | undefined): void {
    if (message === undefined || message.type !== this.awaited) return;
    if (!('code' in message) || message.code !== 0) return;
    this.awaited = undefined;
    this.topics = this.topics.slice(-1);
    this.payloads = this.payloads.slice(-1);
  }

  possible(): string[] {
    return this.topics.flatMap((topic) => this.payloads.map((payload) => `${topic} ${payload}`));
  }
}

const ANSWERS: Partial<Record<SnMessage['type'], SnMessage['type']>> = {
  WILLTOPIC: 'CONNACK',
  WILLMSG: 'CONNACK',
  WILLTOPICUPD: 'WILLTOPICRESP',
  WILLMSGUPD: 'WILLMSGRESP',
};
