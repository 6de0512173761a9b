/**
 * The law's air time, what MQTT demands of a client, the bound of a sleep buffer, and what is left behind when everything
 * has settled.
 */
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { clockIsAhead, diskLags, honestOf, isCutOff, waitsForConnection } from './excuses.js';
import { allowanceMs, bufferMax, whoseCommands } from './support.js';

/** How the client ids of the gateway's own connections begin. */
const GATEWAY = 'mqttsn-';

/** Records of what is under way: none is left when everything has settled. */
const UNDER_WAY = ['ui', 'uo', 'up', 'uw', 'o'];

/** QoS 2 messages that a device has begun and never finished, as it may when it reboots. */
const UNFINISHED_MAX = 32;

/** Records of messages that the device has had, or that had to go, and that the disk has still to delete. */
const DELETIONS_MAX = 3;

/** Of these, a device's own. */
const OF_ITS_CONNECTION = ['ui', 'uo', 'up'];

export const limits: WatcherFactory = (scene): Watcher => {
  /** Of each device, as the gateway has last told. */
  const states = new Map<string, StateName>();
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  const hasHostile = scene.story.scene.devices.some(({ kind }) => kind === 'hostile');
  /** Hostile devices speak under any name but those of the honest and the gateway's own, and leave when they like. */
  const isHostile = (owner: string): boolean =>
    hasHostile && !honest.has(owner) && owner !== '' && !owner.startsWith(GATEWAY);
  /** Whose exchanges with the broker may have to wait for a connection. */
  const waiting = new Set<string>();
  return {
    notice: (notice) => {
      if (notice.notice === 'transition') states.set(notice.client, notice.to);
    },
    settled: () => {
      for (const plan of scene.story.scene.devices) {
        if (waitsForConnection(scene, plan, states.get(plan.id))) waiting.add(plan.id);
      }
    },
    violated: (client, what) => {
      if (!isCutOff(scene)) scene.report(`${client} ${what}`);
    },
    handedOver: (_client, { topic }) => {
      const device = whoseCommands(topic);
      if (device === undefined || diskLags(scene)) return;
      const kept = scene.records().filter((key) => key.startsWith(`d\0${device}\0`)).length;
      if (kept > bufferMax(scene, device) + DELETIONS_MAX)
        scene.report(`${device}: ${kept} messages are kept for it`);
    },
    finish: () => {
      for (const { modem, airTimeMs } of scene.worstHours()) {
        if (airTimeMs > allowanceMs(scene) && !clockIsAhead(scene)) {
          scene.report(`${modem} was ${Math.round(airTimeMs)} ms on the air in one hour`);
        }
      }
      const left = scene.records().filter((key) => {
        const [kind = '', owner = ''] = key.split('\0');
        return (
          UNDER_WAY.includes(kind) &&
          !(OF_ITS_CONNECTION.includes(kind) && (waiting.has(owner) || isHostile(owner)))
        );
      });
      // Of hostile devices, and whom they speak for, only the bound holds that there is for all.
      for (const { id } of honestOf(scene)) {
        const open = scene.records().filter((key) => key.startsWith(`i\0${id}\0`)).length;
        if (open > UNFINISHED_MAX) scene.report(`${id}: ${open} QoS 2 messages are open`);
      }
      if (left.length > 0)
        scene.report(`still under way: ${left.map((key) => key.replaceAll('\0', ' ')).join(', ')}`);
    },
  };
};
