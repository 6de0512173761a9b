import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Exchanges } from '../../../src/client/exchanges.js';
import type { Message } from '../../../src/codec/index.js';

describe('exchanges', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function exchanges() {
    const sent: Message[] = [];
    return {
      sent,
      exchanges: new Exchanges(
        (message) => sent.push(message),
        { intervalMs: 10_000, count: 3 },
        'gateway',
      ),
    };
  }

  it('take only the answer with the message id of the request', async () => {
    const { exchanges: open } = exchanges();
    const answer = open.ask({ type: 'PUBREL', msgId: 5 }, ['PUBCOMP']);
    expect(open.settle({ type: 'PUBCOMP', msgId: 4 })).toBe(false);
    expect(open.settle({ type: 'PUBCOMP', msgId: 5 })).toBe(true);
    await expect(answer).resolves.toEqual({ type: 'PUBCOMP', msgId: 5 });
  });

  it('repeat after each interval and stop when answered', async () => {
    const { exchanges: open, sent } = exchanges();
    const answer = open.ask({ type: 'PINGREQ' }, ['PINGRESP']);
    vi.advanceTimersByTime(9_999);
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sent).toHaveLength(2);
    open.settle({ type: 'PINGRESP' });
    vi.advanceTimersByTime(100_000);
    expect(sent).toHaveLength(2);
    await answer;
  });

  it('wait for a patient request as long as anything comes', async () => {
    const { exchanges: open, sent } = exchanges();
    const answer = open.ask({ type: 'PINGREQ', clientId: 'dev1' }, ['PINGRESP'], { patient: true });
    for (let msgId = 1; msgId <= 20; msgId++) {
      vi.advanceTimersByTime(9_000);
      open.settle({ type: 'REGISTER', topicId: msgId, msgId, topicName: 'a/b' });
    }
    expect(sent).toHaveLength(1);
    open.settle({ type: 'PINGRESP' });
    await answer;
  });

  it('all fail together when the session ends', async () => {
    const { exchanges: open } = exchanges();
    const answers = [
      open.ask({ type: 'PINGREQ' }, ['PINGRESP']),
      open.ask({ type: 'PUBREL', msgId: 1 }, ['PUBCOMP']),
    ];
    open.failAll(new Error('over'));
    const results = await Promise.allSettled(answers);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
