/**
 * A message to a device that is dropped has the reason that is told: ages, policies and what devices say, as the ledgers have them, agree
 * with it. (`lossDown` believes reasons. That a buffer is full is the business of `drops`, and whom it loses that of `victims`.)
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { MessageDrop } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { DropReasons, type Judge } from './drop-reasons.js';
import { clockIsAhead } from './excuses/index.js';
import { bufferPolicy, bufferedForMs, topicIn } from './support.js';
import { ToldStates, isConnected } from './told-states.js';

export const reasonsDown: WatcherFactory = (scene): Watcher => {
  const told = new ToldStates();
  /** By topic, when the broker has sent something, also what it had sent before. */
  const came = new Map<string, number[]>();
  /** Who has refused a name, or a message. */
  const refusers = { REGACK: new Set<string>(), PUBACK: new Set<string>() };

  const heard = (link: string, address: string, data: Uint8Array): void => {
    const message = decode(data);
    if ((message?.type !== 'REGACK' && message?.type !== 'PUBACK') || message.code === 0) return;
    for (const client of told.holdersOf(link, address)) refusers[message.type].add(client);
  };
  const refused =
    (answer: keyof typeof refusers): Judge =>
    ({ client }) =>
      refusers[answer].has(client) ? undefined : 'it has refused none';

  const judges: Partial<Record<MessageDrop, Judge>> = {
    expired: ({ client, topic, count }) => {
      const ageMs = bufferedForMs(scene, client);
      const old = (came.get(topic ?? '') ?? []).filter((at) => at <= scene.now() - ageMs).length;
      if (count <= old || clockIsAhead(scene)) return undefined;
      return `${old} have waited for ${ageMs} ms`;
    },
    'replaced-by-newer': ({ client, topic, count }) => {
      const policy = bufferPolicy(scene, client);
      if (policy !== 'newest-per-topic') return `the policy is ${policy}`;
      const times = came.get(topic ?? '') ?? [];
      if (count >= times.length) return `${times.length} have come`;
      return (times.at(-1) ?? 0) < scene.now() - COMES_IN_MS ? 'none has come' : undefined;
    },
    'device-offline': ({ client }) => {
      const state = told.of(client);
      return isConnected(state) ? `it is ${state}` : undefined;
    },
    'topic-refused-by-device': refused('REGACK'),
    'message-refused-by-device': refused('PUBACK'),
    'too-big-for-device': () => 'none is so long',
    'topic-ids-exhausted': () => 'nobody needs so many',
  };
  const drops = new DropReasons(scene, judges, 'topic');
  return {
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'drop' && notice.what === 'downlink') drops.told(notice);
    },
    life: (is) => {
      told.life(is);
      drops.life(is);
    },
    wireIn: (_connection, what) => {
      const topic = topicIn(what);
      if (topic !== undefined) came.set(topic, [...(came.get(topic) ?? []), scene.now()]);
    },
    frameIn: heard,
    radioIn: heard,
  };
};

/** From the broker's connection into a buffer. */
const COMES_IN_MS = 100;
