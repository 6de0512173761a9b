/**
 * Nothing is sent to a device that sleeps or has said good-bye: what the gateway says last is the answer to DISCONNECT, or
 * PINGRESP, and after that nothing until the device speaks again (6.12, 6.14). Seen at the gateway's end of the
 * network, because a modem has a queue of its own.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import { diskHasForgotten, diskTakesLazilyMs, honestOf } from './excuses/index.js';
import type { Watcher, WatcherFactory } from '../watcher.js';

type Answer = 'DISCONNECT' | 'PINGRESP';

/** To what a device asks. */
const ANSWERS = new Set<SnMessage['type']>([
  'REGACK',
  'PUBACK',
  'PUBREC',
  'PUBCOMP',
  'SUBACK',
  'UNSUBACK',
]);

export const sleep: WatcherFactory = (scene): Watcher => {
  /** Who has spoken from an address; only by it the gateway knows whose DISCONNECT it is. */
  const clients = new Map<string, string>();
  /** Whose wish to sleep was answered, and when. A device that had moved before is a stranger with it, and passes for awake. */
  const sleepers = new Map<string, number>();
  /** What an address has asked for that lets it sleep, as often as it may be answered, and as often as it was asked for. */
  const asked = new Map<string, { answer: Answer; times: number; wishes: number }>();
  /** Answers to DISCONNECT that are still to come when the device says CONNECT: they wait for the disk, and let nobody sleep. */
  const overtaken = new Map<string, number>();
  const asleep = new Map<string, { since: Answer; at: number }>();
  /** Requests without an answer: a copy that the network has made may be answered when the device is asleep already. */
  const open = new Map<string, number>();
  /** Answers that were given; a process that is killed may not have it on disk that an exchange is over. */
  const given: { address: string; at: number }[] = [];
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  const isOfHonest = (address: string): boolean => honest.has(scene.ownerOf(address) ?? '');
  return {
    frameIn: (_link, address, data) => {
      if (!isOfHonest(address)) return;
      const message = decode(data);
      if (message !== undefined && 'clientId' in message && message.clientId !== '') {
        clients.set(address, message.clientId);
      }
      // What it has asked for before lets it sleep no more.
      if (message?.type === 'CONNECT') {
        sleepers.delete(message.clientId);
        const before = asked.get(address);
        if (before?.answer === 'DISCONNECT')
          overtaken.set(address, (overtaken.get(address) ?? 0) + before.wishes);
        asked.delete(address);
      }
      const answer = answerOf(message);
      if (message?.type === 'CONNECT') open.delete(address);
      else if (answer === undefined) open.set(address, (open.get(address) ?? 0) + 1);
      const before = asked.get(address);
      asleep.delete(address);
      if (answer === undefined) {
        // To a device that is just saying good-bye it may be that of a stranger, who hears DISCONNECT as well.
        if (before?.answer === 'DISCONNECT') before.times += 1;
        return;
      }
      // Each DISCONNECT is answered, repeats too; all PINGREQ of one wake-up together.
      if (answer === 'DISCONNECT' && before?.answer === answer) {
        before.times += 1;
        before.wishes += 1;
      } else asked.set(address, { answer, times: 1, wishes: 1 });
    },
    radioIn: (_link, _address, data) => {
      const message = decode(data);
      // Of one that roams: it is awake, until it says good-night again.
      if (message?.type === 'CONNECT') sleepers.delete(message.clientId);
    },
    notice: (notice) => {
      if (notice.notice !== 'roamed') return;
      // At the address it had it is a stranger, and passes for awake.
      for (const [address, client] of clients)
        if (client === notice.client && address !== notice.address) clients.delete(address);
    },
    life: (is) => {
      asked.clear();
      overtaken.clear();
      if (is !== 'killed' && is !== 'ended') return;
      const since = scene.now() - diskTakesLazilyMs(scene);
      const again = is === 'killed' ? given.filter(({ at }) => at >= since) : [];
      for (const { address } of again) open.set(address, (open.get(address) ?? 0) + 1);
      for (const [client, at] of sleepers) if (diskHasForgotten(scene, at)) sleepers.delete(client);
      for (const [address, { at }] of asleep)
        if (diskHasForgotten(scene, at)) asleep.delete(address);
    },
    frameOut: (_link, address, data) => {
      if (address === null || !isOfHonest(address)) return;
      const { type } = decode(data) ?? {};
      const sleep = asleep.get(address);
      const requests = open.get(address) ?? 0;
      const isAnswer = type !== undefined && ANSWERS.has(type) && requests > 0;
      if (isAnswer) {
        open.set(address, requests - 1);
        given.push({ address, at: scene.now() });
      } else if (sleep !== undefined)
        scene.report(`${type} was sent to ${address}, which sleeps since its ${sleep.since}`);
      if (type === 'PINGRESP') overtaken.delete(address);
      const late = overtaken.get(address) ?? 0;
      if (type === 'DISCONNECT' && late > 0) {
        overtaken.set(address, late - 1);
        return;
      }
      const expected = asked.get(address);
      if (expected === undefined || type !== expected.answer) return;
      expected.times -= 1;
      expected.wishes = Math.max(0, expected.wishes - 1);
      if (expected.times > 0) return;
      asked.delete(address);
      const client = clients.get(address) ?? '';
      const at = scene.now();
      if (type === 'DISCONNECT' && client !== '') sleepers.set(client, at);
      if (sleepers.has(client)) asleep.set(address, { since: expected.answer, at });
    },
  };
};

function answerOf(message: SnMessage | undefined): Answer | undefined {
  if (message?.type === 'DISCONNECT') return 'DISCONNECT';
  return message?.type === 'PINGREQ' && message.clientId !== '' ? 'PINGRESP' : undefined;
}
