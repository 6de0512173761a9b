/**
 * A restart: sessions are put together from the records of the earlier run, and go on. Their devices
 * notice a pause at most. Records that make no sense are reported and deleted, one by one.
 */
import { isValidFilter } from '../../codec/index.js';
import type { Context } from '../context.js';
import { peerOf } from '../peer.js';
import { allowedWill, revoke } from '../session/connect.js';
import { resume } from '../session/deliver.js';
import { forgetSession } from '../session/ending.js';
import { fingerprintOf } from '../session/inbound.js';
import { Session } from '../session/session.js';
import { isConnected, type SettledState } from '../session/state.js';
import type { JournalRecord, JournalValue } from '../types.js';
import { TOPIC_IDS_BLOCK, TOPIC_IDS_BLOCKS_MAX } from '../limits.js';
import { periodOf, restartGraceMs } from './keep.js';
import { predefinedKey, retiredIdsKey, SEPARATOR } from './keys.js';
import {
  isNumber,
  type KeptSession,
  readDownlink,
  readInbound,
  readSession,
  readSubscription,
  readTopicId,
} from './records.js';

export class Recovery {
  private readonly topicIds = new Map<
    Session,
    { name: string; id: number; confirmed: boolean }[]
  >();
  private hasRecords = false;

  constructor(private readonly ctx: Context) {}

  /** Records in any number of pieces; those of sessions come first. */
  add(records: readonly JournalRecord[]): void {
    this.hasRecords ||= records.length > 0;
    for (const { key, value } of records) {
      if (this.restore(key, value)) continue;
      this.ctx.notice({ notice: 'record-skipped', key: key.replaceAll(SEPARATOR, ' ') });
      this.ctx.journal.delete(undefined, key);
    }
  }

  /** All records are in: the broker's side resumes, and what was under way goes on. */
  finish(): void {
    const { ctx } = this;
    for (const [session, entries] of this.topicIds) {
      entries.sort((a, b) => a.id - b.id);
      for (const { name, id, confirmed } of entries) session.topicIds.restore(name, id, confirmed);
    }
    this.topicIds.clear();
    const shift = fingerprintOf(new TextEncoder().encode(ctx.run));
    const skipped = TOPIC_IDS_BLOCK * (1 + (shift % TOPIC_IDS_BLOCKS_MAX));
    for (const session of ctx.sessions) session.topicIds.skip(skipped);
    // Without a journal an earlier run, if there was one, leaves no sign.
    if (this.hasRecords || !ctx.journal.isOn) ctx.retireIds(ctx.retiredIds + skipped);
    // The next run has to know that there was this one, though its disk may fail before there is a session.
    else ctx.journal.put(undefined, retiredIdsKey, ctx.retiredIds);
    for (const session of [...ctx.sessions]) {
      if (ctx.settingsFor(session.clientId) === undefined) {
        forgetSession(ctx, session, 'no device rule allows it any more');
        continue;
      }
      // Late answers to what the earlier run has sent fit nothing of this one.
      session.shiftMsgIds(shift);
      watchOver(ctx, session);
      resumeSession(ctx, session);
      ctx.toArm.add(session);
    }
    ctx.outbox.resume();
  }

  /** false: not a record of ours. */
  private restore(key: string, value: JournalValue): boolean {
    const { ctx } = this;
    const [kind, first = '', second = ''] = key.split(SEPARATOR);
    if (kind === 'o') return ctx.outbox.restore(Number(first), value);
    if (kind === 'n') return restoreRetiredIds(ctx, value);
    if (kind === 'k') return ctx.approvals.restore(first);
    if (kind === 's') return restoreSession(ctx, first, readSession(value));
    const session = ctx.sessions.get(first);
    if (session === undefined) return false;
    if (kind === 'l') return restoreSilence(session, value);
    if (session.keeps !== 'all') return false;
    switch (kind) {
      case 'f':
        return restoreSubscription(session, second, value);
      case 't':
        return this.restoreTopicId(session, second, value);
      case 'p':
        return restorePredefined(ctx, session, second, value);
      case 'd':
        return restoreDownlink(session, Number(second), value);
      case 'i':
        return restoreInbound(ctx, session, Number(second), value);
      default:
        return false;
    }
  }

  /** An id that means two names is one too many. */
  private restoreTopicId(session: Session, name: string, value: JournalValue): boolean {
    const entry = readTopicId(value, session.connection);
    const entries = this.topicIds.get(session) ?? [];
    if (entry === undefined || entries.some(({ id }) => id === entry.id)) return false;
    entries.push({ name, ...entry });
    this.topicIds.set(session, entries);
    return true;
  }
}

function restoreRetiredIds(ctx: Context, value: JournalValue): boolean {
  if (!isNumber(value)) return false;
  ctx.retiredIds = value;
  return true;
}

function restoreSession(ctx: Context, clientId: string, kept: KeptSession | undefined): boolean {
  if (kept === undefined || clientId === '') return false;
  const session = new Session(clientId, ctx.settingsFor(clientId) ?? ctx.config.defaults);
  session.state = stateOf(kept);
  session.keepAliveSec = kept.keepAliveSec;
  session.cleanSession = kept.cleanSession;
  session.connection = kept.connection;
  session.will = kept.will;
  session.keeps = kept.cleanSession ? 'will' : 'all';
  // Its device hears DISCONNECT at its next message, as every stranger does.
  session.isGhost = kept.cleanSession;
  session.topicIds.beginAbove(ctx.retiredIds);
  ctx.sessions.add(session);
  if (kept.peer && !session.isGhost && ctx.config.links[kept.peer.link]) {
    const peer = peerOf(kept.peer.link, kept.peer.address, kept.peer.node);
    const loser = ctx.sessions.bind(session, peer);
    if (loser) ctx.touch(loser);
  }
  return true;
}

function stateOf({ state, time }: KeptSession): SettledState {
  if (state === 'ACTIVE') return { name: 'ACTIVE' };
  if (state === 'ASLEEP') return { name: 'ASLEEP', durationSec: time };
  return { name: state, expiresAt: time };
}

function restoreSilence(session: Session, value: JournalValue): boolean {
  if (!isNumber(value)) return false;
  session.silenceKept = value;
  if (!isConnected(session.state.name)) return true;
  session.gracedUntil = value + restartGraceMs(session);
  session.silentUntil = session.gracedUntil;
  return true;
}

function restoreSubscription(session: Session, filter: string, value: JournalValue): boolean {
  const subscription = isValidFilter(filter) ? readSubscription(value) : undefined;
  if (subscription) session.subscriptions.set(filter, { ...subscription, announced: true });
  return subscription !== undefined;
}

/** What the configuration does not say any more is no fault of the record: it goes without a word. */
function restorePredefined(
  ctx: Context,
  session: Session,
  topic: string,
  value: JournalValue,
): boolean {
  if (!isNumber(value)) return false;
  if (ctx.predefined.topicOf(value, session.clientId) === topic) {
    session.predefinedUsed.set(topic, value);
  } else {
    ctx.journal.delete(undefined, predefinedKey(session.clientId, topic));
  }
  return true;
}

function restoreDownlink(session: Session, serial: number, value: JournalValue): boolean {
  const message = readDownlink(value, serial);
  if (message) session.restoreDownlink(message);
  return message !== undefined;
}

function restoreInbound(
  ctx: Context,
  session: Session,
  msgId: number,
  value: JournalValue,
): boolean {
  const exchange = readInbound(value, msgId, ctx.now);
  if (exchange) session.inbound.begin(exchange);
  return exchange !== undefined;
}

/** Silence without a deadline, because its record is lost, would keep the session for ever. */
function watchOver(ctx: Context, session: Session): void {
  const isWatched = session.silentUntil !== Number.POSITIVE_INFINITY;
  if (!isWatched && isConnected(session.state.name)) ctx.supervise(session, periodOf(session));
}

function resumeSession(ctx: Context, session: Session): void {
  session.will = allowedWill(session);
  const { clientId: client, cleanSession, will } = session;
  const connected = isConnected(session.state.name);
  ctx.toBroker({
    op: 'resume',
    client,
    cleanSession,
    connected,
    ...(will ? { will } : {}),
    subscriptions: [...session.subscriptions].map(([filter, { qos }]) => ({ filter, qos })),
  });
  for (const exchange of session.inbound.opened()) {
    if (exchange.state !== 'publishing' || exchange.ref === undefined) continue;
    exchange.token = ctx.expectAnswer({ kind: 'publish', session, exchange });
    ctx.toBroker({ op: 'adopt', token: exchange.token, client, ref: exchange.ref });
  }
  revoke(ctx, session);
  resume(ctx, session);
}
