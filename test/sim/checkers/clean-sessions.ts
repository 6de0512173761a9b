/**
 * A session that ends with its connection is one while it lasts: what the gateway acknowledges to the broker for a device with
 * CleanSession=1 that has heard SUBACK and stays connected, the device gets, unless a notice names the drop. A sleeper has it when PINGRESP
 * ends the next wake-up; to whoever is awake nothing of it waits for long while nothing else is on its way.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf, takesFew } from './excuses/index.js';
import { isNamed } from './loss-down.js';
import {
  type DevicePlan,
  AnswersOfThisLife,
  filtersOf,
  isOfTeam,
  keepsSession,
  periodMs,
  retriesMs,
  textOf,
  whoseCommands,
} from './support.js';
import { ToldStates, isConnected } from './told-states.js';

const IS_DELIVERY: ReadonlySet<SnMessage['type']> = new Set(['REGISTER', 'PUBLISH', 'PUBREL']);

/** What a connection is owed. */
class Account {
  /** Requests to subscribe that were not answered. */
  readonly asked = new Set<number>();
  isSubscribed = false;
  /** Published since SUBACK: what is older may be for nobody. */
  readonly fresh = new Set<string>();
  /** By text, what the device has not heard, and when it was acknowledged to the broker. */
  readonly owed = new Map<string, number>();
  /** Drops that were told. */
  named = 0;
  /** When it was sent something of a delivery. */
  triedAt = 0;
  wokeAt: number | undefined;

  missing(isIt: (at: number) => boolean): string[] {
    const texts = [...this.owed].filter(([, at]) => isIt(at)).map(([text]) => text);
    return texts.length > this.named ? texts : [];
  }
}

export const cleanSessions: WatcherFactory = (scene): Watcher => {
  const hasTeam = scene.story.scene.devices.some(isOfTeam);
  // Of several filters one brings copies that are for nobody.
  const plans = honestOf(scene).filter(
    (plan) => !keepsSession(plan) && !hasTeam && filtersOf(plan).length < 2,
  );
  const accounts = new Map(plans.map(({ id }) => [id, new Account()]));
  const told = new ToldStates();
  /** Links on which the air of the hour is all but used up. */
  const crowded = new Set<string>();
  const subacks = new AnswersOfThisLife('SUBACK');
  const accountOf = (device: string): Account => accounts.get(device) ?? new Account();
  const beginAnew = (device: string): void => {
    if (accounts.has(device)) accounts.set(device, new Account());
  };

  const holdersOf = (link: string, address: string): DevicePlan[] => {
    const holders = told.holdersOf(link, address);
    return plans.filter(({ id }) => holders.includes(id));
  };
  /** The device has spoken, and is answered. */
  const judge = (plan: DevicePlan): void => {
    const account = accountOf(plan.id);
    const { wokeAt, triedAt } = account;
    account.wokeAt = undefined;
    // A delivery that nobody has answered is resumed when the device speaks.
    const idleSince = scene.now() - periodMs(plan) - retriesMs(plan);
    const missing = account.missing((at) =>
      wokeAt === undefined ? triedAt < at && at < idleSince : at < wokeAt,
    );
    if (missing.length === 0 || (wokeAt !== undefined && takesFew(scene, plan))) return;
    scene.report(`${plan.id} hears PINGRESP, and never got ${missing.join(', ')}`);
  };

  const sent = (link: string, address: string | null, data: Uint8Array): void => {
    subacks.told(data);
    const message = decode(data);
    for (const plan of address === null ? [] : holdersOf(link, address)) {
      if (message !== undefined && IS_DELIVERY.has(message.type))
        accountOf(plan.id).triedAt = scene.now();
      // Where there is air for answers only, what else there is waits for it.
      if (message?.type === 'PINGRESP' && !crowded.has(link)) judge(plan);
    }
  };
  return {
    published: ({ topic, text }) => {
      const account = accounts.get(whoseCommands(topic) ?? '');
      if (account?.isSubscribed === true) account.fresh.add(text);
    },
    handedOver: (_client, { topic, payload }) => {
      const { fresh, owed } = accounts.get(whoseCommands(topic) ?? '') ?? {};
      const text = textOf(payload);
      if (fresh?.delete(text) === true) owed?.set(text, scene.now());
    },
    said: (device, data) => {
      const message = decode(data);
      const isEnd = message?.type === 'DISCONNECT' && message.durationSec === undefined;
      const isChange = message?.type === 'SUBSCRIBE' || message?.type === 'UNSUBSCRIBE';
      if (message?.type === 'CONNECT' || isEnd || isChange) beginAnew(device);
      if (message?.type === 'SUBSCRIBE') accounts.get(device)?.asked.add(message.messageId);
    },
    heard: (device, data) => {
      const [account, message] = [accounts.get(device), decode(data)];
      if (account === undefined) return;
      if (message?.type === 'PUBLISH') {
        for (const texts of [account.fresh, account.owed]) texts.delete(textOf(message.payload));
      }
      if (message?.type !== 'SUBACK' || message.code !== 0 || message.qos === 0) return;
      const { messageId } = message;
      if (account.asked.has(messageId) && subacks.has(messageId)) account.isSubscribed = true;
    },
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'drop' && notice.what === 'downlink' && isNamed(notice.reason)) {
        const account = accounts.get(notice.client ?? '');
        if (account !== undefined) account.named += 1;
      }
      // What the law keeps from it waits until it speaks when there is air again.
      if (notice.notice === 'drop' && notice.reason === 'air-time-used-up')
        beginAnew(notice.client ?? '');
      if (notice.notice === 'link-congestion') {
        if (notice.isOver) crowded.delete(notice.link);
        else crowded.add(notice.link);
      }
      if (notice.notice !== 'transition') return;
      if (!isConnected(notice.to)) beginAnew(notice.client);
      const account = accounts.get(notice.client);
      if (account === undefined || notice.to === 'ASLEEP') return;
      account.wokeAt = notice.to === 'AWAKE' ? scene.now() : undefined;
    },
    life: (is) => {
      told.life(is);
      subacks.life(is);
      if (is === 'killed' || is === 'ended')
        for (const device of accounts.keys()) beginAnew(device);
    },
    frameOut: sent,
    radioOut: sent,
  };
};
