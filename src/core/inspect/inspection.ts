/**
 * A look into the core, for pages and metrics: it changes nothing, and copies only what is asked for. What it gives is
 * of this moment; nobody keeps it over a step.
 */
import type { Context } from '../context.js';
import type { DeviceSettings } from '../config.js';
import { PREDEFINED, SHORT } from '../../codec/index.js';
import type { Downlink } from '../session/buffer.js';
import type { InFlight, Session } from '../session/session.js';
import { statusOf } from '../session/status.js';
import { SESSION_EXPIRY_MS } from '../limits.js';
import { toleratedMs } from '../silence.js';
import type { Instant, MqttQos, Signal, StateName, Will } from '../types.js';

/** What is known of every device with a session. */
export interface DeviceSummary {
  client: string;
  state: StateName;
  /** Where it is; undefined: another device speaks from there now. */
  place: { link: string; address: string } | undefined;
  signal: Signal | undefined;
  /** When its latest frame came, in this run. */
  heardAt: Instant | undefined;
  /** When it has to speak again, by its keep alive or sleep time. */
  dueAt: Instant | undefined;
  /** When its silence has lasted too long. */
  givenUpAt: Instant | undefined;
  buffered: { messages: number; bytes: number; oldestAt: Instant | undefined };
  /** Frames sent to it again because no answer came, in this run. */
  retries: number;
  /** Why what waits for it is not sent now. */
  paused: 'no-answer' | 'congestion' | undefined;
  isApproved: boolean;
}

export interface DeviceDetails extends DeviceSummary {
  keepAliveSec: number;
  /** While it sleeps, or is awake for a moment. */
  sleepSec: number | undefined;
  cleanSession: boolean;
  will: Will | undefined;
  /** Agreed on with the device, and predefined ones that it has used. */
  topicIds: readonly {
    id: number;
    topic: string;
    isPredefined: boolean;
    isConfirmed: boolean;
    isRefused: boolean;
  }[];
  subscriptions: readonly {
    filter: string;
    qos: MqttQos;
    topicIdType: 'normal' | 'predefined' | 'short';
    isAcknowledged: boolean;
  }[];
  /** What the device has not answered yet. */
  exchange:
    | {
        message: 'REGISTER' | 'PUBLISH' | 'PUBREL';
        topic: string | undefined;
        msgId: number;
        retries: number;
        /** When it is sent again. */
        nextAt: Instant | undefined;
      }
    | undefined;
  settings: DeviceSettings;
}

export interface BufferedMessage {
  /** Names it for `buffer-remove`. */
  serial: number;
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
  arrivedAt: Instant;
  /** `sent`: its answer is awaited. `received`: the device has it, and only the handshake is open. */
  progress: 'waiting' | 'sent' | 'received';
}

export interface Load {
  messages: number;
  bytes: number;
}

export interface Totals {
  sessions: Readonly<Record<StateName, number>>;
  /** Devices that are connected, asleep or awake, by link. */
  connected: ReadonlyMap<string, number>;
  /** Sessions that make no room for another device: somebody would miss them. */
  held: number;
  /** What waits for devices. */
  buffered: Load;
  /** What waits for the broker. */
  outbox: Load;
}

/** A sign of life that takes its time is not late yet. */
const LATE_AFTER_MS = 5000;

export class Inspection {
  constructor(private readonly ctx: Context) {}

  /** Whose datagram the latest step was about; undefined: nobody's with a session. */
  get speaker(): string | undefined {
    return this.ctx.speaker?.clientId;
  }

  /** In no particular order, which stays the same. */
  *devices(): Generator<DeviceSummary> {
    for (const session of this.ctx.sessions) yield summaryOf(this.ctx, session);
  }

  /** Client ids of those with a session. */
  *clients(): Generator<string> {
    for (const { clientId } of this.ctx.sessions) yield clientId;
  }

  /** Whether the device has a session. */
  has(client: string): boolean {
    return this.ctx.sessions.get(client) !== undefined;
  }

  device(client: string): DeviceSummary | undefined {
    const session = this.ctx.sessions.get(client);
    return session && summaryOf(this.ctx, session);
  }

  details(client: string): DeviceDetails | undefined {
    const session = this.ctx.sessions.get(client);
    return session && detailsOf(this.ctx, session);
  }

  /** Agreed on with the device, and predefined ones that it has used. */
  topicIds(client: string): DeviceDetails['topicIds'] | undefined {
    const session = this.ctx.sessions.get(client);
    return session && topicIdsOf(session);
  }

  /** What waits for a device, in the order in which it gets it. */
  buffer(client: string): BufferedMessage[] | undefined {
    const session = this.ctx.sessions.get(client);
    return session && Array.from(session.buffer, bufferedMessage);
  }

  /** Whether no rule lets a device of this name in, and the operator can. */
  isApprovable(client: string): boolean {
    const { ctx } = this;
    return ctx.settingsFor(client) === undefined && ctx.approvals.canTake(client);
  }

  /** Devices that the operator has let in, whether or not they have ever come. */
  approved(): Iterable<string> {
    return this.ctx.approvals;
  }

  isApproved(client: string): boolean {
    return this.ctx.approvals.has(client);
  }

  /** Devices that are late or lost: where they were, and since when they are missed. */
  *missing(now: Instant): Generator<{ link: string; since: Instant }> {
    for (const session of this.ctx.sessions) {
      const { peer, state } = session;
      const since = state.name === 'LOST' ? state.expiresAt - SESSION_EXPIRY_MS : dueAt(session);
      if (peer === undefined || since === undefined) continue;
      if (state.name === 'LOST' || since + LATE_AFTER_MS < now) yield { link: peer.link, since };
    }
  }

  totals(): Totals {
    const { sessions: all, outbox } = this.ctx;
    const sessions = { DISCONNECTED: 0, CONNECTING: 0, ACTIVE: 0, ASLEEP: 0, AWAKE: 0, LOST: 0 };
    const connected = new Map<string, number>();
    const buffered = { messages: 0, bytes: 0 };
    let held = 0;
    for (const session of all) {
      const state = statusOf(session);
      sessions[state]++;
      buffered.messages += session.buffer.length;
      buffered.bytes += session.buffer.bytes;
      if (!session.isIdle) held++;
      const { link } = session.peer ?? {};
      if (link === undefined || state === 'DISCONNECTED' || state === 'LOST') continue;
      connected.set(link, (connected.get(link) ?? 0) + 1);
    }
    return { sessions, connected, held, buffered, outbox: outbox.load };
  }
}

function summaryOf({ approvals }: Context, session: Session): DeviceSummary {
  const { clientId, peer, signal, heardAt, retries, paused } = session;
  return {
    client: clientId,
    state: statusOf(session),
    place: peer && { link: peer.link, address: peer.key },
    signal,
    heardAt: finite(heardAt),
    dueAt: dueAt(session),
    givenUpAt: finite(session.silentUntil),
    buffered: {
      messages: session.buffer.length,
      bytes: session.buffer.bytes,
      oldestAt: oldestAt(session),
    },
    retries,
    paused: paused?.why,
    isApproved: approvals.has(clientId),
  };
}

/** The end of the tolerated silence, without the tolerance; after a restart that has another one. */
function dueAt(session: Session): Instant | undefined {
  const { silentUntil, gracedUntil, silenceKept } = session;
  const periodSec = sleepSec(session) ?? session.keepAliveSec;
  const until = silentUntil === gracedUntil ? silenceKept : silentUntil;
  return finite(until - toleratedMs(periodSec) + periodSec * 1000);
}

const sleepSec = ({ state }: Session): number | undefined =>
  state.name === 'ASLEEP' || state.name === 'AWAKE' ? state.durationSec : undefined;

function oldestAt({ buffer }: Session): Instant | undefined {
  // What the device has already, and only the handshake of is open, has no time after a restart.
  for (const { arrivedAt } of buffer) if (finite(arrivedAt) !== undefined) return arrivedAt;
  return undefined;
}

function detailsOf(ctx: Context, session: Session): DeviceDetails {
  return {
    ...summaryOf(ctx, session),
    keepAliveSec: session.keepAliveSec,
    sleepSec: sleepSec(session),
    cleanSession: session.cleanSession,
    will: session.will,
    topicIds: topicIdsOf(session),
    subscriptions: Array.from(session.subscriptions, ([filter, subscription]) => ({
      filter,
      qos: subscription.qos,
      topicIdType: ID_TYPES[subscription.topicIdType],
      isAcknowledged: subscription.announced,
    })),
    exchange: session.inFlight && exchangeOf(session.inFlight),
    settings: session.settings,
  };
}

const ID_TYPES = { 0: 'normal', [PREDEFINED]: 'predefined', [SHORT]: 'short' } as const;

function topicIdsOf({ topicIds, predefinedUsed }: Session): DeviceDetails['topicIds'] {
  const registered = Array.from(topicIds.entries(), ({ id, name, confirmed, refused }) => ({
    id,
    topic: name,
    isPredefined: false,
    isConfirmed: confirmed,
    isRefused: refused,
  }));
  const predefined = Array.from(predefinedUsed, ([topic, id]) => ({
    id,
    topic,
    isPredefined: true,
    isConfirmed: true,
    isRefused: false,
  }));
  return [...predefined, ...registered];
}

const MESSAGES = { register: 'REGISTER', publish: 'PUBLISH', release: 'PUBREL' } as const;

function exchangeOf(inFlight: InFlight): NonNullable<DeviceDetails['exchange']> {
  const { kind, msgId, attempts, nextAt } = inFlight;
  const topic =
    kind === 'register' ? inFlight.topic : kind === 'publish' ? inFlight.message.topic : undefined;
  return { message: MESSAGES[kind], topic, msgId, retries: attempts, nextAt: finite(nextAt) };
}

const bufferedMessage = (message: Downlink): BufferedMessage => ({
  serial: message.serial,
  topic: message.topic,
  payload: message.payload,
  qos: message.qos,
  retain: message.retain,
  arrivedAt: message.arrivedAt,
  progress: message.received ? 'received' : message.begun ? 'sent' : 'waiting',
});

const finite = (at: Instant): Instant | undefined => (Number.isFinite(at) ? at : undefined);
