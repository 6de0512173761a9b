/**
 * What a device does not answer is sent again, after `retry.interval` and `retry.count` times: no sooner, and no more often before
 * the device speaks again (7.2). A PUBLISH carries DUP then, and only then, or when an earlier run may have sent it.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskHasForgotten, honestOf } from './excuses/index.js';
import { commandIn, durationMs, keepsSession, Places, settingsOf, textOf } from './support.js';

/** What the gateway's timers and its clock may differ by. */
const SLACK_MS = 20;

/** Why a device is ACTIVE in a new connection. */
const CONNECTED = 'connected';

class Account {
  /** What it was sent since its latest sign of life: how often, and when last. */
  readonly unanswered = new Map<string, { times: number; at: number }>();
  /** The PUBLISHs of its session. */
  readonly published = new Map<string, number>();
}

export const retries: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene);
  const accounts = new Map(plans.map(({ id }) => [id, new Account()]));
  const places = new Places();
  /** In which run a text came from the broker first. */
  const cameIn = new Map<string, number>();
  /** Who asks for a session that begins anew, and has it once the broker lets it in. */
  const beginning = new Set<string>();
  let run = 0;

  const demandPause = (device: string, account: Account, message: Repeatable): void => {
    const { interval, count } = settingsOf(scene, device, 'retry');
    const [key, at] = [keyOf(message), scene.now()];
    const before = account.unanswered.get(key);
    const times = (before?.times ?? 0) + 1;
    account.unanswered.set(key, { times, at });
    if (before === undefined) return;
    const sinceMs = at - before.at;
    if (times > count + 1)
      scene.report(`${device}: ${key} was sent ${times} times, and it has not said a word`);
    if (sinceMs < durationMs(interval) - SLACK_MS)
      scene.report(`${device}: ${key} was repeated after ${sinceMs} ms`);
  };

  const demandDup = (device: string, { published }: Account, message: Publish): void => {
    const key = keyOf(message);
    const isRepeat = published.has(key);
    published.set(key, scene.now());
    const isOfThisRun = cameIn.get(textOf(message.payload)) === run;
    if (isRepeat && !message.dup) scene.report(`${device}: ${key} was repeated without DUP`);
    if (!isRepeat && message.dup && isOfThisRun)
      scene.report(`${device}: ${key} had DUP when it was sent first`);
  };

  const comes = (link: string, address: string, data: Uint8Array): void => {
    const account = accounts.get(places.clientAt(link, address));
    account?.unanswered.clear();
    const message = decode(data);
    if (message?.type !== 'CONNECT') return;
    if (message.cleanSession) beginning.add(message.clientId);
    else beginning.delete(message.clientId);
  };
  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    const device = places.clientAt(link, address);
    const [account, message] = [accounts.get(device), decode(data)];
    if (account === undefined || !isRepeatable(message)) return;
    demandPause(device, account, message);
    if (message.type === 'PUBLISH') demandDup(device, account, message);
  };
  return {
    frameIn: comes,
    radioIn: comes,
    frameOut: goes,
    radioOut: goes,
    wireIn: (_connection, what) => {
      const { text } = commandIn(what) ?? {};
      if (text !== undefined && !cameIn.has(text)) cameIn.set(text, run);
    },
    notice: (notice) => {
      if (notice.notice === 'forgotten') accounts.get(notice.client)?.published.clear();
      if (notice.notice !== 'transition' && notice.notice !== 'roamed') return;
      const { link, address, client } = notice;
      if (notice.notice === 'transition' && notice.why === CONNECTED && beginning.delete(client))
        accounts.get(client)?.published.clear();
      // It has spoken from elsewhere.
      if (places.clientAt(link, address) !== client) accounts.get(client)?.unanswered.clear();
      places.notice(notice);
    },
    life: (is) => {
      if (is !== 'begins') return;
      run += 1;
      for (const plan of plans) {
        const { unanswered, published } = accounts.get(plan.id) ?? new Account();
        unanswered.clear();
        // Another message may have the same id then.
        for (const [key, at] of published)
          if (!keepsSession(plan) || diskHasForgotten(scene, at)) published.delete(key);
      }
    },
  };
};

type Publish = Extract<SnMessage, { type: 'PUBLISH' }>;
type Repeatable = Publish | Extract<SnMessage, { type: 'REGISTER' | 'PUBREL' }>;

/** What the gateway says of its own accord, and wants an answer to. */
const isRepeatable = (message: SnMessage | undefined): message is Repeatable =>
  message?.type === 'REGISTER' ||
  message?.type === 'PUBREL' ||
  (message?.type === 'PUBLISH' && message.qos > 0);

function keyOf(message: Repeatable): string {
  const { type, messageId } = message;
  const text =
    type === 'PUBLISH' ? textOf(message.payload) : type === 'REGISTER' ? message.name : '';
  return `${type} ${messageId} ${text}`.trimEnd();
}
