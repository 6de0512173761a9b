/** What the journal gives back is not trusted: a record is read whole, or not at all. */
import { describe, expect, it } from 'vitest';
import {
  downlinkRecord,
  heldRecord,
  inboundRecord,
  readDownlink,
  readHeld,
  readInbound,
  readSession,
  readSubscription,
  readTopicId,
  releasedRecord,
  sessionRecord,
  subscriptionRecord,
  topicIdRecord,
} from '../../../../src/core/journal/records.js';
import { peerOf } from '../../../../src/core/peer.js';
import { fingerprintOf } from '../../../../src/core/session/inbound.js';
import { Session } from '../../../../src/core/session/session.js';
import type { JournalValue } from '../../../../src/core/types.js';
import { deviceSettings, LAN } from '../../../support/core/config.js';

const payload = Uint8Array.of(1, 2);

function session(): Session {
  const one = new Session('dev1', deviceSettings);
  one.state = { name: 'ASLEEP', durationSec: 300 };
  one.keepAliveSec = 60;
  one.cleanSession = false;
  one.connection = 4;
  one.peer = peerOf(LAN, 'A', Uint8Array.of(7));
  one.will = { topic: 'will', payload, qos: 2, retain: true };
  return one;
}

const downlink = {
  serial: 5,
  topic: 'a/b',
  payload,
  qos: 1 as const,
  retain: true,
  arrivedAt: 1000,
  token: 0,
  msgId: 9,
  ready: true,
  begun: false,
  repeated: true,
  received: false,
  repaired: false,
};

const inbound = {
  msgId: 7,
  qos: 2 as const,
  topicId: 3,
  topic: 'a/b',
  content: fingerprintOf(payload),
  retain: false,
  ref: 'run1-1',
  token: 0,
  connection: 2,
  held: undefined,
  arrivedAt: undefined,
  touchedAt: 3000,
  state: 'publishing' as const,
};

const held = {
  serial: 5,
  client: 'dev1',
  topic: 'a/b',
  payload,
  qos: 2 as const,
  retain: true,
  arrivedAt: 1000,
  ref: 'run1-1',
  origin: undefined,
  inFlight: false,
};

describe('a record', () => {
  it('session: state, timers, address and will are those that were written', () => {
    expect(readSession(sessionRecord(session()))).toEqual({
      state: 'ASLEEP',
      time: 300,
      keepAliveSec: 60,
      cleanSession: false,
      connection: 4,
      peer: { link: LAN, address: 'A', node: Uint8Array.of(7) },
      will: { topic: 'will', payload, qos: 2, retain: true },
    });
  });

  it('session without an address or a will: it has none afterwards', () => {
    const one = session();
    one.peer = undefined;
    one.will = undefined;
    one.state = { name: 'LOST', expiresAt: 5000 };
    const kept = readSession(sessionRecord(one));
    expect(kept).toMatchObject({ state: 'LOST', time: 5000 });
    expect(kept?.peer).toBeUndefined();
    expect(kept?.will).toBeUndefined();
    one.peer = peerOf(LAN, 'A', undefined);
    one.will = { topic: 'will', payload, qos: 0, retain: false };
    expect(readSession(sessionRecord(one))).toMatchObject({
      peer: { node: undefined },
      will: one.will,
    });
  });

  it('awake device: asleep after a restart', () => {
    const one = session();
    one.state = { name: 'AWAKE', durationSec: 120, since: 0, delivered: 3 };
    expect(readSession(sessionRecord(one))).toMatchObject({ state: 'ASLEEP', time: 120 });
  });

  it.each([0, 1, 2] as const)('subscription by topic id type %i', (topicIdType) => {
    const record = subscriptionRecord({ qos: 1, topicIdType, announced: true });
    expect(readSubscription(record)).toEqual({ qos: 1, topicIdType });
  });

  it('topic id: confirmed in the connection that confirmed it, and in no other', () => {
    const entry = { id: 0xfffe, name: 'a/b', confirmed: true, refused: false };
    expect(readTopicId(topicIdRecord(entry, 4), 4)).toEqual({ id: 0xfffe, confirmed: true });
    expect(readTopicId(topicIdRecord(entry, 4), 5)).toMatchObject({ confirmed: false });
    const unseen = { ...entry, confirmed: false };
    expect(readTopicId(topicIdRecord(unseen, 4), 4)).toMatchObject({ confirmed: false });
  });

  it('message to the device: with a message id it may have been sent before', () => {
    expect(readDownlink(downlinkRecord(downlink), 5)).toEqual(downlink);
    const last = { ...downlink, qos: 2 as const, msgId: 0xffff, retain: false };
    expect(readDownlink(downlinkRecord(last), 5)).toEqual(last);
    const unsent = { ...downlink, msgId: undefined, repeated: false };
    expect(readDownlink(downlinkRecord(unsent), 5)).toEqual(unsent);
  });

  it('message that the device has: it never expires, and makes room for nothing', () => {
    expect(readDownlink(releasedRecord(downlink), 5)).toMatchObject({
      msgId: 9,
      received: true,
      begun: true,
      arrivedAt: Number.POSITIVE_INFINITY,
    });
  });

  it.each(['publishing', 'received'] as const)('%s message from the device', (state) => {
    const one = { ...inbound, state };
    expect(readInbound(inboundRecord(one), 7, 3000)).toEqual(one);
    expect(readInbound(inboundRecord({ ...one, msgId: 0xffff }), 0xffff, 3000)?.msgId).toBe(0xffff);
  });

  it('message that the device knows to have arrived needs no name', () => {
    const one = { ...inbound, state: 'received' as const, ref: undefined };
    expect(readInbound(inboundRecord(one), 7, 3000)).toEqual(one);
  });

  it('message that waits for the broker, of a device or of nobody', () => {
    expect(readHeld(5, heldRecord(held))).toEqual(held);
    const nobodys = { ...held, client: null, qos: 0 as const, retain: false, ref: undefined };
    expect(readHeld(5, heldRecord(nobodys))).toEqual(nobodys);
  });
});

describe('a record with something in it that cannot be', () => {
  const odd: JournalValue[] = [null, -1, 1.5, Number.NaN, 70_000, '', '#', new Uint8Array(300), []];
  const whole: [string, JournalValue, (value: JournalValue) => unknown, JournalValue[][]][] = [
    [
      'session',
      sessionRecord(session()),
      readSession,
      [
        odd,
        [null, Number.NaN, 'x'],
        [null, -1, 1.5, '60'],
        [null, 0, 'x'],
        [null, -1, 1.5],
        [],
        [],
        [new Uint8Array(253)],
      ],
    ],
    [
      'subscription',
      [1, 0],
      readSubscription,
      [
        [null, -1, 3, '1'],
        [null, -1, 3, '1'],
      ],
    ],
    ['topic id', [3, 4], (value) => readTopicId(value, 4), [[null, 0, -1, 0xffff, '3'], []]],
    [
      'message to the device',
      downlinkRecord(downlink),
      (value) => readDownlink(value, 5),
      [
        [null, -1, 0x10000, '9'],
        [null, 1],
        [null, 'x'],
        [null, 0, 3, '1'],
        [],
        [null, Number.NaN, 'x'],
      ],
    ],
    [
      'message from the device',
      inboundRecord(inbound),
      (value) => readInbound(value, 7, 3000),
      [[], [null, -1, 'x'], [null, 1], [null, 1], [null, -1, 'x'], [null, -1, 'x']],
    ],
    [
      'message that waits for the broker',
      heldRecord(held),
      (value) => readHeld(5, value),
      [[1, true], [null, '', '#', 1], [null, 'x'], [null, 3, '2'], [], [null, Number.NaN, 'x']],
    ],
  ];

  it.each(whole)('%s: left out', (_kind, record, read, wrong) => {
    const list = record as JournalValue[];
    expect(read(list)).toBeDefined();
    for (const value of [null, 1, 'x', { 0: 1 }]) expect(read(value)).toBeUndefined();
    for (const [at, values] of wrong.entries()) {
      for (const value of values) expect(read(list.with(at, value)), `${at}`).toBeUndefined();
    }
  });

  it.each([-1, 1.5, Number.NaN])('a number %d that none of us gives: left out', (number) => {
    expect(readDownlink(downlinkRecord(downlink), number)).toBeUndefined();
    expect(readInbound(inboundRecord(inbound), number, 3000)).toBeUndefined();
    expect(readHeld(number, heldRecord(held))).toBeUndefined();
  });

  it.each([0, 0x10000])('message id %i: left out', (msgId) => {
    expect(readInbound(inboundRecord(inbound), msgId, 3000)).toBeUndefined();
  });

  it('a message that the device has, without its message id: left out', () => {
    expect(readDownlink([0], 5)).toBeUndefined();
  });

  it.each<[string, number, JournalValue]>([
    ['topic', 8, '#'],
    ['payload', 9, 'x'],
    ['QoS', 10, 3],
  ])('a will with an impossible %s: the session has none', (_what, at, value) => {
    const kept = readSession(sessionRecord(session()).with(at, value));
    expect(kept).toBeDefined();
    expect(kept?.will).toBeUndefined();
  });

  it.each([5, 6])('half an address: the session has none', (at) => {
    const kept = readSession(sessionRecord(session()).with(at, null));
    expect(kept).toBeDefined();
    expect(kept?.peer).toBeUndefined();
  });
});
