/** A sleeper that wakes up gets `sleep.per_wake` messages at most before it may sleep again, and `sleep.gap` between two of them. */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf } from './excuses/index.js';
import { durationMs, Places, settingsOf, textOf } from './support.js';

/** What the gateway's timers and its clock may differ by. */
const SLACK_MS = 20;

/** What a device has got since it woke up. */
class WakeUp {
  readonly texts = new Set<string>();
  latest = '';
  latestAt = Number.NEGATIVE_INFINITY;
}

export const pace: WatcherFactory = (scene): Watcher => {
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  const places = new Places();
  const wakeUps = new Map<string, WakeUp>();

  const demand = (device: string, wakeUp: WakeUp, text: string): void => {
    const { per_wake: most, gap } = settingsOf(scene, device, 'sleep');
    const sinceMs = scene.now() - wakeUp.latestAt;
    if (text !== wakeUp.latest && sinceMs < durationMs(gap) - SLACK_MS)
      scene.report(`${device} got its next message ${sinceMs} ms after the one before`);
    wakeUp.latest = text;
    wakeUp.latestAt = scene.now();
    wakeUp.texts.add(text);
    if (wakeUp.texts.size > most)
      scene.report(`${device} got ${wakeUp.texts.size} messages in one wake-up`);
  };

  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    const device = places.clientAt(link, address);
    const [wakeUp, message] = [wakeUps.get(device), decode(data)];
    if (message?.type === 'PUBLISH' && wakeUp !== undefined)
      demand(device, wakeUp, textOf(message.payload));
  };
  return {
    frameOut: goes,
    radioOut: goes,
    notice: (notice) => {
      places.notice(notice);
      if (notice.notice !== 'transition' || !honest.has(notice.client)) return;
      // A wake-up's last frames may leave after it has been told that it is over.
      if (notice.to === 'AWAKE') wakeUps.set(notice.client, new WakeUp());
      else if (notice.to !== 'ASLEEP') wakeUps.delete(notice.client);
    },
    life: (is) => {
      if (is === 'begins') wakeUps.clear();
    },
  };
};
