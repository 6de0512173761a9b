/**
 * A message to a device that is dropped has the reason that is told: ages, policies and what devices say, as the ledgers have them, agree
 * with it. (`lossDown` believes reasons. That a buffer is full is the business of `drops`, and whom it loses that of `victims`.)
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { MessageDrop } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { clockIsAhead, goesWithEnd, honestOf } from './excuses/index.js';
import { bufferPolicy, bufferedForMs, commandIn } from './support.js';
import { ToldStates, isConnected } from './told-states.js';

interface Drop {
  client: string;
  topic: string;
  /** How many of its topic were dropped for that reason, with this one. */
  count: number;
}

interface Told {
  reason: MessageDrop;
  client?: string;
  topic?: string;
}

/** Says why it cannot be so; undefined: it can. */
type Judge = (drop: Drop) => string | undefined;

export const reasonsDown: WatcherFactory = (scene): Watcher => {
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  const told = new ToldStates();
  /** By topic, when the broker has sent a command, also one that it had sent before. */
  const commands = new Map<string, number[]>();
  /** By device, reason and topic, when drops were told. */
  const toldAt = new Map<string, number[]>();
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
      const old = (commands.get(topic) ?? []).filter((at) => at <= scene.now() - ageMs).length;
      if (count <= old || clockIsAhead(scene)) return undefined;
      return `${old} have waited for ${ageMs} ms`;
    },
    'replaced-by-newer': ({ client, topic, count }) => {
      const policy = bufferPolicy(scene, client);
      if (policy !== 'newest-per-topic') return `the policy is ${policy}`;
      const came = commands.get(topic) ?? [];
      if (count >= came.length) return `${came.length} have come`;
      return (came.at(-1) ?? 0) < scene.now() - COMES_IN_MS ? 'none has come' : undefined;
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
  const judge = ({ reason, client = '', topic = '' }: Told): void => {
    if (!honest.has(client)) return;
    const key = `${client} ${reason} ${topic}`;
    const times = [...(toldAt.get(key) ?? []), scene.now()];
    toldAt.set(key, times);
    const objection = judges[reason]?.({ client, topic, count: times.length });
    if (objection !== undefined)
      scene.report(`${client}: a message was dropped as ${reason}, and ${objection}`);
  };
  return {
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'drop' && notice.what === 'downlink') judge(notice);
    },
    life: (is) => {
      told.life(is);
      if (is !== 'killed' && is !== 'ended') return;
      // What was dropped then waits again, and is dropped again.
      const isForgotten = goesWithEnd(scene, is);
      for (const [key, times] of toldAt)
        toldAt.set(
          key,
          times.filter((at) => !isForgotten(at)),
        );
    },
    wireIn: (_connection, what) => {
      const command = commandIn(what);
      if (command === undefined) return;
      const topic = `down/${command.device}`;
      commands.set(topic, [...(commands.get(topic) ?? []), scene.now()]);
    },
    frameIn: heard,
    radioIn: heard,
  };
};

/** From the broker's connection into a buffer. */
const COMES_IN_MS = 100;
