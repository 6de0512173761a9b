import { describe, expect, it } from 'vitest';
import {
  HOUR_MS,
  OVERTAKEN_MAX,
  QUEUE_FRAMES_MAX,
  TURNS_REMEMBERED_MAX,
} from '../../../src/radio/limits.js';
import { AirWindow, STANDING_PLACE } from '../../../src/radio/window.js';
import { Transmitter } from './transmitter.js';

/** Each frame: 100 ms on the air, 20 ms more in the modem. */
const FRAME_MS = 120;

describe('the order', () => {
  it('one frame at a time, the most important first, and the first come first', () => {
    const modem = new Transmitter();
    const first = modem.offer(5).id;
    const [beacon, qos0, qos1, ping, ack, ack2] = ([5, 4, 3, 2, 1, 1] as const).map(
      (priority) => modem.offer(priority).id,
    );
    modem.run(7 * FRAME_MS);
    expect(modem.order).toEqual([first, ack, ack2, ping, qos1, qos0, beacon]);
    expect(modem.sent.map(({ fromMs }) => fromMs)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((i) => i * FRAME_MS),
    );
  });

  it('what has to be first goes before all of its priority, but not twice in a row, and not before others', () => {
    const modem = new Transmitter();
    modem.offer(5);
    const answer = modem.offer(1, { address: 'a' }).id;
    const first = modem.offer(1, { address: 'a', isFirst: true }).id;
    const second = modem.offer(1, { address: 'b', isFirst: true }).id;
    const urgent = modem.offer(2, { address: 'a', isFirst: true }).id;
    modem.run(1000);
    expect(modem.order.slice(1)).toEqual([first, answer, second, urgent]);
  });

  it('what has to be first is no turn of its address: the answer keeps its place', () => {
    const modem = new Transmitter();
    modem.offer(5);
    const first = modem.offer(1, { address: 'a', isFirst: true }).id;
    const own = modem.offer(1, { address: 'a' }).id;
    const other = modem.offer(1, { address: 'b' }).id;
    modem.run(1000);
    expect(modem.order.slice(1)).toEqual([first, own, other]);
  });

  it('what has to be first lets an answer go after each, also when its addresses never get an answer', () => {
    const modem = new Transmitter();
    modem.offer(1, { address: 'a' });
    modem.offer(5);
    const answer = modem.offer(1, { address: 'a' }).id;
    const firsts = ['b', 'c', 'd'].map((address) => modem.offer(1, { address, isFirst: true }).id);
    modem.run(1000);
    expect(modem.order.slice(1, 5)).toEqual([firsts[0], answer, firsts[1], firsts[2]]);
  });

  it('what has to be first waits for others that are, and one answer for each, not for the crowd', () => {
    const modem = new Transmitter();
    const expiresAt = 5000;
    modem.offer(1, { address: 'a' });
    for (let count = 0; count < 60; count++) modem.offer(1);
    modem.offer(1, { address: 'b', isFirst: true, expiresAt });
    const offer = modem.offer(1, { address: 'a', isFirst: true, expiresAt });
    expect(offer).toMatchObject({ accepted: true });
    expect(modem.offer(1, { address: 'a' }).waitMs).toBeGreaterThan(offer.waitMs);
    modem.run(offer.waitMs);
    expect(modem.order.at(-1)).toBe(offer.id);
  });

  it('what has to be first, and was given back by a busy modem, is first again', () => {
    const modem = new Transmitter();
    modem.offer(1, { address: 'a' });
    modem.outcomeOf = () => 'busy';
    const first = modem.offer(1, { address: 'a', isFirst: true }).id;
    const other = modem.offer(1, { address: 'b' }).id;
    modem.run(FRAME_MS + 40);
    modem.outcomeOf = () => 'sent';
    modem.run(1000);
    expect(modem.order.slice(-3)).toEqual([first, first, other]);
  });

  it('what has to be first goes before an older answer to its address that a busy modem gave back', () => {
    const modem = new Transmitter();
    modem.outcomeOf = ({ isFirst }) => (isFirst ? 'sent' : 'busy');
    const answer = modem.offer(1, { address: 'a' }).id;
    const first = modem.offer(1, { address: 'a', isFirst: true }).id;
    modem.run(300);
    modem.outcomeOf = () => 'sent';
    modem.run(1000);
    expect(modem.order.slice(0, 3)).toEqual([answer, first, answer]);
  });

  it('to one address at one priority is that of arrival, also behind a back-off', () => {
    const modem = new Transmitter();
    const slow = modem.offer(3, { address: 'a', backoff: 1 }).id;
    const second = modem.offer(3, { address: 'a' }).id;
    const other = modem.offer(3, { address: 'b' }).id;
    modem.run(1000);
    expect(modem.order).toEqual([other, slow, second]);
    expect(modem.sent[1]?.fromMs).toBe(200);
  });

  it('a back-off that is over counts no more: the first come goes first', () => {
    const modem = new Transmitter();
    modem.offer(1, { bytes: 500 });
    const first = modem.offer(3, { address: 'a', backoff: 1 }).id;
    const second = modem.offer(3, { address: 'b' }).id;
    modem.run(2000);
    expect(modem.order.slice(1)).toEqual([first, second]);
  });

  it('an answer waits until its device listens, and nothing less important goes before it', () => {
    const modem = new Transmitter({ turnaroundMs: 40 });
    modem.heard('a');
    const answer = modem.offer(1, { address: 'a' }).id;
    const less = modem.offer(3).id;
    const otherAnswer = modem.offer(1, { address: 'b' }).id;
    modem.run(1000);
    // The other answer is ready: it takes the air, and the first follows at once.
    expect(modem.order).toEqual([otherAnswer, answer, less]);
    modem.heard('c');
    const lonely = modem.offer(1, { address: 'c' }).id;
    modem.offer(3);
    expect(modem.scheduler.nextDeadline()).toBe(1040);
    modem.run(40);
    expect(modem.order.at(-1)).toBe(lonely);
  });

  it('a message waits for its device to listen while others go', () => {
    const modem = new Transmitter();
    modem.heard('a');
    const message = modem.offer(3, { address: 'a' }).id;
    const beacon = modem.offer(5, { address: null }).id;
    modem.run(1000);
    expect(modem.order).toEqual([beacon, message]);
  });

  it('the turnaround is 50 ms unless told, and counts from the latest frame', () => {
    const modem = new Transmitter();
    modem.heard('a');
    modem.run(30);
    modem.heard('a');
    modem.offer(1, { address: 'a' });
    modem.run(100);
    expect(modem.sent[0]?.fromMs).toBe(80);
  });

  it('a device that never stops talking keeps nobody else waiting for long', () => {
    const modem = new Transmitter();
    modem.heard('babbler');
    const answer = modem.offer(1, { address: 'babbler' }).id;
    const message = modem.offer(3, { address: 'patient' }).id;
    for (let i = 0; i < 25; i++) {
      modem.run(40);
      modem.heard('babbler');
    }
    expect(modem.order).toEqual([answer, message]);
  });

  it('hearing crowds of senders costs no memory worth naming', () => {
    const modem = new Transmitter();
    for (let i = 0; i < 1000; i++) modem.scheduler.received(`a${i}`, 0);
    modem.offer(1, { address: 'a999' });
    modem.offer(1, { address: 'a0' });
    modem.run(300);
    expect(modem.sent.map(({ frame }) => frame.address)).toEqual(['a0', 'a999']);
  });

  it('after a frame that is answered at once the modem is silent until the answer or its time', () => {
    const modem = new Transmitter({ turnaroundMs: 10 });
    modem.offer(3, { address: 'a', answer: { withinMs: 500 } });
    modem.offer(1);
    modem.run(400);
    expect(modem.sent).toHaveLength(1);
    modem.heard('b');
    expect(modem.sent).toHaveLength(1);
    modem.heard('a');
    expect(modem.sent).toHaveLength(2);
    modem.run(400);
    modem.offer(3, { address: 'a', answer: { withinMs: 500 } });
    modem.run(FRAME_MS);
    expect(modem.offer(1).waitMs).toBe(500);
    modem.run(1000);
    expect(modem.sent[3]?.fromMs).toBe(800 + FRAME_MS + 500);
  });

  it('while the modem takes nothing nothing is sent, and what waits expires', () => {
    const modem = new Transmitter();
    modem.scheduler.pause(true);
    const late = modem.offer(1, { expiresAt: 300 }).id;
    const patient = modem.offer(1).id;
    modem.run(1000);
    expect(modem.sent).toEqual([]);
    expect(modem.dropped).toMatchObject([
      { frame: { id: late }, reason: 'expired', at: 201, waitedMs: 201 },
    ]);
    expect(modem.scheduler.nextDeadline()).toBeUndefined();
    modem.scheduler.pause(false);
    modem.run(10);
    expect(modem.order).toEqual([patient]);
  });
});

describe('turns', () => {
  const addresses = (modem: Transmitter): (string | null)[] =>
    modem.sent.map(({ frame }) => frame.address);

  it('of one rank: the address whose turn was longest ago', () => {
    const modem = new Transmitter();
    for (const address of ['a', 'a', 'a', 'b', 'b', 'c']) modem.offer(3, { address });
    modem.run(FRAME_MS);
    // It has just had a turn, and those that wait have not.
    modem.offer(3, { address: 'd' });
    modem.run(1000);
    expect(addresses(modem)).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'a']);
    for (const address of ['a', 'b', 'c']) modem.offer(3, { address });
    modem.run(1000);
    expect(addresses(modem).slice(7)).toEqual(['a', 'c', 'b']);
  });

  it('are counted in each rank by itself', () => {
    const modem = new Transmitter();
    modem.offer(1, { address: 'a' });
    modem.offer(3, { address: 'a' });
    modem.offer(3, { address: 'b' });
    modem.run(1000);
    expect(addresses(modem)).toEqual(['a', 'a', 'b']);
  });

  it('count in the wait of a new frame, also where nobody has had one yet', () => {
    const modem = new Transmitter();
    modem.offer(1);
    for (const address of ['c', 'a', 'c', 'b', 'b']) modem.offer(3, { address });
    // Behind c, a, b and c, but not behind the second one for b.
    expect(modem.offer(3, { address: 'a' }).waitMs).toBe(150 + 4 * 150);
  });

  it('of sleepers are whole: what waited when the turn began goes in one piece', () => {
    const modem = new Transmitter();
    modem.offer(2, { address: 'busy' });
    for (const address of ['a', 'b', 'a', 'b', 'a']) modem.offer(2, { address });
    modem.run(2 * FRAME_MS);
    modem.offer(2, { address: 'a' });
    modem.offer(2, { address: 'c' });
    modem.run(2000);
    expect(addresses(modem)).toEqual(['busy', 'a', 'a', 'a', 'b', 'b', 'c', 'a']);
  });

  it('a sleeper who does not listen yet keeps what is left of the turn', () => {
    const modem = new Transmitter();
    for (const address of ['busy', 'a', 'a', 'a', 'b', 'b']) modem.offer(2, { address });
    modem.run(2 * FRAME_MS - 10);
    modem.heard('a');
    modem.run(2000);
    expect(addresses(modem)).toEqual(['busy', 'a', 'b', 'a', 'a', 'b']);
  });

  it('a frame for which the modem was busy was no turn', () => {
    const modem = new Transmitter();
    let busy = 3;
    modem.outcomeOf = () => (busy-- > 0 ? 'busy' : 'sent');
    for (const address of ['a', 'b', 'a']) modem.offer(3, { address });
    for (const address of ['c', 'd', 'c']) modem.offer(2, { address });
    modem.run(3000);
    expect(addresses(modem)).toEqual(['a', 'c', 'c', 'c', 'c', 'd', 'a', 'b', 'a']);
  });

  it('are remembered for many addresses, and not for ever', () => {
    const modem = new Transmitter();
    modem.offer(3, { address: 'first' });
    modem.run(1000);
    for (let i = 0; i < TURNS_REMEMBERED_MAX; i++) {
      modem.offer(3);
      modem.run(FRAME_MS);
    }
    modem.offer(3);
    modem.offer(3, { address: 'new' });
    modem.offer(3, { address: 'first' });
    modem.run(1000);
    expect(addresses(modem).slice(-2)).toEqual(['new', 'first']);
  });

  it('a full queue: whoever has most of it makes room for whoever has less', () => {
    const modem = new Transmitter({ waitMaxMs: HOUR_MS });
    modem.scheduler.pause(true);
    const ids = Array.from(
      { length: QUEUE_FRAMES_MAX },
      () => modem.offer(3, { address: 'hog' }).id,
    );
    expect(modem.offer(3, { address: 'hog' }).accepted).toBe(false);
    expect(modem.offer(3, { address: 'a' }).accepted).toBe(true);
    expect(modem.offer(3, { address: 'a' }).accepted).toBe(true);
    expect(modem.offer(4, { address: 'b' }).accepted).toBe(false);
    const victims = modem.dropped.map(({ frame, reason }) => [frame.id, reason]);
    expect(victims).toEqual([
      [ids.at(-1), 'displaced'],
      [ids.at(-2), 'displaced'],
    ]);
  });
});

describe('what has been overtaken', () => {
  it('by five in a row goes, however much more important the rest is', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const message = modem.offer(4, { address: 'a' }).id;
    const beacon = modem.offer(5, { address: null }).id;
    for (let i = 0; i < 20; i++) modem.offer(1);
    modem.run(20 * FRAME_MS);
    expect(modem.order.indexOf(message)).toBe(1 + OVERTAKEN_MAX);
    expect(modem.order.indexOf(beacon)).toBe(2 + 2 * OVERTAKEN_MAX);
  });

  it('is not overtaken more often because a busy modem gave a frame back', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const message = modem.offer(4, { address: 'a' }).id;
    for (let i = 0; i < 20; i++) modem.offer(1);
    // The lesser one has its turn when it is owed, and the modem refuses that once.
    let busy = 1;
    modem.outcomeOf = ({ id }) => (id === message && busy-- > 0 ? 'busy' : 'sent');
    modem.run(30 * FRAME_MS);
    const [refused, sent] = modem.order.flatMap((id, at) => (id === message ? [at] : []));
    expect(refused).toBe(1 + OVERTAKEN_MAX);
    expect(sent).toBe(2 + OVERTAKEN_MAX);
  });

  it('does not count as overtaken by what did not go', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const message = modem.offer(4, { address: 'a' }).id;
    const refused = modem.offer(1).id;
    for (let i = 0; i < 20; i++) modem.offer(1);
    let busy = 3;
    modem.outcomeOf = ({ id }) => (id === refused && busy-- > 0 ? 'busy' : 'sent');
    modem.run(40 * FRAME_MS);
    const went = modem.sent
      .filter(({ outcome }) => outcome === 'sent')
      .map(({ frame }) => frame.id);
    expect(went.indexOf(message)).toBe(1 + OVERTAKEN_MAX);
  });

  it('a message for a device that publishes without pause gets through', () => {
    const modem = new Transmitter();
    const message = modem.offer(4, { address: 'a', expiresAt: 60_000 }).id;
    modem.offer(1, { address: 'a' });
    for (let i = 0; i < 100; i++) {
      modem.run(FRAME_MS / 2);
      modem.heard('a');
      modem.offer(1, { address: 'a' });
    }
    expect(modem.order).toContain(message);
    expect(modem.dropped).toEqual([]);
  });

  it('while it does not listen it does not count, and what has no allowance keeps nobody back', () => {
    const modem = new Transmitter({ dutyCycle: 0.01, waitMaxMs: 10 * HOUR_MS });
    for (let i = 0; i < 29; i++) modem.offer(3, { bytes: 1000 });
    modem.run(60_000);
    expect(modem.sent).toHaveLength(28);
    const first = modem.offer(1, { address: 'x' }).id;
    const others = Array.from({ length: 8 }, () => modem.offer(1).id);
    modem.run(10_000);
    expect(modem.order.slice(28)).toEqual([first, ...others]);
  });

  it('counts in the estimate of those who wait', () => {
    const modem = new Transmitter();
    modem.offer(1);
    modem.offer(4, { bytes: 500 });
    for (let i = 0; i < OVERTAKEN_MAX - 1; i++) modem.offer(1);
    // The frame on the air and those before it; then one more, and the message comes first.
    expect(modem.offer(1).waitMs).toBe(150 + 4 * 150);
    expect(modem.offer(1).waitMs).toBe(150 + 5 * 150 + 550);
  });
});

describe('a frame that is wanted again', () => {
  it('goes out once, behind what waits for its address, and not later than the rest', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const again = modem.offer(1, { address: 'a', expiresAt: 300 }).id;
    const next = modem.offer(1, { address: 'a' }).id;
    const other = modem.offer(1, { address: 'b' }).id;
    expect(modem.scheduler.renew(again, 60_000)).toBe(true);
    modem.run(2000);
    expect(modem.order.slice(1)).toEqual([next, other, again]);
    expect(modem.dropped).toEqual([]);
    expect(modem.scheduler.usage(modem.now)).toMatchObject({ renewed: 1, sentFrames: 4 });
  });

  it('keeps its place where nothing is behind it, however often it is wanted', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const again = modem.offer(1, { address: 'a' }).id;
    const other = modem.offer(1, { address: 'b' }).id;
    for (let i = 0; i < 5; i++) expect(modem.scheduler.renew(again, 60_000 + i)).toBe(true);
    modem.run(2000);
    expect(modem.order.slice(1)).toEqual([again, other]);
  });

  it('while it is on the air, or has been there, is none that waits', () => {
    const modem = new Transmitter();
    const { id } = modem.offer(1);
    expect(modem.scheduler.renew(id, 60_000)).toBe(false);
    modem.run(1000);
    expect(modem.scheduler.renew(id, 60_000)).toBe(false);
    expect(modem.scheduler.usage(modem.now).renewed).toBe(0);
  });
});

describe('refusals', () => {
  it('what could not be sent in time is refused at once', () => {
    const modem = new Transmitter();
    modem.offer(1);
    // The frame on the air, 100 ms and what a modem takes: 150 ms; then 100 of its own.
    expect(modem.offer(1, { expiresAt: 249 })).toMatchObject({
      accepted: false,
      reason: 'expired-before-sent',
      waitMs: 150,
    });
    expect(modem.offer(1, { expiresAt: 250 })).toMatchObject({ accepted: true, waitMs: 150 });
  });

  it('what would wait too long is congestion; the more important still gets in', () => {
    const modem = new Transmitter({ waitMaxMs: 1000 });
    for (let i = 0; i < 7; i++) expect(modem.offer(3).accepted).toBe(true);
    expect(modem.offer(3)).toMatchObject({ accepted: false, reason: 'congested' });
    expect(modem.offer(4)).toMatchObject({ accepted: false, reason: 'congested' });
    expect(modem.offer(2)).toMatchObject({ accepted: true, waitMs: 150 });
    expect(modem.scheduler.usage(0).refused).toEqual({
      congested: 2,
      'expired-before-sent': 0,
      'too-big': 0,
    });
  });

  it('what is longer than its share of the hour can never be sent', () => {
    const modem = new Transmitter({ dutyCycle: 0.0001 });
    expect(modem.scheduler.estimatedWaitMs(3, 289, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(modem.offer(3, { bytes: 289 })).toMatchObject({ accepted: false, reason: 'too-big' });
    expect(modem.offer(1, { bytes: 289 })).toMatchObject({ accepted: true });
    expect(modem.offer(1, { bytes: 361 })).toMatchObject({ accepted: false, reason: 'too-big' });
  });

  it('a full queue: the least important and latest make room, and are told of', () => {
    const modem = new Transmitter({ waitMaxMs: HOUR_MS });
    modem.scheduler.pause(true);
    const ids = Array.from({ length: QUEUE_FRAMES_MAX }, (_, i) => modem.offer(i < 2 ? 5 : 3).id);
    expect(modem.offer(5)).toMatchObject({ accepted: false, reason: 'congested' });
    expect(modem.offer(4).accepted).toBe(true);
    expect(modem.offer(1).accepted).toBe(true);
    expect(modem.offer(3)).toMatchObject({ accepted: true });
    expect(modem.offer(3)).toMatchObject({ accepted: false, reason: 'congested' });
    const victims = modem.dropped.map(({ frame, reason }) => [frame.id, reason]);
    expect(victims).toEqual([
      [ids[1], 'displaced'],
      [ids[0], 'displaced'],
      [QUEUE_FRAMES_MAX + 2, 'displaced'],
    ]);
    expect(modem.scheduler.usage(0)).toMatchObject({
      queuedFrames: QUEUE_FRAMES_MAX,
      dropped: { displaced: 3 },
    });
  });

  it('a full queue: what came last makes room, also if a busy modem gave it back', () => {
    const modem = new Transmitter({ waitMaxMs: HOUR_MS });
    modem.offer(5, { address: 'a' });
    modem.run(2 * FRAME_MS);
    modem.scheduler.pause(true);
    modem.offer(5, { address: 'a' });
    // Of an address that has had no turn: the modem is offered it first.
    const late = modem.offer(5, { address: 'b' }).id;
    modem.outcomeOf = () => 'busy';
    modem.scheduler.pause(false);
    modem.run(FRAME_MS / 2);
    expect(modem.order.at(-1)).toBe(late);
    modem.scheduler.pause(true);
    while (modem.dropped.length === 0) modem.offer(1);
    expect(modem.dropped.map(({ frame: { id } }) => id)).toEqual([late]);
  });

  it('who was displaced is told at once', () => {
    const modem = new Transmitter({ waitMaxMs: HOUR_MS });
    modem.scheduler.pause(true);
    for (let i = 0; i < QUEUE_FRAMES_MAX; i++) modem.offer(5);
    expect(modem.scheduler.nextDeadline()).toBeUndefined();
    modem.now = 70;
    const frame = { id: 1000, address: 'a', priority: 1, bytes: 10, expiresAt: HOUR_MS } as const;
    modem.scheduler.offer(frame, 70);
    expect(modem.scheduler.nextDeadline()).toBe(70);
    expect(modem.scheduler.next(70).dropped).toMatchObject([{ reason: 'displaced', waitedMs: 70 }]);
    expect(modem.scheduler.usage(70).worstWaitMs).toBe(70);
  });

  it('octets are bounded too, and nobody goes in vain', () => {
    const modem = new Transmitter({ waitMaxMs: HOUR_MS });
    modem.scheduler.pause(true);
    expect(modem.offer(4, { bytes: 30_000 }).accepted).toBe(true);
    expect(modem.offer(3, { bytes: 30_000 }).accepted).toBe(true);
    expect(modem.offer(3, { bytes: 40_000 }).accepted).toBe(false);
    expect(modem.dropped).toEqual([]);
    expect(modem.offer(3, { bytes: 30_000 }).accepted).toBe(true);
    expect(modem.dropped).toHaveLength(1);
    expect(modem.scheduler.usage(0).queuedBytes).toBe(60_000);
  });

  it('one that is overtaken by answers until it is too late expires, at the moment it is clear', () => {
    const modem = new Transmitter();
    modem.offer(1);
    const message = modem.offer(4, { expiresAt: 400 }).id;
    for (let i = 0; i < 5; i++) modem.offer(1);
    modem.run(2000);
    expect(modem.dropped).toMatchObject([{ frame: { id: message }, reason: 'expired', at: 301 }]);
    expect(modem.scheduler.usage(2000).dropped.expired).toBe(1);
  });
});

describe('the allowance', () => {
  /** 36 s in an hour: 36 frames of a second. */
  const second = { bytes: 1000 };

  it('a part of it is for answers alone', () => {
    const modem = new Transmitter({ dutyCycle: 0.01, waitMaxMs: 10 * HOUR_MS });
    for (let i = 0; i < 36; i++) modem.offer(3, second);
    modem.run(60_000);
    expect(modem.sent).toHaveLength(28);
    expect(modem.scheduler.usage(60_000).usedMs).toBe(28_000);
    for (let i = 0; i < 10; i++) modem.offer(1, second);
    for (let i = 0; i < 60; i++) {
      modem.run(1000);
      modem.heard('somebody');
    }
    expect(modem.sent).toHaveLength(36);
    expect(modem.scheduler.usage(120_000)).toMatchObject({
      usedMs: 36_000,
      limitMs: 36_000,
      queuedFrames: 10,
      deferred: 2,
    });
  });

  it('a small frame does not take what a more important one waits for', () => {
    const modem = new Transmitter({ dutyCycle: 0.01, waitMaxMs: 10 * HOUR_MS });
    for (let i = 0; i < 32; i++) modem.offer(1, second);
    modem.run(60_000);
    const answer = modem.offer(1, { bytes: 2000 }).id;
    const less = modem.offer(2, { bytes: 10 }).id;
    modem.run(HOUR_MS - 60_000);
    expect(modem.sent).toHaveLength(32);
    modem.run(60_000);
    expect(modem.order.slice(32)).toEqual([answer, less]);
  });

  it('of messages goes to messages, though answers wait for theirs', () => {
    const modem = new Transmitter({ dutyCycle: 0.01, waitMaxMs: 10 * HOUR_MS });
    for (let i = 0; i < 34; i++) modem.offer(1, second);
    modem.offer(2, second);
    modem.run(60_000);
    expect(modem.sent).toHaveLength(32);
    const messages = [3, 4, 5].map((rank) => modem.offer(rank as 3 | 4 | 5, second).id);
    modem.run(60_000);
    expect(modem.order.slice(32)).toEqual(messages);
    // Three seconds of 3.6 are used, so the next one waits for the hour, behind the answers.
    modem.offer(3, second);
    modem.run(60_000);
    expect(modem.sent).toHaveLength(35);
  });

  it('used up: congestion at once, with the time until there is room', () => {
    const modem = new Transmitter({ dutyCycle: 0.01 });
    for (let round = 0; round < 32; round++) {
      modem.offer(1, second);
      modem.run(1100);
    }
    const offer = modem.offer(1, second);
    expect(offer).toMatchObject({ accepted: false, reason: 'congested' });
    modem.run(offer.waitMs);
    expect(modem.offer(1, second)).toMatchObject({ accepted: true, waitMs: 0 });
  });

  it('what has to be on disk comes with the frame', () => {
    const modem = new Transmitter({ dutyCycle: 0.01 });
    modem.offer(1, second);
    expect(modem.sent[0]?.transmission.records).toEqual([
      { place: STANDING_PLACE, slot: 0, airUs: 9_000_000, endedAt: null },
      { place: 0, slot: 0, airUs: 1_360_000, endedAt: null },
    ]);
  });

  it('goes on where an earlier run has ended', () => {
    const window = new AirWindow(0.01);
    window.restore([{ place: 0, slot: 0, airUs: 36_000_000, endedAt: 30_000 }], 60_000);
    const modem = new Transmitter({ window });
    modem.now = 60_000;
    expect(modem.offer(1, second).waitMs).toBe(30_000 + HOUR_MS - 1000 - 60_000);
  });
});

describe('what becomes of a frame', () => {
  it('a busy modem is asked again, more and more slowly, and in order', () => {
    const modem = new Transmitter({ dutyCycle: 0.01 });
    let busy = 2;
    modem.outcomeOf = () => (busy-- > 0 ? 'busy' : 'sent');
    const first = modem.offer(3, { address: 'a' }).id;
    const second = modem.offer(3, { address: 'a' }).id;
    modem.run(1000);
    expect(modem.order).toEqual([first, first, first, second]);
    expect(modem.sent.map(({ fromMs }) => fromMs).slice(0, 3)).toEqual([0, 120, 340]);
    expect(modem.scheduler.usage(1000)).toMatchObject({
      usedMs: 200,
      sentFrames: 2,
      sentAirMs: 200,
    });
  });

  it('a modem that stays busy loses the frame in the end', () => {
    const modem = new Transmitter();
    modem.outcomeOf = () => 'busy';
    const { id } = modem.offer(3);
    modem.run(10_000);
    expect(modem.sent).toHaveLength(6);
    expect(modem.dropped).toMatchObject([{ frame: { id }, reason: 'busy' }]);
    expect(modem.dropped[0]?.at).toBe(6 * 20 + 3100);
  });

  it('a refused one has cost nothing, an unknown one all', () => {
    const modem = new Transmitter({ dutyCycle: 0.01 });
    modem.outcomeOf = ({ priority }) => (priority === 1 ? 'refused' : 'unknown');
    modem.offer(1);
    modem.run(200);
    expect(modem.scheduler.usage(200)).toMatchObject({ usedMs: 0, sentFrames: 0 });
    modem.offer(3);
    modem.run(200);
    expect(modem.scheduler.usage(400)).toMatchObject({ usedMs: 100, sentFrames: 1 });
    expect(modem.dropped).toEqual([]);
  });

  it('news of a frame that is not on the air changes nothing', () => {
    const modem = new Transmitter();
    expect(modem.scheduler.sent(7, 'sent', 0)).toBe('over');
    const { id } = modem.offer(1);
    expect(modem.scheduler.sent(id + 1, 'busy', 0)).toBe('over');
    modem.run(1000);
    expect(modem.order).toEqual([id]);
  });
});

describe('times', () => {
  it('the estimate counts those before, the air, and what the modem takes', () => {
    const modem = new Transmitter();
    modem.modemMs = 200;
    modem.offer(3);
    modem.offer(4);
    expect(modem.scheduler.estimatedWaitMs(3, 100, 0)).toBe(150);
    expect(modem.scheduler.estimatedWaitMs(4, 100, 0)).toBe(300);
    for (let i = 0; i < 60; i++) modem.offer(1);
    modem.run(60 * 300 + 1000);
    modem.offer(3);
    // By now it is known that the modem takes 200 ms.
    expect(modem.scheduler.estimatedWaitMs(3, 100, modem.now)).toBeCloseTo(300, -1);
  });

  it('an unsolicited frame tells its back-off: up to two times its air time', () => {
    const modem = new Transmitter();
    expect(modem.offer(3, { backoff: 0.5 }).waitMs).toBe(100);
    expect(modem.offer(3, { backoff: 0.999 }).waitMs).toBe(200);
  });

  it('the worst wait is that of the latest hours', () => {
    const modem = new Transmitter();
    modem.offer(3);
    modem.offer(3);
    modem.run(1000);
    const worst = () => modem.scheduler.usage(modem.now).worstWaitMs;
    expect(worst()).toBe(FRAME_MS);
    modem.run(HOUR_MS);
    expect(worst()).toBe(FRAME_MS);
    modem.run(HOUR_MS);
    expect(worst()).toBe(0);
  });

  it('the interval of repeats grows with the air time, the queue and the allowance', () => {
    const modem = new Transmitter({ dutyCycle: 0.01, waitMaxMs: 10 * HOUR_MS });
    const interval = (up: number, down: number) =>
      modem.scheduler.retryIntervalMs(up, down, modem.now);
    // Turnaround, 100 ms down, 50 up, the modem twice, a second for the node.
    expect(interval(50, 100)).toBe(50 + 100 + 50 + 50 + 50 + 50 + 1000);
    expect(interval(1050, 100) - interval(50, 100)).toBe(1000);
    for (let i = 0; i < 5; i++) modem.offer(3);
    expect(interval(50, 100)).toBeGreaterThanOrEqual(1350 + 5 * 100);
    modem.offer(3, { bytes: 28_250 });
    expect(interval(50, 100)).toBeGreaterThan(30_000);
    modem.run(60_000);
    expect(interval(50, 100)).toBeGreaterThan(HOUR_MS - 60_000);
  });
});
