/**
 * PINGRESP is the last that a sleeper on a radio hears of its wake-up (6.14): what the gateway had for it before comes before it on the
 * air, too, or never. Answers to what the device has asked meanwhile are of another rank ("What goes first").
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf, modemMayHold, waitsForDiskOnAir } from './excuses/index.js';
import { Places } from './support.js';

/** What the gateway says of its own accord. */
const DELIVERIES = new Set<SnMessage['type']>(['REGISTER', 'PUBLISH', 'PUBREL']);

/** So long a datagram may be under way, where it is not more by the story. */
const UNDER_WAY_MS = 1000;

class WakeUp {
  /** What the link was given; and of that, what came before PINGRESP. */
  readonly given = new Set<string>();
  due: ReadonlySet<string> = new Set();
  /** The device has heard PINGRESP, and has not said a word since. */
  isOver = false;

  constructor(readonly beganAt: number) {}
}

export const lastWord: WatcherFactory = (scene): Watcher => {
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  const places = new Places();
  const wakeUps = new Map<string, WakeUp>();
  /** When a datagram with PINGRESP has gone to a device: who is heard on two links is given one on each. */
  const endedElsewhereAt = new Map<string, number>();
  const mayBeFromElsewhere = (device: string): boolean => {
    const sinceMs = scene.now() - (endedElsewhereAt.get(device) ?? Number.NEGATIVE_INFINITY);
    return sinceMs <= Math.max(scene.story.lan.delayMs[1], UNDER_WAY_MS);
  };
  return {
    notice: (notice) => {
      places.notice(notice);
      if (notice.notice !== 'transition') return;
      const { client, to } = notice;
      if (to === 'AWAKE' && honest.has(client)) wakeUps.set(client, new WakeUp(scene.now()));
      // Words that a network has held back may make it so: who listens all the time has no last word.
      else if (to !== 'ASLEEP') wakeUps.delete(client);
    },
    radioOut: (link, address, data) => {
      const wakeUp = wakeUps.get(places.clientAt(link, address));
      const { type } = decode(data) ?? {};
      if (wakeUp === undefined || type === undefined) return;
      if (type === 'PINGRESP') wakeUp.due = new Set(wakeUp.given);
      else if (DELIVERIES.has(type)) wakeUp.given.add(data.join());
    },
    frameOut: (link, address, data) => {
      if (decode(data)?.type === 'PINGRESP')
        endedElsewhereAt.set(places.clientAt(link, address), scene.now());
    },
    said: (device) => {
      const wakeUp = wakeUps.get(device);
      if (wakeUp !== undefined) wakeUp.isOver = false;
    },
    heard: (device, data) => {
      const wakeUp = wakeUps.get(device);
      if (wakeUp === undefined || decode(data)?.type !== 'PINGRESP') return;
      if (!mayBeFromElsewhere(device)) wakeUp.isOver = true;
    },
    missed: (device, data) => {
      const { isOver, due, beganAt } = wakeUps.get(device) ?? new WakeUp(scene.now());
      if (!isOver || !due.has(data.join())) return;
      if (!waitsForDiskOnAir(scene) && !modemMayHold(scene, beganAt))
        scene.report(`${device}: ${decode(data)?.type} came behind PINGRESP`);
    },
    life: (is) => {
      if (is === 'begins') wakeUps.clear();
    },
  };
};
