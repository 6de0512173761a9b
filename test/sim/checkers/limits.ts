/**
 * The law's air time, what MQTT demands of a client, the bound of a sleep buffer, and what is left behind when everything
 * has settled.
 */
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  clockIsAhead,
  diskLags,
  honestOf,
  isCutOff,
  isTransparent,
  renewsTooOften,
  waitsForConnection,
} from './excuses/index.js';
import {
  allowanceMs,
  BEGINNING,
  HOUR_MS,
  messageRecordsMax,
  isLimited,
  whoseCommands,
  UNDER_WAY,
} from './support.js';

/** What is added up of many frames is not exact to the last digit. */
const ROUNDING_MS = 0.001;

/** QoS 2 messages that a device has begun and never finished, as it may when it reboots. */
const UNFINISHED_MAX = 32;

/** Of these, a device's own. */
const OF_ITS_CONNECTION = ['ui', 'uo', 'up'];

export const limits: WatcherFactory = (scene): Watcher => {
  /** Of each device, as the gateway has last told. */
  const states = new Map<string, StateName>();
  /** Whose exchanges with the broker may have to wait for a connection. */
  const waiting = new Set<string>();
  /** What a journal begins with counts for an hour: the modems' worst hours until then, if the world lasts for longer. */
  let firstHour: ReturnType<typeof scene.worstHours> | undefined;
  const demandAir = (worst: ReturnType<typeof scene.worstHours>, share: number): void => {
    if (!isLimited(scene) || clockIsAhead(scene)) return;
    for (const { modem, airTimeMs } of worst)
      if (airTimeMs > allowanceMs(scene) * share + ROUNDING_MS)
        scene.report(`${modem} was ${Math.round(airTimeMs)} ms on the air in one hour`);
  };
  return {
    radioOut: () => {
      if (scene.now() >= HOUR_MS) firstHour ??= scene.worstHours();
    },
    notice: (notice) => {
      if (notice.notice !== 'transition') return;
      // A CONNECT that comes to nothing leaves it as it was, also where the process has ended with it.
      if (notice.to !== 'CONNECTING') states.set(notice.client, notice.to);
    },
    life: (is) => {
      // What the disk does not know, nobody is told of again.
      if (is === 'begins' && scene.lostMemory.length > 0) states.clear();
    },
    settled: () => {
      const planned = scene.story.scene.devices.map(({ id }) => id);
      for (const client of [...planned, ...states.keys()]) {
        if (waitsForConnection(scene, client, states.get(client))) waiting.add(client);
      }
    },
    violated: (client, what) => {
      if (!isCutOff(scene)) scene.report(`${client} ${what}`);
    },
    handedOver: (_client, { topic }) => {
      const device = whoseCommands(topic);
      if (device === undefined || diskLags(scene)) return;
      const kept = scene.records().filter((key) => key.startsWith(`d\0${device}\0`)).length;
      if (kept > messageRecordsMax(scene, device))
        scene.report(`${device}: ${kept} messages are kept for it`);
    },
    finish: () => {
      demandAir(firstHour ?? scene.worstHours(), 1 - BEGINNING);
      demandAir(scene.worstHours(), 1);
      // A record of the outbox does not name its device: it may be that of a hostile one.
      const honest = new Set(honestOf(scene).map(({ id }) => id));
      const hostileWait = [...waiting].some((client) => !honest.has(client));
      // Who listens to its own will, as nobody of good will does, has it on its way when it is lost.
      const mayWait = (owner: string): boolean =>
        waiting.has(owner) || (!honest.has(owner) && isTransparent(scene, owner));
      const isExcused = (kind: string, owner: string): boolean =>
        kind === 'o'
          ? hostileWait
          : (OF_ITS_CONNECTION.includes(kind) && mayWait(owner)) ||
            (kind === 'ui' && renewsTooOften(scene, owner));
      const left = scene.records().filter((key) => {
        const [kind = '', owner = ''] = key.split('\0');
        return UNDER_WAY.has(kind) && !isExcused(kind, owner);
      });
      // Of hostile devices, and whom they speak for, only the bound holds that there is for all.
      for (const id of honest) {
        const open = scene.records().filter((key) => key.startsWith(`i\0${id}\0`)).length;
        if (open > UNFINISHED_MAX) scene.report(`${id}: ${open} QoS 2 messages are open`);
      }
      if (left.length > 0)
        scene.report(`still under way: ${left.map((key) => key.replaceAll('\0', ' ')).join(', ')}`);
    },
  };
};
