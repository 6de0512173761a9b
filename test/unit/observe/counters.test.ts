import { describe, expect, it } from 'vitest';
import type { FrameDrop, MessageDrop, Notice } from '../../../src/core/types.js';
import { Counters, type Readings } from '../../../src/observe/counters.js';

const PEER = { link: 'lan', address: '192.0.2.1:1' };
const frameDrop = (link: string, reason: FrameDrop): Notice => ({
  notice: 'drop',
  what: 'frame',
  reason,
  link,
});
const messageDrop = (what: 'uplink' | 'downlink', reason: MessageDrop): Notice => ({
  notice: 'drop',
  what,
  reason,
});
const refusal = (request: 'CONNECT' | 'REGISTER', returnCode: number): Notice => ({
  notice: 'refusal',
  request,
  returnCode,
  why: 'no rule matches',
  ...PEER,
});
const broker = (up: boolean): Notice => ({ notice: 'broker', up });
const store = (up: boolean, detail = 'no space left'): Notice => ({ notice: 'store', up, detail });

/** One of each kind, and what is another number after it: the compiler asks for the new ones. */
const KINDS: {
  [K in Notice['notice']]: [Extract<Notice, { notice: K }>, (counters: Readings) => number];
} = {
  transition: [
    { notice: 'transition', client: 'a', from: 'ACTIVE', to: 'LOST', why: 'silence', ...PEER },
    ({ transitions }) => transitions.LOST,
  ],
  drop: [
    { notice: 'drop', what: 'downlink', reason: 'expired', client: 'a' },
    ({ dropped }) => dropped.downlink.expired,
  ],
  refusal: [
    { notice: 'refusal', request: 'SUBSCRIBE', returnCode: 1, why: 'the broker is away', ...PEER },
    ({ traffic }) => traffic.get('lan')?.refusals.SUBSCRIBE[1] ?? 0,
  ],
  roamed: [
    { notice: 'roamed', client: 'a', ...PEER, fromLink: 'field', fromAddress: '192.0.2.2:2' },
    ({ roamed }) => roamed,
  ],
  'delivery-paused': [
    { notice: 'delivery-paused', client: 'a', why: 'no-answer' },
    ({ deliveriesPaused }) => deliveriesPaused['no-answer'],
  ],
  forgotten: [
    { notice: 'forgotten', client: 'a', why: 'a day has passed' },
    ({ forgotten }) => forgotten,
  ],
  approval: [{ notice: 'approval', client: 'a', isGiven: true }, ({ approvals }) => approvals],
  'will-fired': [
    { notice: 'will-fired', client: 'a', topic: 'a/will' },
    ({ willsFired }) => willsFired,
  ],
  'outbox-delivered': [
    { notice: 'outbox-delivered', messages: 1 },
    ({ outboxDelivered }) => outboxDelivered,
  ],
  store: [{ notice: 'store', up: false }, ({ storeFailures }) => storeFailures],
  'record-skipped': [
    { notice: 'record-skipped', key: 's a' },
    ({ recordsSkipped }) => recordsSkipped,
  ],
  broker: [{ notice: 'broker', up: true }, ({ isBrokerUp }) => Number(isBrokerUp)],
  'link-congestion': [
    { notice: 'link-congestion', link: 'field', isOver: false },
    ({ traffic }) => traffic.get('field')?.congestions ?? 0,
  ],
  'gateway-heard': [
    { notice: 'gateway-heard', gwId: 9, ...PEER },
    ({ gatewaysHeard }) => gatewaysHeard,
  ],
  reloaded: [{ notice: 'reloaded' }, ({ reloads }) => reloads],
};

function counted(...notices: readonly Notice[]): Counters {
  const counters = new Counters();
  for (const notice of notices) counters.count(notice);
  return counters;
}

/** All that is not 0 in a fresh object of counters, with where it stands. */
function differences(counters: Readings): string[] {
  const numbers = (value: unknown, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [`${path} ${String(value)}`];
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return entries.flatMap(([key, below]) => numbers(below, `${path} ${String(key)}`));
  };
  const fresh = new Set(numbers(new Counters(), ''));
  return numbers(counters, '').filter((line) => !fresh.has(line));
}

/** The same of numbers alone, without those of a link that is new and has had nothing yet. */
const changes = (counters: Readings): string[] =>
  differences(counters).filter((line) => !/ (true|false|0|undefined)$/.test(line));

describe('the counters', () => {
  it.each(Object.entries(KINDS))('%s changes its number, and no other', (_, [notice, read]) => {
    expect(read(new Counters())).toBe(0);
    const counters = counted(notice);
    expect(read(counters)).toBe(1);
    expect(changes(counters)).toHaveLength(notice.notice === 'broker' ? 0 : 1);
  });

  it('tell drops apart by what was dropped and why', () => {
    const counters = counted(
      frameDrop('lan', 'malformed'),
      frameDrop('lan', 'malformed'),
      frameDrop('field', 'malformed'),
      { notice: 'drop', what: 'transmission', reason: 'link-down', link: 'lan' },
      { notice: 'drop', what: 'acknowledgement', reason: 'link-down', link: 'lan' },
      messageDrop('uplink', 'broker-refused'),
      messageDrop('downlink', 'broker-refused'),
    );
    expect(changes(counters)).toEqual([
      ' dropped uplink broker-refused 1',
      ' dropped downlink broker-refused 1',
      ' traffic lan dropped frame malformed 2',
      ' traffic lan dropped transmission link-down 1',
      ' traffic lan dropped acknowledgement link-down 1',
      ' traffic field dropped frame malformed 1',
    ]);
  });

  it('tell refusals apart by request and code, also those that nobody expects', () => {
    const counters = counted(refusal('CONNECT', 3), refusal('CONNECT', 3), refusal('REGISTER', 9));
    expect(counters.trafficOf('lan').refusals.CONNECT).toEqual([0, 0, 0, 2]);
    expect(counters.trafficOf('lan').refusals.REGISTER[9]).toBe(1);
  });

  it('a connection to the broker is lost when it was there', () => {
    const counters = counted(broker(false), broker(true), broker(false), broker(false));
    expect(counters).toMatchObject({ isBrokerUp: false, brokerLosses: 1 });
    expect(counted(broker(false), broker(true))).toMatchObject({
      isBrokerUp: true,
      brokerLosses: 0,
    });
  });

  it('a store that gives another reason has not failed again', () => {
    const counters = counted(store(false), store(false, 'read-only'), store(true), store(false));
    expect(counters).toMatchObject({ isStoreUp: false, storeFailures: 2 });
    counters.count(store(true));
    expect(counters.isStoreUp).toBe(true);
  });

  it('messages from the outbox count one by one', () => {
    const delivered = (messages: number): Notice => ({ notice: 'outbox-delivered', messages });
    expect(counted(delivered(3), delivered(4)).outboxDelivered).toBe(7);
  });

  it('a link that is congested still has not become so again', () => {
    const counters = new Counters();
    for (const isOver of [true, false, false, true, false]) {
      counters.count({ notice: 'link-congestion', link: 'field', isOver });
    }
    expect(counters.trafficOf('field')).toMatchObject({ isCongested: true, congestions: 2 });
    counters.count({ notice: 'link-congestion', link: 'field', isOver: true });
    expect(counters.trafficOf('field').isCongested).toBe(false);
  });

  it('a link has one account, whoever asks for it', () => {
    const counters = new Counters();
    counters.trafficOf('lan').receivedFrames++;
    expect(counters.trafficOf('lan').receivedFrames).toBe(1);
    expect(counters.trafficOf('field').receivedFrames).toBe(0);
    expect([...counters.traffic.keys()]).toEqual(['lan', 'field']);
  });
});
