/**
 * A subscription lasts as long as its session, whatever happens to the gateway meanwhile: from SUBACK on the broker has
 * somebody to give the device's messages to; one that has lost its memory is asked again. From UNSUBACK on the device gets none
 * that are published then. And nobody gets what is meant for another.
 */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import { sharedFilter, topicMatches } from '../broker/topics.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  CopiesAtBroker,
  clockIsAhead,
  diskHasForgotten,
  diskLags,
  hasLanes,
  honestOf,
  isTransparent,
  rebootsByItself,
  speakerHasForgotten,
} from './excuses/index.js';
import {
  addTo,
  filtersOf,
  commandIn,
  isOfTeam,
  keepsSession,
  losesItsShare,
  textOf,
  whoseCommands,
  AnswersOfThisLife,
} from './support.js';

const KEPT_OFF_MS = 60_000;

export const subscriptions: WatcherFactory = (scene): Watcher => {
  const honest = honestOf(scene);
  const plans = honest.filter(keepsSession);
  const devices = new Set(plans.map(({ id }) => id));
  /** Whose messages may be the share of somebody who is not there. */
  const team = scene.story.scene.devices.filter(isOfTeam);
  const mayBeShared = new Set(team.some(losesItsShare) ? team.map(({ id }) => id) : []);
  /** Those who have been granted more than QoS 0, which waits for nobody, and when. */
  const subscribed = new Map<string, number>();
  /** Which of their filters are to bring QoS 0 only, with the device before it. */
  const unreliable = new Set(
    plans.flatMap((plan) =>
      filtersOf(plan).flatMap(({ topic, qos = 0 }) => (qos > 0 ? [] : [`${plan.id} ${topic}`])),
    ),
  );
  /** Those whose subscription the broker was asked for since it lost its memory last, if it ever did. */
  const renewed = new Set<string>();
  let hasLostMemory = false;
  const isForgotten = (device: string): boolean => hasLostMemory && !renewed.has(device);
  /** "When the disk fails": the session that a broker without memory has begun meanwhile passes for the old one in the next run. */
  const isTakenForRenewed = (device: string): boolean =>
    isForgotten(device) && diskHasForgotten(scene, scene.now());
  /** Those that the gateway takes to be without a connection. */
  const gone = new Set<string>();
  /** Messages that the broker has given to nobody, by text. */
  const homeless = new Map<string, string>();
  /** Message ids of SUBSCRIBE, since the last UNSUBSCRIBE. */
  const asked = new Map<string, Set<number>>();
  /** Filters that a device may have a subscription to, and those that it gives up, by message id. */
  const filters = new Map<string, Set<string>>();
  const givenUp = new Map<string, Map<number, string>>();
  /** Those that the gateway was asked for last, not to give up. */
  const lastWanted = new Map<string, Set<string>>();
  /** When it gave the last one up. */
  const freeSince = new Map<string, number>();
  /** Messages for devices without any subscription, by text. */
  const unwanted = new Map<string, string>();
  /** When the gateway has come to the broker last; undefined: the broker is away. */
  let brokerUpAt: number | undefined;
  /** "Transparent": whose connection was given up with the broker away. What the session there has is not known from then on. */
  const isInDoubt = new Set<string>();
  /** Whom messages are for, by text. */
  const addressees = new Map<string, string>();
  const subacks = new AnswersOfThisLife('SUBACK');
  const unsubacks = new AnswersOfThisLife('UNSUBACK');
  const copies = new CopiesAtBroker(scene);
  const told = (_link: string, _address: string | null, data: Uint8Array): void => {
    for (const answers of [subacks, unsubacks]) answers.told(data);
  };
  return {
    // Also a copy that the network has kept back, and that comes when the device has given the subscription up.
    frameIn: (_link, address, data) => {
      const message = decode(data);
      const device = scene.ownerOf(address);
      if (device === undefined) return;
      if (message?.type === 'SUBSCRIBE') {
        // "What has waited at the broker for a subscription that was given up comes for the next one."
        const mayCome = hasLanes(scene) && !isTransparent(scene, device);
        for (const [text, whose] of unwanted)
          if (mayCome && whose === device && copies.has(text)) unwanted.delete(text);
        addTo(filters, device, topicText(message.topic));
        addTo(lastWanted, device, topicText(message.topic));
      } else if (message?.type === 'UNSUBSCRIBE') {
        lastWanted.get(device)?.delete(topicText(message.topic));
      }
    },
    frameOut: told,
    radioOut: told,
    said: (device, data) => {
      const message = decode(data);
      if (message?.type === 'CONNECT') givenUp.set(device, new Map());
      if (message?.type === 'SUBSCRIBE') {
        addTo(filters, device, topicText(message.topic));
        addTo(asked, device, message.messageId);
      }
      if (message?.type !== 'UNSUBSCRIBE') return;
      subscribed.delete(device);
      asked.delete(device);
      givenUp.get(device)?.set(message.messageId, topicText(message.topic));
    },
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type === 'SUBACK' && message.code === 0 && message.qos > 0) {
        const isLateCopy = asked.get(device)?.has(message.messageId) !== true;
        if (
          !isLateCopy &&
          (subacks.has(message.messageId) || !speakerHasForgotten(scene, scene.now()))
        )
          subscribed.set(device, scene.now());
      }
      if (message?.type !== 'UNSUBACK') return;
      // The next run may have the subscription still.
      if (!unsubacks.has(message.messageId) && speakerHasForgotten(scene, scene.now())) return;
      const filter = givenUp.get(device)?.get(message.messageId);
      if (filter !== undefined && lastWanted.get(device)?.has(filter) !== true)
        filters.get(device)?.delete(filter);
      freeSince.set(device, scene.now());
    },
    fault: (fault) => {
      if (fault.kind !== 'broker-down' || !fault.forgets) return;
      hasLostMemory = true;
      renewed.clear();
      isInDoubt.clear();
    },
    subscribed: (client, filter) => {
      const selects = sharedFilter(filter) ?? filter;
      for (const device of devices) {
        if (unreliable.has(`${device} ${filter}`)) continue;
        const isForIt = isTransparent(scene, device)
          ? client === device
          : !scene.devices.has(client);
        if (isForIt && topicMatches(selects, `down/${device}`)) renewed.add(device);
      }
    },
    wireIn: (_connection, what) => {
      const { text = '', qos } = commandIn(what) ?? {};
      // Nobody acknowledges it.
      if (qos === 0) copies.handedOver(text);
      const device = unwanted.get(text);
      if (device === undefined || !isTransparent(scene, device)) return;
      // "Transparent": what the broker has queued is kept off for a minute after it has heard that nobody wants it.
      const heardAt = Math.max(brokerUpAt ?? scene.now(), freeSince.get(device) ?? 0);
      if (scene.now() > heardAt + KEPT_OFF_MS || isInDoubt.has(device)) unwanted.delete(text);
    },
    notice: (notice) => {
      if (notice.notice === 'broker') brokerUpAt = notice.up ? scene.now() : undefined;
      if (notice.notice === 'transition') {
        if (notice.to === 'DISCONNECTED' || notice.to === 'LOST') {
          gone.add(notice.client);
          if (brokerUpAt === undefined) isInDoubt.add(notice.client);
        } else if (notice.to === 'ACTIVE') gone.delete(notice.client);
      }
      // A clock that was set forward by a day makes it so.
      if (notice.notice === 'forgotten' && clockIsAhead(scene)) subscribed.delete(notice.client);
    },
    life: (is) => {
      for (const answers of [subacks, unsubacks]) answers.life(is);
      if (is !== 'killed' && is !== 'ended') return;
      // It may come back as what it was before.
      if (is === 'killed') gone.clear();
      if (brokerUpAt === undefined) for (const device of devices) isInDoubt.add(device);
      brokerUpAt = undefined;
      for (const [device, at] of subscribed) {
        if (diskHasForgotten(scene, at) || isTakenForRenewed(device)) subscribed.delete(device);
      }
      for (const [device, at] of freeSince) {
        if (!diskHasForgotten(scene, at)) continue;
        for (const [text, whose] of unwanted) if (whose === device) unwanted.delete(text);
        filters.delete(device);
      }
    },
    published: ({ topic, text, qos, retain }) => {
      const device = whoseCommands(topic);
      if (device !== undefined) addressees.set(text, device);
      if (device === undefined || !devices.has(device)) return;
      // A retained one comes with the next SUBSCRIBE.
      if (filters.get(device)?.size === 0 && !retain) unwanted.set(text, device);
      const isWanted = subscribed.has(device) && !isForgotten(device);
      if (isWanted && qos > 0 && !mayBeShared.has(device)) homeless.set(text, device);
    },
    queued: (_client, { topic, payload }) => {
      homeless.delete(textOf(payload));
      copies.queued(textOf(payload), topic);
    },
    handedOver: (_client, { payload }) => copies.handedOver(textOf(payload)),
    settled: () => {
      // The number that a subscription is asked for with waits for the disk.
      if (diskLags(scene)) return;
      for (const plan of plans) {
        const { id } = plan;
        if (!subscribed.has(id) || !isForgotten(id) || rebootsByItself(plan)) continue;
        // A device with a connection of its own is back at the broker when it is back at the gateway.
        if (gone.has(id) && isTransparent(scene, id)) continue;
        if (scene.devices.get(id)?.state === 'disconnected') continue;
        scene.report(
          `${id} has subscribed, and a broker that has lost its memory is not asked again`,
        );
      }
    },
    finish: () => {
      for (const [text, device] of unwanted) {
        const { received = [] } = scene.devices.get(device)?.ledger ?? {};
        if (received.some(({ payload }) => textOf(payload) === text))
          scene.report(`${device} has given its subscriptions up, and got "${text}"`);
      }
      for (const [text, device] of homeless) {
        scene.report(`${device} has subscribed, and at the broker "${text}" goes to nobody`);
      }
      for (const { id } of honest.filter((plan) => !isOfTeam(plan))) {
        for (const { payload } of scene.devices.get(id)?.ledger.received ?? []) {
          const text = textOf(payload);
          const addressee = addressees.get(text) ?? id;
          if (addressee !== id) scene.report(`${id} got "${text}", which is for ${addressee}`);
        }
      }
    },
  };
};
