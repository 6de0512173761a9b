/** The journal holds what the core would need, and nothing else. */
import type { Context } from '../../../../src/core/context.js';
import {
  downlinkKey,
  inboundKey,
  outboxKey,
  predefinedKey,
  retiredIdsKey,
  sessionKey,
  silenceKey,
  subscriptionKey,
  topicIdKey,
} from '../../../../src/core/journal/keys.js';
import {
  downlinkRecord,
  heldRecord,
  inboundRecord,
  releasedRecord,
  sessionRecord,
  subscriptionRecord,
} from '../../../../src/core/journal/records.js';
import type { Stock } from '../../../../src/core/outbox/stock.js';
import type { Session } from '../../../../src/core/session/session.js';
import type { GatewayCore, JournalValue } from '../../../../src/core/types.js';
import type { VirtualStore } from '../store.js';

/** A value that may be anything. */
const ANY = Symbol('any');
type Expected = Map<string, JournalValue | typeof ANY>;

/** Fails unless the records are those of the core's memory. Everything has to be committed. */
export function auditJournal(core: GatewayCore, store: VirtualStore): void {
  const { ctx } = core as unknown as { ctx: Context };
  const expected: Expected = new Map();
  for (const session of ctx.sessions) expectSession(expected, session);
  if (ctx.journal.isOn) expected.set(retiredIdsKey, ctx.retiredIds);
  for (const held of (ctx.outbox as unknown as { stock: Stock }).stock) {
    // The record of a message at QoS 0 goes before the broker gets it.
    if (held.qos > 0 || !held.inFlight) expected.set(outboxKey(held.serial), heldRecord(held));
  }
  const kept = new Map(store.recovered().map(({ key, value }) => [key, value]));
  for (const [key, value] of expected) {
    const name = JSON.stringify(key);
    if (!kept.has(key)) throw new Error(`the journal lacks ${name}`);
    if (value !== ANY && text(value) !== text(kept.get(key))) {
      throw new Error(`${name} is ${text(kept.get(key))} instead of ${text(value)}`);
    }
    kept.delete(key);
  }
  if (kept.size > 0) throw new Error(`nobody needs ${JSON.stringify([...kept.keys()])}`);
}

function expectSession(expected: Expected, session: Session): void {
  const { clientId, keeps, state } = session;
  if (keeps === 'nothing') return;
  // While the device connects anew, what was before counts; of a ghost only the will does.
  const isAsBefore = state.name === 'CONNECTING' || session.isGhost;
  expected.set(sessionKey(clientId), isAsBefore ? ANY : sessionRecord(session));
  if (session.silenceKept !== Number.POSITIVE_INFINITY)
    expected.set(silenceKey(clientId), session.silenceKept);
  if (keeps === 'will') return;
  for (const [filter, subscription] of session.subscriptions) {
    expected.set(subscriptionKey(clientId, filter), subscriptionRecord(subscription));
  }
  for (const name of session.topicIds.names()) expected.set(topicIdKey(clientId, name), ANY);
  for (const [topic, id] of session.predefinedUsed)
    expected.set(predefinedKey(clientId, topic), id);
  for (const message of session.buffer) {
    if (message.qos === 0) continue;
    // A repaired message gets a new number when it is offered again.
    const record = message.received ? releasedRecord(message) : downlinkRecord(message);
    expected.set(downlinkKey(clientId, message.serial), message.msgId === undefined ? ANY : record);
  }
  for (const exchange of session.inbound.opened()) {
    if (exchange.qos === 1) continue;
    expected.set(inboundKey(clientId, exchange.msgId), inboundRecord(exchange));
  }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one,
  );
