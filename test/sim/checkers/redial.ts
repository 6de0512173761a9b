/**
 * Who has lost the broker, or is refused by it, waits longer and longer before it tries again: no client of the gateway's dials more
 * often in a minute than its back-off allows. That of a transparent device may begin anew with each of its words.
 */
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf, isTransparent } from './excuses/index.js';
import { WirePackets } from './wire-packets.js';

const MINUTE_MS = 60_000;

/** The pauses between them are 0.5 s, 1, 2, 4, 8, 16 and then 30 s, or half of that by chance. */
const ATTEMPTS_MAX = 9;

/** An attempt may be two: the other version of MQTT, or a clean session first, comes at once. */
const DIALS_MAX = 2;

/** Client ids of the gateway's own connections. */
const OWN = /^mqttsn-sim(-\d+)?$/;

export const redial: WatcherFactory = (scene): Watcher => {
  const honest = new Set(
    honestOf(scene).flatMap(({ id }) => (isTransparent(scene, id) ? [id] : [])),
  );
  /** Of each client, in the latest minute. */
  const dials = new Map<string, number[]>();
  const words = new Map<string, number[]>();
  const remember = (where: Map<string, number[]>, client: string): number => {
    const now = scene.now();
    const recent = [...(where.get(client) ?? []).filter((at) => at > now - MINUTE_MS), now];
    where.set(client, recent);
    return recent.length;
  };
  const packets = new WirePackets(({ cmd }, client) => {
    if (cmd !== 'connect' || !(honest.has(client) || OWN.test(client))) return;
    const count = remember(dials, client);
    const said = words.get(client)?.length ?? 0;
    const most = DIALS_MAX * (ATTEMPTS_MAX + said);
    if (count > most) scene.report(`${client} has dialled the broker ${count} times in a minute`);
  });
  return {
    said: (device) => void remember(words, device),
    wireOut: (connection, what) => packets.wireOut(connection, what),
    life: (is) => {
      if (is === 'begins') dials.clear();
    },
  };
};
