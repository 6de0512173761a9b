/**
 * What must hold after any crash, as pure functions over the ledgers. Each returns what is wrong, a
 * sentence for each breach.
 */
import { matchesFilter } from '../../../src/codec/index.js';
import { type Account, accountOf, type Delivery } from './account.js';
import {
  type DeviceLedger,
  type Fault,
  faultsWithin,
  type Ledgers,
  type Observed,
  serialOf,
  topicOf,
} from './ledger.js';

export function breaches(ledgers: Ledgers): string[] {
  const accounts = new Map(ledgers.devices.map((device) => [device, accountOf(device.trace)]));
  return [
    ...brokerBreaches(ledgers),
    ...[...accounts].flatMap(([device, account]) => [
      ...account.faults.map((fault) => `${device.clientId}: ${fault}`),
      ...uplinkBreaches(device, account, ledgers),
      ...downlinkBreaches(device, account, ledgers),
      ...disturbedSleep(device),
      ...sessionBreaches(device, ledgers.faults),
    ]),
    ...strangers(accounts, ledgers),
  ];
}

/** The broker and the test's own clients: when they fail, no gateway can do better. */
export function brokerBreaches({ published, observed, excusedBefore }: Ledgers): string[] {
  const copies = groupedBy(observed, ({ payload }) => payload);
  const owed = published.filter(({ at }) => at >= excusedBefore);
  return owed.flatMap(({ payload, qos, ackedAt }) => {
    const count = copies.get(payload)?.length ?? 0;
    if (ackedAt !== undefined && count === 0) return [`the broker itself lost ${payload}`];
    if (qos === 2 && count > 1) return [`the broker itself has ${payload} ${count} times`];
    return [];
  });
}

/**
 * From a device to the broker. What was acknowledged is there, in the order in which it was sent. At QoS 2
 * once; at QoS 1 each fault between the first sending and the last arrival may have cost one more copy.
 */
export function uplinkBreaches(
  { clientId, keepsSession }: DeviceLedger,
  { uplinks }: Account,
  { observed, faults, excusedBefore }: Ledgers,
): string[] {
  const copies = groupedBy(observed, ({ payload }) => payload);
  const owed = uplinks.filter(({ firstSentAt }) => firstSentAt >= excusedBefore);
  const own = new Set(owed.map(({ payload }) => payload));
  const arrivals = observed.filter(({ payload }) => own.has(payload));
  const wrong = disordered(arrivals).map((what) => `${clientId}: uplink ${what}`);
  for (const { payload, qos, firstSentAt, ackedAt } of owed) {
    const arrived = copies.get(payload) ?? [];
    if (ackedAt !== undefined && arrived.length === 0) {
      wrong.push(`${clientId}: uplink ${payload} was lost`);
    }
    // A session that ended with the gateway took its QoS 2 exchanges along.
    const isOnce = qos === 2 && keepsSession;
    const excused = isOnce
      ? 0
      : faultsWithin(faults, firstSentAt, arrived.at(-1)?.at ?? firstSentAt);
    if (arrived.length > 1 + excused) {
      wrong.push(`${clientId}: uplink ${payload} at QoS ${qos} arrived ${arrived.length} times`);
    }
  }
  return wrong;
}

/**
 * From the broker to a device. What was published is there, in order. At QoS 2 once. At QoS 1 repeats are
 * marked DUP, except for one more copy for each fault since the message was published, because then
 * the broker repeats what it has no PUBACK for; and for copies that the broker has of its publisher.
 */
export function downlinkBreaches(
  { clientId, keepsSession, filters }: DeviceLedger,
  { deliveries }: Account,
  { published, observed, faults, excusedBefore }: Ledgers,
): string[] {
  const owed = published.filter(({ at }) => at >= excusedBefore);
  const known = new Set(owed.map(({ payload }) => payload));
  const arrivals = deliveries.filter(({ payload }) => known.has(payload));
  const wrong = disordered(arrivals).map((what) => `${clientId}: downlink ${what}`);
  const received = groupedBy(arrivals, ({ payload }) => payload);
  const atBroker = groupedBy(observed, ({ payload }) => payload);
  for (const { payload, qos, at, ackedAt } of owed) {
    const copies = received.get(payload) ?? [];
    const isOwed =
      keepsSession && filters.some((filter) => matchesFilter(filter, topicOf(payload)));
    if (isOwed && ackedAt !== undefined && copies.length === 0) {
      wrong.push(`${clientId}: downlink ${payload} was lost`);
    }
    const repeats = copies.slice(1).filter(({ dup }) => qos === 2 || !dup);
    const published = atBroker.get(payload)?.length ?? 1;
    const excused = published - 1 + faultsWithin(faults, at, repeats.at(-1)?.at ?? at);
    const isOnce = qos === 2 && keepsSession;
    if (repeats.length > (isOnce ? 0 : excused)) {
      wrong.push(`${clientId}: downlink ${payload} at QoS ${qos} came ${copies.length} times`);
    }
  }
  return wrong;
}

/** Messages under another topic than their own, and messages that nobody has sent. */
export function strangers(
  accounts: ReadonlyMap<DeviceLedger, Account>,
  { published, observed }: Ledgers,
): string[] {
  const uplinks = [...accounts.values()].flatMap((account) => account.uplinks);
  const known = new Set([...published, ...uplinks].map(({ payload }) => payload));
  const isStrange = ({ topic, payload }: Observed | Delivery): boolean =>
    topic !== topicOf(payload) || !known.has(payload);
  const describe = (who: string) => (message: Observed | Delivery) =>
    `${who} got "${message.payload}" under ${message.topic}`;
  return [
    ...observed.filter(isStrange).map(describe('the observer')),
    ...[...accounts].flatMap(([{ clientId, filters }, { deliveries }]) =>
      deliveries
        .filter(
          (delivery) =>
            isStrange(delivery) ||
            !filters.some((filter) => matchesFilter(filter, topicOf(delivery.payload))),
        )
        .map(describe(clientId)),
    ),
  ];
}

/**
 * Whatever is sent to a device that has turned its radio off, after PINGRESP or the answer to its DISCONNECT.
 * Only PUBREL may cross the answer: the device has asked for it by a PUBREC behind its own DISCONNECT.
 */
export function disturbedSleep({ clientId, trace }: DeviceLedger): string[] {
  const wrong: string[] = [];
  const crossing = new Set<number>();
  let isOff = false;
  for (const entry of trace) {
    if ('radio' in entry) {
      isOff = entry.radio === 'off';
      continue;
    }
    const { from, message } = entry;
    if (from === 'device' && message.type === 'DISCONNECT') crossing.clear();
    if (from === 'device' && message.type === 'PUBREC') crossing.add(message.msgId);
    if (from === 'device' || !isOff) continue;
    if (message.type === 'PUBREL' && crossing.delete(message.msgId)) continue;
    wrong.push(`${clientId}: ${message.type} came while it was asleep`);
  }
  return wrong;
}

/**
 * Who keeps its session is never sent away. Who does not hears DISCONNECT, and nothing else, from a
 * gateway that has restarted, until it connects anew; and never without such a reason.
 */
export function sessionBreaches(
  { clientId, keepsSession, trace }: DeviceLedger,
  faults: readonly Fault[],
): string[] {
  const wrong: string[] = [];
  const kills = faults.filter(({ victim }) => victim === 'gateway');
  let connectedAt = 0;
  let isLeaving = false;
  for (const entry of trace) {
    if ('radio' in entry) continue;
    const { at, message } = entry;
    if (entry.from === 'device') {
      if (message.type === 'CONNECT') connectedAt = at;
      if (message.type === 'DISCONNECT') isLeaving = true;
      if (message.type === 'CONNECT' || message.type === 'PINGREQ') isLeaving = false;
      continue;
    }
    const isOver = !keepsSession && kills.some(({ from, to }) => from >= connectedAt && to < at);
    if (message.type === 'DISCONNECT' && !isLeaving && !isOver) {
      wrong.push(`${clientId}: was sent away at ${Math.round(at)} ms`);
    }
    if (isOver && message.type !== 'DISCONNECT') {
      wrong.push(`${clientId}: ${message.type} in a session that ended with the gateway`);
    }
  }
  return wrong;
}

/** Where first arrivals of one topic are not in the order of their numbers. */
function disordered(arrivals: readonly { payload: string }[]): string[] {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { payload } of arrivals) {
    if (seen.has(payload)) continue;
    seen.add(payload);
    const topic = topicOf(payload);
    const before = latest.get(topic) ?? 0;
    const serial = serialOf(payload);
    if (serial < before) wrong.push(`${payload} came after ${before}`);
    latest.set(topic, Math.max(before, serial));
  }
  return wrong;
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
