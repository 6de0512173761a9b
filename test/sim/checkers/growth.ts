/**
 * Nothing grows without limit: what the disk keeps belongs to a session, and is as much as that needs; what waits for the air
 * goes in time; connections to the broker are those in use.
 */
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  diskLags,
  goesWithEnd,
  hasLanes,
  honestOf,
  isTransparent,
  slowestWriteMs,
} from './excuses/index.js';
import { type DevicePlan, isOfTeam, keepsSession, messageRecordsMax } from './support.js';
import { WirePackets } from './wire-packets.js';

/** Of each kind of record that belongs to a client, as many as any device of a story has use for. */
const PER_CLIENT = {
  s: 1,
  l: 1,
  // What it publishes, its commands, and as a filter.
  t: 4,
  p: 1,
  f: 2,
  // Exchanges that its reboots have left open; the core remembers no more.
  i: 64 + 32,
} satisfies Record<string, number>;

/** Kinds of which there is one in all. */
const SINGLE = new Set(['!head', '!damaged', 'gc', 'ab', 'n']);

/** Places for slots of two hours, and what stands beside them. */
const AIR_RECORDS_MAX = 240 + 4;

/** Rounds of one filter that are remembered, and the one that is being asked for. */
const ROUNDS_PER_FILTER_MAX = 16 + 1;
/** Of a session that ends with its device's connection: its own, and the one before until UNSUBACK. Behind an outage it is asked for anew. */
const ROUNDS_PER_SESSION_MAX = 2;

/** Messages expire after a minute in the queue. One that is wanted again meanwhile keeps its age, and has its minute anew. */
const WAITS_FOR_AIR_MS = 60_000;
const RENEWED_FOR_MS = 60_000;
/** A frame that its modem has when that is over comes back when the modem finds no room on the air: LoRaLink listens for 20 s. */
const WITH_MODEM_MS = 25_000;
/** Of one frame, where everybody waits for an answer before the next question, and gives up. */
const RENEWALS_MAX = 3;

/** `mqtt.offline`, as it is without a word: some devices go on talking while the broker is away, or while nobody answers. */
const OUTBOX_MAX = 10_000;
const TALK_ON: ReadonlySet<DevicePlan['kind']> = new Set(['careless', 'hostile']);

/** However deep the filters of devices nest. */
const LANES_MAX = 16;

/** A connection that is closed takes a moment. */
const CLOSING_MAX = 1;

export const growth: WatcherFactory = (scene): Watcher => {
  const { story } = scene;
  const { connections = 1 } = story.config['mqtt'] as { connections?: number };
  /** Who has a connection of its own, as the gateway has last told. */
  const connected = new Set<string>();
  /** When it has told so last of those who have none any more, in this process. */
  const left = new Map<string, number>();
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  /** They have names for the commands of others, too. */
  const team = new Set(story.scene.devices.filter(isOfTeam).map(({ id }) => id));
  const talksOn = story.scene.devices.some(({ kind }) => TALK_ON.has(kind));
  const hasHostile = story.scene.devices.some(({ kind }) => kind === 'hostile');
  /** Filters that the broker has been asked for, whether it has heard that or not: hostile devices give them up as soon, and leave no other trace. */
  const asked = new Set<string>();
  /** How often the gateway has come to the broker. */
  let greetings = 0;
  const packets = new WirePackets((packet) => {
    if (packet.cmd !== 'subscribe') return;
    for (const { topic } of packet.subscriptions) asked.add(topic);
  });
  const askedLike = (beginnings: readonly string[]): number =>
    [...asked].filter((filter) => beginnings.some((one) => filter.startsWith(one))).length;
  /** Filters of devices whose session ends with their connection, and of which there is no record. */
  const fleeting = story.scene.devices.flatMap((plan) =>
    keepsSession(plan) ? [] : [`down/${plan.id}`],
  );
  const roundsMax = (filters: number): number => {
    const lasting = hasHostile ? asked.size : filters + askedLike(['careless/']);
    const perSession = Math.min(ROUNDS_PER_FILTER_MAX, ROUNDS_PER_SESSION_MAX + greetings);
    const shortLived = perSession * askedLike(fleeting);
    return ROUNDS_PER_FILTER_MAX * Math.max(1, lasting) + shortLived;
  };
  const look = (): void => {
    if (diskLags(scene)) return;
    const sessions = new Set<string>();
    const filters = new Set<string>();
    const counts = new Map<string, number>();
    for (const key of scene.records()) {
      const [kind = '', owner = '', name = ''] = key.split('\0');
      if (kind === 's') sessions.add(owner);
      if (kind === 'f') filters.add(name);
      const whose = kind in PER_CLIENT || kind === 'd' ? `${kind}\0${owner}` : kind;
      counts.set(whose, (counts.get(whose) ?? 0) + 1);
    }
    for (const [whose, count] of counts) {
      const [kind = '', owner = ''] = whose.split('\0');
      const records = whose.replace('\0', ' ');
      // Of hostile devices only the bounds hold that there are for all.
      const isJudged = owner === '' || honest.has(owner);
      if (isJudged && count > mostOf(kind, owner, filters.size)) {
        scene.report(`the disk keeps ${count} records "${records}"`);
      }
      if (owner !== '' && !sessions.has(owner)) {
        scene.report(`the disk keeps "${records}", and no session of that name`);
      }
    }
  };
  /** With MQTT 3.1.1 filters that overlap have connections of their own, which stay: more than one for each there cannot be. */
  const lanes = (): number => (hasLanes(scene) ? Math.min(asked.size, LANES_MAX) : 0);
  const mostOf = (kind: string, owner: string, filters: number): number => {
    if (kind === 't' && team.has(owner)) return PER_CLIENT.t + story.scene.devices.length;
    if (kind === 'd') return messageRecordsMax(scene, owner);
    if (kind === 'o' && talksOn) return OUTBOX_MAX;
    if (kind === 'a') return AIR_RECORDS_MAX;
    if (kind === 'ur') return roundsMax(filters);
    return SINGLE.has(kind)
      ? 1
      : ((PER_CLIENT as Partial<Record<string, number>>)[kind] ??
          story.messages.length + UNDER_WAY_MAX);
  };
  return {
    wireOut: (connection, what) => packets.wireOut(connection, what),
    notice: (notice) => {
      if (notice.notice === 'broker' && notice.up) greetings++;
      if (notice.notice !== 'transition' || !isTransparent(scene, notice.client)) return;
      if (notice.to === 'LOST' || notice.to === 'DISCONNECTED') {
        connected.delete(notice.client);
        left.set(notice.client, scene.now());
      } else {
        connected.add(notice.client);
      }
    },
    life: (is) => {
      if (is !== 'killed' && is !== 'ended') return;
      const isForgotten = goesWithEnd(scene, is);
      // The next process has its session as it was before.
      for (const [client, at] of left) if (isForgotten(at)) connected.add(client);
      left.clear();
    },
    calm: look,
    settled: look,
    finish: () => {
      look();
      for (const { link, worstWaitMs, renewed } of scene.airQueues()) {
        const renewals = talksOn ? renewed : Math.min(renewed, RENEWALS_MAX);
        // "When the disk fails": one that waits for the disk finds out later.
        const queuedMs = WAITS_FOR_AIR_MS + renewals * RENEWED_FOR_MS;
        const mostMs = queuedMs + WITH_MODEM_MS + slowestWriteMs(scene);
        if (worstWaitMs > mostMs)
          scene.report(`a frame has waited ${Math.round(worstWaitMs)} ms for the air of ${link}`);
      }
      const inUse = Math.max(connections, lanes()) + connected.size;
      if (scene.connections() > inUse + CLOSING_MAX)
        scene.report(`${scene.connections()} connections to the broker are open, ${inUse} in use`);
    },
  };
};

/** Exchanges of devices with the broker at one moment; checkers of the end know how long they may take. */
const UNDER_WAY_MAX = 64;
