import { describe, expect, it } from 'vitest';
import { DONE_EXCHANGES_REMEMBERED_MAX, OPEN_EXCHANGES_MAX } from '../../../../src/core/limits.js';
import type { Publish } from '../../../../src/codec/messages/publish.js';
import {
  fingerprintOf,
  type Inbound,
  InboundExchanges,
  isRepeat,
} from '../../../../src/core/session/inbound.js';
import { publish } from '../../../support/core/messages.js';

const exchange = (msgId: number, qos: 1 | 2 = 1): Inbound => ({
  msgId,
  qos,
  topicId: 1,
  topic: 'a',
  content: new Uint8Array(0),
  retain: false,
  ref: undefined,
  held: undefined,
  token: msgId,
  state: 'publishing',
  arrivedAt: 0,
  touchedAt: 0,
  connection: 1,
});

function done(exchanges: InboundExchanges, msgId: number, until: number, qos: 1 | 2 = 1): void {
  const one = exchange(msgId, qos);
  exchanges.begin(one);
  exchanges.finish(one, until);
}

const wasDone = (
  exchanges: InboundExchanges,
  msgId: number,
  now: number,
  qos: 1 | 2 = 1,
): boolean => exchanges.wasDone(repeat(msgId, qos), qos, now);

const repeat = (msgId: number, qos: 1 | 2, options: object = {}): Publish =>
  publish(qos, { msgId, dup: true, data: new Uint8Array(0), ...options }) as Publish;

describe('isRepeat', () => {
  const data = Uint8Array.of(1, 2);
  const again = (options: object = {}): Publish =>
    publish(2, { msgId: 7, topicId: 1, data, ...options }) as Publish;
  const open = { ...exchange(7, 2), content: data };

  it('topic and payload decide, with and without DUP', () => {
    expect(isRepeat(open, again({ dup: true }), 1)).toBe(true);
    expect(isRepeat(open, again({ dup: true, data: Uint8Array.of(3) }), 1)).toBe(false);
    expect(isRepeat(open, again(), 1)).toBe(true);
    expect(isRepeat(open, again(), 2)).toBe(false);
    expect(isRepeat(open, again({ topicId: 2 }), 1)).toBe(false);
    expect(isRepeat(open, again({ data: Uint8Array.of(1, 3) }), 1)).toBe(false);
    expect(isRepeat(open, again({ data: Uint8Array.of(1, 2, 3) }), 1)).toBe(false);
    expect(isRepeat(open, again({ dup: true, qos: 1 }), 1)).toBe(false);
  });

  it('number used again after a reboot, and its first transmission lost: DUP means another message', () => {
    expect(isRepeat(open, again({ dup: true }), 2)).toBe(true);
    expect(isRepeat(open, again({ dup: true, data: Uint8Array.of(3) }), 2)).toBe(false);
    expect(isRepeat(open, again({ dup: true, topicId: 2 }), 2)).toBe(false);
  });

  it('exchange of an earlier run: the fingerprint of its payload decides', () => {
    const restored = { ...open, content: fingerprintOf(data) };
    expect(isRepeat(restored, again(), 1)).toBe(true);
    expect(isRepeat(restored, again({ data: Uint8Array.of(2, 1) }), 1)).toBe(false);
  });
});

describe('InboundExchanges', () => {
  it('knows what is open and forgets what is abandoned', () => {
    const exchanges = new InboundExchanges();
    const [a, b, c] = [exchange(1), exchange(2), exchange(3)];
    for (const one of [a, b, c]) exchanges.begin(one);
    expect(exchanges.abandon(a)).toBe(true);
    expect(exchanges.abandon(a)).toBe(false);
    expect(exchanges.opened()).toEqual([b, c]);
    expect(wasDone(exchanges, 1, 0)).toBe(false);
  });

  it('is full at its limit', () => {
    const exchanges = new InboundExchanges();
    for (let msgId = 1; msgId <= OPEN_EXCHANGES_MAX; msgId++) {
      expect(exchanges.isFull).toBe(false);
      exchanges.begin(exchange(msgId));
    }
    expect(exchanges.isFull).toBe(true);
  });

  it('remembers what is done until the time is over, by id and QoS', () => {
    const exchanges = new InboundExchanges();
    done(exchanges, 7, 100);
    expect(wasDone(exchanges, 7, 100)).toBe(true);
    expect(wasDone(exchanges, 7, 101)).toBe(false);
    expect(wasDone(exchanges, 7, 50, 2)).toBe(false);
    expect(wasDone(exchanges, 8, 50)).toBe(false);
    expect(wasDone(exchanges, 5, 50, 2)).toBe(false);
  });

  it('number used again, and its first transmission lost: another topic or payload was not done', () => {
    const exchanges = new InboundExchanges();
    done(exchanges, 7, 100);
    expect(exchanges.wasDone(repeat(7, 1, { data: Uint8Array.of(3) }), 1, 50)).toBe(false);
    expect(exchanges.wasDone(repeat(7, 1, { topicId: 2 }), 1, 50)).toBe(false);
    expect(exchanges.wasDone(repeat(7, 1), 1, 50)).toBe(true);
  });

  it('number begun again: nothing before it counts as done, however often it was', () => {
    const exchanges = new InboundExchanges();
    done(exchanges, 7, 100);
    done(exchanges, 7, 100);
    const again = exchange(7);
    exchanges.begin(again);
    exchanges.abandon(again);
    expect(wasDone(exchanges, 7, 50)).toBe(false);
  });

  it('remembers the latest ones and no more', () => {
    const exchanges = new InboundExchanges();
    for (let msgId = 1; msgId <= DONE_EXCHANGES_REMEMBERED_MAX + 1; msgId++)
      done(exchanges, msgId, 100);
    expect(wasDone(exchanges, 1, 50)).toBe(false);
    expect(wasDone(exchanges, 2, 50)).toBe(true);
    expect(wasDone(exchanges, DONE_EXCHANGES_REMEMBERED_MAX + 1, 50)).toBe(true);
  });

  it('new connection: QoS 2 goes on, QoS 1 and what is done are forgotten', () => {
    const exchanges = new InboundExchanges();
    exchanges.begin(exchange(1, 1));
    exchanges.begin(exchange(2, 2));
    done(exchanges, 3, 100);
    exchanges.survive();
    expect(exchanges.get(1)).toBeUndefined();
    expect(exchanges.get(2)).toBeDefined();
    expect(wasDone(exchanges, 3, 50)).toBe(false);
  });

  it('cleared: nothing is left', () => {
    const exchanges = new InboundExchanges();
    exchanges.begin(exchange(1, 2));
    done(exchanges, 3, 100);
    exchanges.clear();
    expect(exchanges.get(1)).toBeUndefined();
    expect(wasDone(exchanges, 3, 50)).toBe(false);
  });
});
