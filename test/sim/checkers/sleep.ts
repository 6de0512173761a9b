/**
 * Nothing is sent to a device that sleeps or has said good-bye: what the gateway says last is the answer to DISCONNECT, or
 * PINGRESP, and after that nothing until the device speaks again (6.12, 6.14). Seen at the gateway's end of the
 * network, and where it hands frames to a radio: on the air their order is another ("What goes first"), and what waits there is the
 * business of `lastWord`.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import { diskHasForgotten, diskTakesLazilyMs, goesWithEnd, honestOf } from './excuses/index.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { placeOf, placeOnRadio } from './support.js';

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
  /** By place, who has spoken from there; only by it the gateway knows whose DISCONNECT it is. */
  const clients = new Map<string, string>();
  /** When the gateway has told that somebody is there: the next process need not know. */
  const toldAt = new Map<string, number>();
  /** Whose wish to sleep was answered, and when. A device that had moved before is a stranger with it, and passes for awake. */
  const sleepers = new Map<string, number>();
  /** What was asked for from a place that lets it sleep, as often as it may be answered, and as often as it was asked for. */
  const asked = new Map<string, { answer: Answer; times: number; wishes: number }>();
  /** Answers to DISCONNECT that are still to come when the device says CONNECT: they wait for the disk, and let nobody sleep. */
  const overtaken = new Map<string, number>();
  const asleep = new Map<string, { since: Answer; at: number }>();
  /** Requests without an answer: a copy that the network has made may be answered when the device is asleep already. */
  const open = new Map<string, number>();
  /** Answers that were given; a process that is killed may not have it on disk that an exchange is over. */
  const given: { place: string; at: number }[] = [];
  const plans = honestOf(scene);
  const honest = new Set(plans.map(({ id }) => id));
  const onRadio = new Set(
    plans.flatMap((plan) => {
      const place = placeOnRadio(plan);
      return place === undefined ? [] : placeOf(place.link, place.address);
    }),
  );
  const isOfHonest = (link: string, address: string): boolean =>
    honest.has(scene.ownerOf(address) ?? '') || onRadio.has(placeOf(link, address));

  const comes = (link: string, address: string, data: Uint8Array): void => {
    if (!isOfHonest(link, address)) return;
    const place = placeOf(link, address);
    const message = decode(data);
    if (message !== undefined && 'clientId' in message && message.clientId !== '') {
      clients.set(place, message.clientId);
    }
    // What it has asked for before lets it sleep no more.
    if (message?.type === 'CONNECT') {
      sleepers.delete(message.clientId);
      const before = asked.get(place);
      if (before?.answer === 'DISCONNECT')
        overtaken.set(place, (overtaken.get(place) ?? 0) + before.wishes);
      asked.delete(place);
    }
    const answer = answerOf(message);
    if (message?.type === 'CONNECT') open.delete(place);
    else if (answer === undefined) open.set(place, (open.get(place) ?? 0) + 1);
    const before = asked.get(place);
    asleep.delete(place);
    if (answer === undefined) {
      // To a device that is just saying good-bye it may be that of a stranger, who hears DISCONNECT as well.
      if (before?.answer === 'DISCONNECT') before.times += 1;
      return;
    }
    // Each DISCONNECT is answered, repeats too; all PINGREQ of one wake-up together.
    if (answer === 'DISCONNECT' && before?.answer === answer) {
      before.times += 1;
      before.wishes += 1;
    } else asked.set(place, { answer, times: 1, wishes: 1 });
  };

  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    if (address === null || !isOfHonest(link, address)) return;
    const place = placeOf(link, address);
    const { type } = decode(data) ?? {};
    const sleep = asleep.get(place);
    const requests = open.get(place) ?? 0;
    const isAnswer = type !== undefined && ANSWERS.has(type) && requests > 0;
    if (isAnswer) {
      open.set(place, requests - 1);
      given.push({ place, at: scene.now() });
    } else if (sleep !== undefined)
      scene.report(`${type} was sent to ${place}, which sleeps since its ${sleep.since}`);
    if (type === 'PINGRESP') overtaken.delete(place);
    const late = overtaken.get(place) ?? 0;
    if (type === 'DISCONNECT' && late > 0) {
      overtaken.set(place, late - 1);
      return;
    }
    const expected = asked.get(place);
    if (expected === undefined || type !== expected.answer) return;
    expected.times -= 1;
    expected.wishes = Math.max(0, expected.wishes - 1);
    if (expected.times > 0) return;
    asked.delete(place);
    const client = clients.get(place) ?? '';
    const at = scene.now();
    if (type === 'DISCONNECT' && client !== '') sleepers.set(client, at);
    if (sleepers.has(client)) asleep.set(place, { since: expected.answer, at });
  };
  return {
    frameIn: comes,
    radioIn: comes,
    frameOut: goes,
    radioOut: goes,
    notice: (notice) => {
      const isThere =
        notice.notice === 'roamed' || (notice.notice === 'transition' && notice.to === 'ACTIVE');
      if (!isThere) return;
      // Where it was, or was not let in, it is a stranger, and passes for awake.
      const here = placeOf(notice.link, notice.address);
      toldAt.set(here, scene.now());
      for (const [place, client] of clients)
        if (client === notice.client && place !== here) clients.delete(place);
    },
    life: (is) => {
      asked.clear();
      overtaken.clear();
      if (is !== 'killed' && is !== 'ended') return;
      const since = scene.now() - diskTakesLazilyMs(scene);
      const isForgotten = (at: number): boolean =>
        (is === 'killed' && at >= since) || diskHasForgotten(scene, at);
      for (const { place } of given.filter(({ at }) => isForgotten(at)))
        open.set(place, (open.get(place) ?? 0) + 1);
      const wasOnItsWay = goesWithEnd(scene, is);
      for (const [place, at] of toldAt) if (wasOnItsWay(at)) clients.delete(place);
      for (const [client, at] of sleepers) if (diskHasForgotten(scene, at)) sleepers.delete(client);
      for (const [place, { at }] of asleep) if (diskHasForgotten(scene, at)) asleep.delete(place);
    },
  };
};

function answerOf(message: SnMessage | undefined): Answer | undefined {
  if (message?.type === 'DISCONNECT') return 'DISCONNECT';
  return message?.type === 'PINGREQ' && message.clientId !== '' ? 'PINGRESP' : undefined;
}
