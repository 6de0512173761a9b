/**
 * What is written of a session, and when. `session.keeps` says how much of it a restart has to bring
 * back: everything with CleanSession=0; of other sessions only a will, because the device does not
 * go on with such a session, but somebody has to tell the others if it never comes back.
 */
import type { Context } from '../context.js';
import type { Downlink } from '../session/buffer.js';
import type { Inbound } from '../session/inbound.js';
import type { Keeps, Session } from '../session/session.js';
import type { TopicId } from '../session/topic-ids.js';
import { toleratedMs } from '../silence.js';
import type { Instant, JournalValue } from '../types.js';
import {
  downlinkKey,
  inboundKey,
  predefinedKey,
  sessionKey,
  silenceKey,
  subscriptionKey,
  topicIdKey,
} from './keys.js';
import {
  downlinkRecord,
  inboundRecord,
  releasedRecord,
  sessionRecord,
  subscriptionRecord,
  topicIdRecord,
} from './records.js';

/**
 * While a device is ACTIVE its deadline on disk may be behind the true one by this share of the
 * tolerated silence: so a device that speaks often costs few writes.
 */
const SILENCE_LAG_SHARE = 0.25;

/** Of a sleeper the disk knows the deadline before PINGRESP goes out: it lags no more than a commit takes. */
const SLEEP_LAG_MS = 1000;

const silenceLagMs = (session: Session): number =>
  isSleeper(session) ? SLEEP_LAG_MS : toleratedMs(session.keepAliveSec) * SILENCE_LAG_SHARE;

/**
 * How much longer than on disk silence is tolerated after a restart: the deadline may lag behind, and
 * of an ACTIVE device the latest sign of life, just before the end, may not have got there at all. So
 * one that speaks once in a period is not lost, and one that does not is lost about a period later
 * than without the restart.
 */
export const restartGraceMs = (session: Session): number =>
  silenceLagMs(session) + (isSleeper(session) ? 0 : session.keepAliveSec * 1000);

/** Decides how much of the session is kept; what is not kept any more goes. */
export function keepWhatCounts(ctx: Context, session: Session): void {
  if (!ctx.journal.isOn) return;
  const keeps: Keeps = !session.cleanSession ? 'all' : session.will ? 'will' : 'nothing';
  if (session.keeps === keeps) return;
  dropSession(ctx, session);
  session.keeps = keeps;
  if (keeps !== 'all') return;
  // What it had with CleanSession=1 goes on.
  for (const filter of session.subscriptions.keys()) keepSubscription(ctx, session, filter);
  for (const name of session.topicIds.names()) {
    const entry = session.topicIds.get(name);
    if (entry) keepTopicId(ctx, session, entry);
  }
  for (const topic of session.predefinedUsed.keys()) keepPredefined(ctx, session, topic);
  for (const exchange of session.inbound.opened()) keepInbound(ctx, session, exchange);
  for (const message of session.buffer) if (message.qos > 0) keepDownlink(ctx, session, message);
}

/**
 * Writes what has changed of the session itself: state, keep alive, will, address.
 * @param state that a restart is to bring back
 */
export function keepSession(ctx: Context, session: Session, state = session.state): void {
  if (session.keeps === 'nothing' || state.name === 'CONNECTING') return;
  const record = sessionRecord(session, state);
  const { keptRecord } = session;
  if (!keptRecord || record.some((value, at) => value !== keptRecord[at])) {
    session.keptRecord = record;
    ctx.journal.put(session, sessionKey(session.clientId), record);
  }
  // The grace of a restart is not written down, or one restart after the other would add to it.
  if (session.silentUntil !== session.gracedUntil) keepSilence(ctx, session, session.silentUntil);
}

/** The end of the tolerated silence has moved. */
export function keepSilence(ctx: Context, session: Session, until: Instant): void {
  if (session.keeps === 'nothing') return;
  const { silenceKept } = session;
  const at = session.state.name === 'AWAKE' ? afterWakeUp(ctx, session.state.durationSec) : until;
  if (at === silenceKept) return;
  if (at === Number.POSITIVE_INFINITY) ctx.journal.delete(session, silenceKey(session.clientId));
  else if (at > silenceKept && at - silenceKept <= silenceLagMs(session)) return;
  else ctx.journal.put(session, silenceKey(session.clientId), at);
  session.silenceKept = at;
}

/** Should the wake-up be cut off by a restart, the device comes again after its sleep. */
const afterWakeUp = (ctx: Context, durationSec: number): Instant =>
  ctx.now + toleratedMs(durationSec);

const isSleeper = ({ state }: Session): boolean =>
  state.name === 'ASLEEP' || state.name === 'AWAKE';

/** The period that the device promised to speak in, in seconds. */
export function periodOf({ state, keepAliveSec }: Session): number {
  return state.name === 'ASLEEP' || state.name === 'AWAKE' ? state.durationSec : keepAliveSec;
}

export function keepSubscription(ctx: Context, session: Session, filter: string): void {
  const subscription = session.subscriptions.get(filter);
  put(
    ctx,
    session,
    subscriptionKey(session.clientId, filter),
    () => subscription && subscriptionRecord(subscription),
  );
}

export function keepTopicId(ctx: Context, session: Session, entry: TopicId): void {
  put(ctx, session, topicIdKey(session.clientId, entry.name), () =>
    topicIdRecord(entry, session.connection),
  );
}

export function keepPredefined(ctx: Context, session: Session, topic: string): void {
  put(ctx, session, predefinedKey(session.clientId, topic), () =>
    session.predefinedUsed.get(topic),
  );
}

/** A message for the device, for as long as it is owed. */
export function keepDownlink(ctx: Context, session: Session, message: Downlink): void {
  put(ctx, session, downlinkKey(session.clientId, message.serial), () =>
    message.received ? releasedRecord(message) : downlinkRecord(message),
  );
}

export function dropDownlink(ctx: Context, session: Session, { serial }: Downlink): void {
  put(ctx, session, downlinkKey(session.clientId, serial), () => undefined);
}

/** A QoS 2 message from the device. QoS 1 needs no memory: whatever is repeated is published again. */
export function keepInbound(ctx: Context, session: Session, exchange: Inbound): void {
  if (exchange.qos !== 2) return;
  put(ctx, session, inboundKey(session.clientId, exchange.msgId), () => inboundRecord(exchange));
}

export function dropInbound(ctx: Context, session: Session, { qos, msgId }: Inbound): void {
  if (qos === 2) put(ctx, session, inboundKey(session.clientId, msgId), () => undefined);
}

/** Nothing of the session comes back after a restart. */
export function dropSession(ctx: Context, session: Session): void {
  const { clientId } = session;
  if (session.keeps === 'nothing') return;
  ctx.journal.delete(session, sessionKey(clientId));
  ctx.journal.delete(session, silenceKey(clientId));
  if (session.keeps === 'all') {
    for (const filter of session.subscriptions.keys())
      ctx.journal.delete(session, subscriptionKey(clientId, filter));
    for (const name of session.topicIds.names())
      ctx.journal.delete(session, topicIdKey(clientId, name));
    for (const topic of session.predefinedUsed.keys())
      ctx.journal.delete(session, predefinedKey(clientId, topic));
    for (const exchange of session.inbound.opened()) dropInbound(ctx, session, exchange);
    for (const message of session.buffer) if (message.qos > 0) dropDownlink(ctx, session, message);
  }
  session.keeps = 'nothing';
  session.keptRecord = undefined;
  session.silenceKept = Number.POSITIVE_INFINITY;
}

/** Writes a record of a session that is kept whole; no value: deletes it. */
function put(
  ctx: Context,
  session: Session,
  key: string,
  valueOf: () => JournalValue | undefined,
): void {
  if (session.keeps !== 'all') return;
  const value = valueOf();
  if (value === undefined) ctx.journal.delete(session, key);
  else ctx.journal.put(session, key, value);
}
