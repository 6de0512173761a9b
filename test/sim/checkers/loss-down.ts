/** Nothing acknowledged is lost, down: what the gateway has acknowledged to the broker, the device gets, unless a notice names the drop. */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { DropReason } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { EarlyLedger } from './early.js';
import { keepsSession, textOf, waitingFor, whoseCommands, AnswersOfThisLife } from './support.js';
import {
  CopiesAtBroker,
  StaleFilters,
  clockIsAhead,
  diskHasForgotten,
  honestOf,
  isTransparent,
  mayStillWait,
  speakerHasForgotten,
} from './excuses/index.js';

export const lossDown: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene);
  /** Who has a subscription for certain, and since when: the gateway owes nothing to somebody whom it has refused. */
  const subscribed = new Map<string, number>();
  /** What the gateway has taken over for a device that was subscribed since then. */
  let owed: { device: string; text: string; since: number; at: number }[] = [];
  const early = new EarlyLedger();
  /** By device, messages that were dropped with a notice. */
  const drops = new Map<string, number>();
  const subacks = new AnswersOfThisLife('SUBACK');
  const copies = new CopiesAtBroker(scene);
  const stale = new StaleFilters(scene);
  /** "When the disk fails": acknowledged as a copy for nobody, with one at the broker that was none, either, for the next run. */
  const mistaken = new Set<string>();
  let isAlive = false;
  /** What the broker has sent then no device is there for. */
  let areDevicesOff = false;
  /** What each device wants, and since when the broker has it: what it had before that is for nobody. */
  const filters = new Map<string, Map<string, number>>();
  const isForNobody = (device: string, text: string): boolean =>
    [...(filters.get(device)?.values() ?? [])].every((at) => at > copies.queuedAt(text));
  const tells = (data: Uint8Array): void => {
    subacks.told(data);
    early.told(data);
  };
  return {
    queued: (_client, { topic, payload, qos }) => {
      if (qos > 0) copies.queued(textOf(payload), topic);
    },
    subscribed: (_client, filter) => {
      copies.subscribed(filter);
      stale.subscribed(filter);
      // Its gateway was killed meanwhile, and the next run may know nothing of it.
      if (!isAlive) return;
      early.subscribed(filter, scene.now());
      for (const wanted of filters.values())
        if (wanted.get(filter) === Number.POSITIVE_INFINITY) wanted.set(filter, scene.now());
    },
    fault: (fault) => {
      if (fault.kind !== 'broker-down' || !fault.forgets) return;
      owed = owed.filter(({ text, device }) => isTransparent(scene, device) || !copies.has(text));
      copies.forget();
    },
    frameIn: (_link, _address, data) => early.comes(data),
    radioIn: (_link, _address, data) => early.comes(data),
    frameOut: (_link, _address, data) => tells(data),
    radioOut: (_link, _address, data) => tells(data),
    handedOver: (client, { topic, payload, retain }) => {
      const text = textOf(payload);
      copies.handedOver(text);
      if (mistaken.has(text) || areDevicesOff) return;
      // On its own connection it may be a share of what is meant for others.
      const device = scene.devices.has(client) ? client : whoseCommands(topic);
      const since = device === undefined ? undefined : subscribed.get(device);
      // What is retained may have been there before, and comes with each SUBSCRIBE.
      const sentAt = retain ? scene.now() : copies.queuedAt(text);
      if (device === undefined || (since === undefined && !early.isAsked(device, topic, sentAt)))
        return;
      const isForAnother =
        isForNobody(device, text) || stale.select(device, topic, copies.queuedAt(text));
      if (!isTransparent(scene, device) && isForAnother) return;
      // Somebody else's connection, who has subscribed to the same.
      if (isTransparent(scene, device) && client !== device) return;
      // What had waited there for a filter that it has given up is not for the one that it asks for.
      if (since === undefined && !retain && isForNobody(device, text)) return;
      if (since === undefined) early.acknowledged(device, text, topic);
      else owed.push({ device, text, since, at: scene.now() });
    },
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'SUBACK') return;
      const mine = early.heard(device, message);
      if (mine === undefined) return;
      // At QoS 0 nothing is owed.
      if (message.code !== 0) return;
      const isCertain =
        message.qos > 0 &&
        (subacks.has(message.messageId) || !speakerHasForgotten(scene, scene.now()));
      if (isCertain) subscribed.set(device, scene.now());
      else subscribed.delete(device);
      for (const text of isCertain ? mine : [])
        owed.push({ device, text, since: scene.now(), at: scene.now() });
    },
    said: (device, data) => {
      const message = decode(data);
      if (message !== undefined) early.said(device, message);
      if (message?.type === 'SUBSCRIBE') {
        const wanted = filters.get(device) ?? new Map<string, number>();
        const filter = topicText(message.topic);
        wanted.set(filter, wanted.get(filter) ?? Number.POSITIVE_INFINITY);
        filters.set(device, wanted);
      }
      if (message?.type !== 'UNSUBSCRIBE') return;
      subscribed.delete(device);
      stale.gaveUp(device, topicText(message.topic));
      filters.get(device)?.delete(topicText(message.topic));
      if (filters.get(device)?.size === 0 && !isTransparent(scene, device))
        owed = owed.filter((one) => one.device !== device || !copies.has(one.text));
    },
    life: (is) => {
      subacks.life(is);
      isAlive = is === 'begins' || is === 'serves';
      if (is !== 'killed' && is !== 'ended') return;
      copies.ended();
      stale.ended();
      early.ended();
      for (const { text, at } of owed)
        if (copies.has(text) && diskHasForgotten(scene, at)) mistaken.add(text);
      owed = owed.filter(({ text }) => !mistaken.has(text));
      for (const wanted of filters.values()) {
        for (const [filter, at] of wanted)
          if (diskHasForgotten(scene, at)) wanted.set(filter, Number.POSITIVE_INFINITY);
      }
      for (const [device, since] of subscribed) {
        if (!diskHasForgotten(scene, since)) continue;
        subscribed.delete(device);
        // With its session goes what waits for it.
        owed = owed.filter((one) => one.device !== device || one.since < since);
      }
    },
    notice: (notice) => {
      // A clock that was set forward by a day makes it so.
      if (notice.notice === 'forgotten' && clockIsAhead(scene)) subscribed.delete(notice.client);
      if (notice.notice !== 'drop' || notice.what !== 'downlink') return;
      const client = notice.client ?? '';
      const isForgotten = notice.reason === 'session-ended' && clockIsAhead(scene);
      if (isForgotten || isNamed(notice.reason)) drops.set(client, (drops.get(client) ?? 0) + 1);
    },
    settled: () => void (areDevicesOff = true),
    finish: () => {
      for (const plan of plans) {
        const { id } = plan;
        if (!keepsSession(plan)) continue;
        const received = scene.devices.get(id)?.ledger.received ?? [];
        const got = new Set(received.map(({ payload }) => textOf(payload)));
        const wanted = new Set(owed.filter(({ device }) => device === id).map(({ text }) => text));
        const isMistaken = (text: string): boolean =>
          !isTransparent(scene, id) && copies.areMistaken(text);
        const missing = [...wanted].filter((text) => !got.has(text) && !isMistaken(text));
        const named = drops.get(id) ?? 0;
        const waiting = mayStillWait(scene, plan) ? waitingFor(scene, id).length : 0;
        if (missing.length > named + waiting) {
          scene.report(
            `${id} never got ${missing.length} messages that the gateway has acknowledged, ${named} were named and ${waiting} wait: ${missing.join(', ')}`,
          );
        }
      }
    },
  };
};

/**
 * Why a message at QoS 1 or 2 may go for which the gateway is responsible. QoS 0 alone goes for a device that is not connected; and what
 * nobody has subscribed to is owed to nobody.
 */
const MAY_BE_OWED: ReadonlySet<DropReason> = new Set([
  'too-big-for-device',
  'topic-ids-exhausted',
  'topic-refused-by-device',
  'message-refused-by-device',
  'buffer-full',
  'replaced-by-newer',
  'expired',
]);

/** Whether a drop for that reason may be one of a message that is owed. */
export const isNamed = (reason: DropReason): boolean => MAY_BE_OWED.has(reason);
