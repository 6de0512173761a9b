/**
 * What waits for a device goes to it: no device of good will comes for its messages, and goes without one, time after time. Who
 * hears PINGRESP, or is let asleep again, has had its turn: of what stood on the disk then, something has to be sent until the
 * next one.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskLags, diskTakesMs, honestOf, waitsForAir } from './excuses/index.js';
import { waitingFor } from './support.js';
import { ToldStates } from './told-states.js';

/** What brings a message nearer to its end. */
const DELIVERS: ReadonlySet<SnMessage['type']> = new Set(['REGISTER', 'PUBLISH', 'PUBREL']);

/** To who is always on something may have gone out just before: that frame waits for the air, and then for its answer. */
const ANSWERED_MS = 120_000;

/** After CONNACK the gateway has at least so long, and what the disk takes for a topic id. */
const VISIT_MS = 1000;

interface Turn {
  at: number;
  records: readonly string[];
}

export const waiting: WatcherFactory = (scene): Watcher => {
  const plans = new Map(honestOf(scene).map((plan) => [plan.id, plan]));
  const told = new ToldStates();
  /** By link and address, who speaks from there. */
  const clients = new Map<string, string>();
  /** When each has connected. */
  const cameAt = new Map<string, number>();
  /** When each has been sent something last. */
  const sentAt = new Map<string, number>();
  /** The last turn of each, while nothing has been sent to it since. */
  const turns = new Map<string, Turn>();

  /** Whether it was a turn at all, and not too short a visit. */
  const isTurn = (
    client: string,
    type: SnMessage['type'],
    state: StateName | undefined,
  ): boolean => {
    if (type === 'PINGRESP') return state === 'AWAKE' || state === 'ACTIVE';
    const since = cameAt.get(client) ?? Number.POSITIVE_INFINITY;
    const visitMs = VISIT_MS + 2 * diskTakesMs(scene, since);
    return type === 'DISCONNECT' && state === 'ASLEEP' && scene.now() - since >= visitMs;
  };
  const onTurn = (client: string, isActive: boolean): void => {
    const [before, now] = [turns.get(client), waitingFor(scene, client)];
    // It has its turn already, and answers or does not.
    if (isActive && scene.now() < (sentAt.get(client) ?? 0) + ANSWERED_MS) return;
    if (!isActive || before === undefined) turns.set(client, { at: scene.now(), records: now });
    if (before === undefined || diskLags(scene)) return;
    const plan = plans.get(client);
    const isPatient = scene.now() < before.at + ANSWERED_MS || (plan && waitsForAir(scene, plan));
    if (isActive && isPatient) return;
    const stale = before.records.filter((record) => now.includes(record));
    if (stale.length === 0) return;
    scene.report(`${client} has come in vain: ${stale.length} messages wait, and none was sent`);
  };
  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    const [client, message] = [clients.get(`${link} ${address}`), decode(data)];
    if (client === undefined || message === undefined || !plans.has(client)) return;
    const state = told.of(client);
    if (DELIVERS.has(message.type)) {
      turns.delete(client);
      sentAt.set(client, scene.now());
    } else if (isTurn(client, message.type, state)) onTurn(client, state === 'ACTIVE');
    // Copies of what it has asked are answered, too.
    if (message.type === 'DISCONNECT') cameAt.delete(client);
  };
  return {
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice !== 'transition' && notice.notice !== 'roamed') return;
      clients.set(`${notice.link} ${notice.address}`, notice.client);
      if (notice.notice === 'transition' && notice.to === 'ACTIVE')
        cameAt.set(notice.client, scene.now());
    },
    life: (is) => {
      told.life(is);
      for (const memory of [turns, cameAt, sentAt]) memory.clear();
    },
    frameOut: goes,
    radioOut: goes,
  };
};
