/** What goes out when on a channel, and what is told. */
import { describe, expect, it } from 'vitest';
import type { ChannelInput } from '../../../src/modems/channel-events.js';
import { opened, World } from './scripted-channel.js';

const TEN = Array.from({ length: 9 }, () => 0);

describe('a channel', () => {
  it('sends one message at a time, the urgent ones first', () => {
    const world = opened();
    world.send([1, ...TEN]);
    world.send([2, ...TEN], { urgency: 4 });
    world.send([3, ...TEN], { urgency: 1 });
    world.wait(10_000);
    expect(world.written()).toEqual(['1 at 0', '3 at 1', '2 at 2']);
  });

  it('tells when what has to be answered has left, and how long the answer may take', () => {
    const world = opened();
    world.send([1, ...TEN], { ref: 7 });
    world.wait(999);
    expect(world.of('transmitted')).toEqual([]);
    world.wait(1);
    const [told] = world.of('transmitted');
    expect(told).toMatchObject({ ref: 7, failed: false });
    expect(told?.answerMs).toBeGreaterThan(700);
    expect(told?.answerMs).toBeLessThan(10_000);
  });

  it('keeps quiet for the answer', () => {
    const world = opened();
    world.send([1, ...TEN], { ref: 7 });
    world.send([2, ...TEN], { address: '2' });
    world.wait(1500);
    expect(world.written()).toEqual(['1 at 0']);
    world.step({ kind: 'received', data: Uint8Array.of(1, 9, 9) });
    world.wait(100);
    expect(world.written()).toEqual(['1 at 0', '2 at 1.5']);
  });

  it('waits for the device that has just spoken to listen', () => {
    const world = opened();
    world.step({ kind: 'received', data: Uint8Array.of(1, 9, 9) });
    world.send([1], { urgency: 1 });
    world.wait(1000);
    expect(world.written()).toEqual(['1 at 0.05']);
  });

  it('gives what it hears with its signal, and every octet away', () => {
    const world = opened();
    world.step({ kind: 'received', data: Uint8Array.of(5, 2, 22) });
    expect(world.of('datagram')).toEqual([
      {
        kind: 'datagram',
        address: '5',
        data: Uint8Array.of(2, 22),
        reception: { maxMessageBytes: 50 },
      },
    ]);
  });

  it('and tells what else the modem says, in order', () => {
    const world = opened();
    const said = [
      { kind: 'discarded', bytes: 3, why: 'noise' },
      { kind: 'problem', code: 'MODEM_RESET', message: 'x' },
      { kind: 'reopen', why: 'y' },
    ] as const;
    world.modem.says = [...said];
    world.modem.signal = { rssiDbm: -90 };
    for (let i = 0; i < 2; i++) world.step({ kind: 'received', data: Uint8Array.of(5, 2, 22) });
    expect(world.effects.slice(1, 4).map(({ effect }) => effect)).toEqual(said);
    expect(world.of('datagram')).toHaveLength(2);
    expect(world.of('datagram')[0]?.reception).toEqual({
      maxMessageBytes: 50,
      signal: { rssiDbm: -90 },
    });
    expect(world.channel.usage(world.now).discardedBytes).toMatchObject({ noise: 6, checksum: 0 });
    expect(world.of('state')).toEqual([{ kind: 'state', state: 'ready' }]);
  });

  it('drops what is too big before it costs air time', () => {
    const world = opened();
    world.send(
      Array.from({ length: 51 }, () => 1),
      { ref: 3 },
    );
    expect(world.of('dropped')).toMatchObject([{ reason: 'too-big-for-device' }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 3, failed: true }]);
    expect(world.written()).toEqual([]);
  });

  it.each([
    ['unreachable', 'device-unreachable'],
    ['refused', 'modem-refused'],
  ] as const)('modem says %s: dropped, %s', (outcome, reason) => {
    const world = opened();
    world.modem.outcome = outcome;
    world.send([1], { ref: 3 });
    world.wait(1000);
    expect(world.of('dropped')).toMatchObject([{ address: '1', reason }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 3, failed: true }]);
  });

  it('offers a message again to a modem that was busy', () => {
    const world = opened();
    world.modem.outcome = 'busy';
    world.send([1], { ref: 3 });
    world.wait(150);
    world.modem.outcome = 'transmitted';
    world.wait(1000);
    expect(world.written().length).toBe(2);
    expect(world.of('transmitted')).toMatchObject([{ ref: 3, failed: false }]);
    expect(world.of('dropped')).toEqual([]);
  });

  it('tells that a message is lost when the modem was busy to the last try', () => {
    const world = opened();
    world.modem.outcome = 'busy';
    world.send([1], { ref: 3 });
    world.wait(10_000);
    expect(world.of('dropped')).toMatchObject([{ address: '1', reason: 'modem-refused' }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 3, failed: true }]);
  });
});

describe('an answer that a device asks for again', () => {
  const repeated = (data: number[], options: Partial<Extract<ChannelInput, { kind: 'send' }>>) => {
    const world = opened();
    world.send([1, ...TEN]);
    for (let i = 0; i < 3; i++) world.send(data, options);
    world.wait(60_000);
    return world.written().length - 1;
  };
  const PUBACK = [7, 0x0d, 0, 1, 0, 5, 0];

  it('while it waits goes out once', () => {
    expect(repeated(PUBACK, { urgency: 1 })).toBe(1);
    expect(repeated([2, 0x17], { urgency: 2 })).toBe(1);
  });

  it('is told from messages, of which two may say the same', () => {
    expect(repeated([8, 0x0c, 0, 0, 1, 0, 0, 42], { urgency: 2 })).toBe(3);
    expect(repeated([4, 0x10, 0, 5], { urgency: 3, ref: 7 })).toBe(3);
  });

  it('is told from others, to others, and more urgent ones', () => {
    const world = opened();
    world.send([1, ...TEN]);
    world.send(PUBACK, { urgency: 1 });
    world.send(PUBACK, { urgency: 1, address: '2' });
    world.send([7, 0x0d, 0, 1, 0, 6, 0], { urgency: 1 });
    world.send([7, 0x0d, 0, 1, 0], { urgency: 1 });
    world.send(PUBACK, { urgency: 2 });
    world.wait(60_000);
    expect(world.written()).toHaveLength(6);
  });

  it('that is on the air goes out again: the device may have asked because it missed it', () => {
    const world = opened();
    world.send(PUBACK, { urgency: 1 });
    world.send(PUBACK, { urgency: 1 });
    world.wait(60_000);
    expect(world.written()).toHaveLength(2);
  });

  it('that is on the air goes out once again, however often it is asked for meanwhile', () => {
    const world = opened();
    for (let times = 0; times < 5; times++) world.send(PUBACK, { urgency: 1 });
    world.wait(60_000);
    expect(world.written()).toHaveLength(2);
  });
});

describe('without a port', () => {
  it('what is to be sent is dropped', () => {
    const world = new World();
    world.send([1], { ref: 3 });
    expect(world.of('dropped')).toMatchObject([{ reason: 'link-down' }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 3, failed: true }]);
  });

  it('the message on its way is over, what waits goes out when the port is back', () => {
    const world = opened();
    world.send([1, ...TEN], { ref: 1 });
    world.send([2, ...TEN], { ref: 2 });
    world.step({ kind: 'closed' });
    world.wait(5000);
    world.step({ kind: 'opened' });
    world.wait(60_000);
    expect(world.written().map((one) => one[0])).toEqual(['1', '2']);
    expect(world.of('transmitted').map(({ ref }) => ref)).toEqual([1, 2]);
  });

  it('what waits too long is dropped', () => {
    const world = opened();
    world.send([1, ...TEN]);
    world.send([2, ...TEN], { ref: 2 });
    world.step({ kind: 'closed' });
    world.wait(61_000);
    expect(world.of('dropped')).toMatchObject([{ reason: 'waited-too-long' }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 2, failed: true }]);
  });
});

describe('under a duty cycle', () => {
  it('the air time is on disk before anything is sent', () => {
    const world = opened(0.01);
    world.send([1, ...TEN]);
    const [journal] = world.of('journal');
    expect(journal?.records.length).toBeGreaterThan(0);
    expect(world.written()).toEqual([]);
    world.wait(300);
    world.step({ kind: 'committed', number: journal?.number ?? 0 });
    expect(world.written()).toEqual(['1 at 0.3']);
  });

  it('port gone before it was: not sent, and told', () => {
    const world = opened(0.01);
    world.send([1, ...TEN], { ref: 1 });
    world.step({ kind: 'closed' });
    world.step({ kind: 'committed', number: world.of('journal')[0]?.number ?? 0 });
    expect(world.written()).toEqual([]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 1, failed: true }]);
  });

  it('early word of congestion; messages are refused, answers go on', () => {
    const world = opened(0.01);
    // 36 s an hour, of which messages have four fifths.
    for (let count = 0; count < 60; count++) {
      world.send([3, ...TEN]);
      world.commit();
      world.wait(1100);
    }
    expect(world.written().length).toBeLessThan(30);
    expect(world.of('congestion')).toEqual([{ kind: 'congestion', isCongested: true }]);
    expect(world.of('dropped').map(({ reason }) => reason)).toContain('air-time-used-up');
    const before = world.written().length;
    world.send([1], { urgency: 1 });
    world.commit();
    expect(world.written().length).toBe(before + 1);
    world.wait(3_700_000);
    expect(world.of('congestion').at(-1)).toEqual({ kind: 'congestion', isCongested: false });
  });
});

describe('a message that is longer than its share of the hour', () => {
  /** Less than three seconds of each hour, which is 28 octets: more than the modem takes otherwise. */
  const SHORT_HOUR = 0.001;
  const LONG = Array.from({ length: 40 }, () => 1);

  it('does not fit, and the core is told what does', () => {
    const world = opened(SHORT_HOUR);
    world.step({ kind: 'received', data: Uint8Array.of(5, 2, 22) });
    expect(world.of('datagram')).toMatchObject([{ reception: { maxMessageBytes: 28 } }]);
    world.send(LONG, { ref: 1 });
    expect(world.of('dropped')).toMatchObject([{ reason: 'too-big-for-device' }]);
    expect(world.of('transmitted')).toMatchObject([{ ref: 1, failed: true }]);
  });

  it('no answer is waited for longer than the hour after which all of the allowance is new', () => {
    const world = opened(SHORT_HOUR);
    for (let i = 0; i < 20; i++) {
      world.send([...TEN, i], { ref: i + 1, urgency: 2 });
      world.commit();
      world.wait(2000);
    }
    const times = world.of('transmitted').map(({ answerMs }) => answerMs);
    expect(times).toHaveLength(20);
    expect(Math.max(...times)).toBeLessThanOrEqual(3_600_000);
  });
});

describe('a modem that is silent', () => {
  it('is asked after a minute, and given up after two questions', () => {
    const world = opened();
    world.modem.probe = 'asked';
    world.wait(59_999);
    expect(world.written()).toEqual([]);
    world.wait(6000);
    expect(world.written()).toEqual(['255 at 60', '255 at 65']);
    world.wait(5000);
    expect(world.of('reopen')).toHaveLength(1);
  });

  it('is left alone as long as it answers, or when there is no question', () => {
    for (const probe of ['answered', 'none'] as const) {
      const world = opened();
      world.modem.probe = probe;
      world.wait(3_600_000);
      expect(world.of('reopen')).toEqual([]);
    }
  });
});
