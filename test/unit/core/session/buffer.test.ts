import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SleepPolicy } from '../../../../src/core/config.js';
import { type Downlink, SleepBuffer } from '../../../../src/core/session/buffer.js';

const OVERHEAD = 64;

const sizeOf = (message: Downlink): number =>
  message.payload.length + message.topic.length + OVERHEAD;

function downlink(topic: string, qos: 0 | 1 | 2, bytes: number, arrivedAt: number): Downlink {
  const payload = new Uint8Array(bytes);
  return {
    serial: 1,
    token: 0,
    ready: true,
    begun: false,
    repeated: false,
    topic,
    payload,
    qos,
    retain: false,
    arrivedAt,
    msgId: undefined,
    received: false,
    repaired: false,
  };
}

const limits = { messages: 4, bytes: 400, ageMs: 50, perWake: 100, gapMs: 0 };

type Action =
  | { act: 'push'; topic: string; qos: 0 | 1 | 2; bytes: number }
  | { act: 'begin' }
  | { act: 'shift' }
  | { act: 'expire' }
  | { act: 'pass'; ms: number }
  | { act: 'removeTopic'; topic: string };

const topic = fc.constantFrom('a', 'b');
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('push' as const),
      topic,
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      bytes: fc.constantFrom(0, 100, 500),
    }),
  },
  fc.record({ act: fc.constant('begin' as const) }),
  fc.record({ act: fc.constant('shift' as const) }),
  fc.record({ act: fc.constant('expire' as const) }),
  fc.record({ act: fc.constant('pass' as const), ms: fc.nat(30) }),
  fc.record({ act: fc.constant('removeTopic' as const), topic }),
);

/** The rules in the plainest words: a list, searched from the front. */
class NaiveBuffer {
  list: Downlink[] = [];

  push(message: Downlink, policy: SleepPolicy, now: number): Downlink[] {
    const dropped = this.expire(now);
    if (policy === 'newest-per-topic') {
      dropped.push(...this.take((one) => one.topic === message.topic && !one.begun));
    }
    this.list.push(message);
    while (this.list.length > limits.messages || this.bytes() > limits.bytes) {
      const free = this.list.filter(({ begun }) => !begun);
      const lowly = free.filter(({ qos }) => qos === 0);
      const victims = lowly.length > 0 ? lowly : free;
      const victim = policy === 'drop-newest' ? victims.at(-1) : victims[0];
      if (victim === undefined) break;
      dropped.push(...this.take((one) => one === victim));
    }
    return dropped;
  }

  expire(now: number): Downlink[] {
    return this.take((one) => now - one.arrivedAt >= limits.ageMs && !one.begun);
  }

  take(which: (message: Downlink) => boolean): Downlink[] {
    const taken = this.list.filter(which);
    this.list = this.list.filter((one) => !which(one));
    return taken;
  }

  private bytes(): number {
    return this.list.reduce((sum, one) => sum + sizeOf(one), 0);
  }
}

describe.each<SleepPolicy>(['drop-oldest', 'drop-newest', 'newest-per-topic'])(
  'a buffer with %s',
  (policy) => {
    it('behaves like a list that is searched each time', () => {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
          const buffer = new SleepBuffer();
          const naive = new NaiveBuffer();
          let now = 0;
          for (const step of actions) {
            let dropped: readonly Downlink[] = [];
            let expected: Downlink[] = [];
            if (step.act === 'push') {
              const message = downlink(step.topic, step.qos, step.bytes, now);
              dropped = buffer.push(message, { ...limits, policy }, now).map((one) => one.message);
              expected = naive.push(message, policy, now);
            } else if (step.act === 'begin') {
              const head = buffer.head();
              if (head) head.begun = true;
            } else if (step.act === 'shift') {
              expect(buffer.shift()).toBe(naive.list.shift());
            } else if (step.act === 'expire') {
              dropped = buffer.expire(limits.ageMs, now).map((one) => one.message);
              expected = naive.expire(now);
            } else if (step.act === 'removeTopic') {
              dropped = buffer
                .removeWhere((one) => one.topic === step.topic, 'topic-refused-by-device')
                .map((one) => one.message);
              expected = naive.take((one) => one.topic === step.topic);
            } else {
              now += step.ms;
            }
            expect(dropped).toEqual(expected);
            expect(buffer.length).toBe(naive.list.length);
            expect(buffer.head()).toBe(naive.list[0]);
          }
          expect(buffer.clear('session-ended').map((one) => one.message)).toEqual(naive.list);
        }),
        { seed: 2, numRuns: 100 },
      );
    });
  },
);

it('a buffer keeps its order and its count over a thousand messages', () => {
  const buffer = new SleepBuffer();
  const roomy = { ...limits, messages: 1000, bytes: 1e6, policy: 'drop-oldest' as const };
  const messages = Array.from({ length: 1000 }, () => downlink('a', 1, 0, 0));
  for (const message of messages) expect(buffer.push(message, roomy, 0)).toEqual([]);
  expect(messages.map(() => buffer.shift())).toEqual(messages);
  expect(buffer.shift()).toBeUndefined();
  expect(buffer.length).toBe(0);
});

const dropOldest = { ...limits, policy: 'drop-oldest' as const };

it('what a restart brings back counts, too', () => {
  const buffer = new SleepBuffer();
  for (let i = 0; i < 4; i++) buffer.restore(downlink('a', 1, 0, 0));
  const [dropped] = buffer.push(downlink('a', 1, 0, 0), dropOldest, 0);
  expect(dropped?.reason).toBe('buffer-full');
  expect(buffer).toHaveLength(4);
  const octets = new SleepBuffer();
  octets.restore(downlink('a', 1, 300, 0));
  octets.push(downlink('a', 2, 0, 0), dropOldest, 0);
  expect([...octets].map(({ qos }) => qos)).toEqual([2]);
});

it('exactly as many octets as are allowed: nothing has to go', () => {
  const buffer = new SleepBuffer();
  expect(buffer.push(downlink('a', 1, limits.bytes - OVERHEAD - 1, 0), dropOldest, 0)).toEqual([]);
});

it('each message that goes is told with its reason', () => {
  const buffer = new SleepBuffer();
  buffer.push(downlink('a', 1, 0, 0), dropOldest, 0);
  expect(buffer.expire(50, 50)).toMatchObject([{ reason: 'expired' }]);
  const policy = 'newest-per-topic';
  buffer.push(downlink('a', 1, 0, 60), { ...limits, policy }, 60);
  expect(buffer.push(downlink('a', 1, 0, 60), { ...limits, policy }, 60)).toMatchObject([
    { reason: 'replaced-by-newer' },
  ]);
});
