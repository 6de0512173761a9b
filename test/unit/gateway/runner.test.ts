import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  Effect,
  GatewayCore,
  Input,
  Instant,
  UpstreamEvent,
} from '../../../src/core/types.js';
import { Runner } from '../../../src/gateway/runner.js';

const DATA = Uint8Array.of(2, 0x17);
const send = (address: string): Effect => ({
  kind: 'send',
  link: 'lan',
  address,
  data: DATA,
  urgency: 1,
});
const open: Effect = {
  kind: 'upstream',
  request: { op: 'open', token: 1, client: 'a', cleanSession: true },
};
const reloaded: Effect = { kind: 'notice', notice: { notice: 'reloaded' } };
const opened: UpstreamEvent = { event: 'opened', token: 1, client: 'a' };
const HOUR_MS = 3_600_000;
/** Before each deadline there is a turn of the event loop, for which the fake clock takes so long. */
const TURN_MS = 1;

/** A core that does what a test tells it to. */
class ScriptedCore implements GatewayCore {
  readonly inputs: { input: Input; now: Instant }[] = [];
  deadline: Instant | undefined;
  onStep: (input: Input) => readonly Effect[] = () => [];

  step(input: Input, now: Instant): readonly Effect[] {
    this.inputs.push({ input, now });
    return this.onStep(input);
  }

  nextDeadline(): Instant | undefined {
    return this.deadline;
  }

  kinds(): string[] {
    return this.inputs.map(({ input }) => input.kind);
  }
}

function rig() {
  const core = new ScriptedCore();
  const done: string[] = [];
  const hooks = { onSend: (): void => {}, onRequest: (): void => {}, onStep: (): void => {} };
  const runner = new Runner(
    core,
    {
      send: ({ link, address }) => {
        done.push(`send ${link} ${address}`);
        hooks.onSend();
      },
      upstream: ({ op }) => {
        done.push(op);
        hooks.onRequest();
      },
      journal: () => undefined,
      notice: ({ notice }) => done.push(notice),
      measured: ({ what, ms }) => done.push(`${what} ${ms}`),
      internalError: (error, input) => done.push(`${(error as Error).message} at ${input.kind}`),
      step: (at, { kind }, outcome) => {
        hooks.onStep();
        done.push(`${at} ${kind} ${'error' in outcome ? 'failed' : outcome.length}`);
      },
    },
    () => Math.floor(performance.now()),
  );
  return { core, done, hooks, runner };
}

beforeEach(() => {
  const toFake = [
    'setTimeout',
    'clearTimeout',
    'setImmediate',
    'clearImmediate',
    'performance',
  ] as const;
  vi.useFakeTimers({ toFake: [...toFake], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the runner', () => {
  it('goes on when whoever sees its steps fails: effects are applied, and later inputs taken', () => {
    const { core, done, hooks, runner } = rig();
    core.onStep = () => [send('1')];
    hooks.onStep = () => {
      throw new Error('blind');
    };
    runner.admin({ command: 'disconnect-all' });
    runner.admin({ command: 'disconnect-all' });
    const once = ['blind at admin', 'send lan 1'];
    expect(done).toEqual([...once, ...once]);
  });

  it('applies the effects of a step in their order, after the step has been recorded', () => {
    const { core, done, runner } = rig();
    core.onStep = () => [send('1'), open, reloaded, send('2')];
    runner.datagram('lan', '192.0.2.1:1883', DATA);
    expect(done).toEqual(['0 datagram 4', 'send lan 1', 'open', 'reloaded', 'send lan 2']);
    expect(core.inputs[0]?.input).toEqual({
      kind: 'datagram',
      link: 'lan',
      address: '192.0.2.1:1883',
      data: DATA,
    });
  });

  it('an answer that comes while effects are applied waits until all of them are', () => {
    const { core, done, hooks, runner } = rig();
    core.onStep = (input) => (input.kind === 'datagram' ? [open, send('1')] : [send('2')]);
    hooks.onRequest = () => runner.upstreamEvent(opened);
    runner.datagram('lan', 'a', DATA);
    expect(done).toEqual(['0 datagram 2', 'open', 'send lan 1', '0 upstream 1', 'send lan 2']);
  });

  it('answers to answers keep their order', () => {
    const { core, hooks, runner } = rig();
    core.onStep = (input) => (input.kind === 'admin' ? [open, open] : []);
    hooks.onRequest = () => {
      runner.upstreamEvent(opened);
      runner.datagram('lan', 'a', DATA);
    };
    runner.admin({ command: 'disconnect-all' });
    expect(core.kinds()).toEqual(['admin', 'upstream', 'datagram', 'upstream', 'datagram']);
  });

  it('a bug in the core is reported with its input, and the next input is handled', () => {
    const { core, done, runner } = rig();
    core.onStep = (input) => {
      if (input.kind === 'admin') throw new Error('broken invariant');
      return [send('1')];
    };
    runner.admin({ command: 'disconnect-all' });
    runner.datagram('lan', 'a', DATA);
    expect(done).toEqual([
      '0 admin failed',
      'broken invariant at admin',
      '0 datagram 1',
      'send lan 1',
    ]);
  });

  it('a bug behind an effect is reported, and takes neither other effects nor inputs with it', () => {
    const { core, done, hooks, runner } = rig();
    core.onStep = (input) => (input.kind === 'datagram' ? [open, send('1'), reloaded] : []);
    hooks.onRequest = () => runner.upstreamEvent(opened);
    hooks.onSend = () => {
      throw new Error('no socket');
    };
    runner.datagram('lan', 'a', DATA);
    expect(done).toEqual([
      '0 datagram 3',
      'open',
      'send lan 1',
      'no socket at datagram',
      'reloaded',
      '0 upstream 0',
    ]);
  });

  it('looks at the clock for each step', () => {
    const { core, runner } = rig();
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(1500);
    runner.datagram('lan', 'a', DATA);
    expect(core.inputs.map(({ now }) => now)).toEqual([0, 1500]);
  });
});

describe('the deadline', () => {
  it('is kept, and the next one after it', () => {
    const { core, runner } = rig();
    core.deadline = 1000;
    core.onStep = (input) => {
      if (input.kind === 'deadline') core.deadline = core.inputs.length < 3 ? 2500 : undefined;
      return [];
    };
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(HOUR_MS);
    expect(core.kinds()).toEqual(['datagram', 'deadline', 'deadline']);
    expect(core.inputs.map(({ now }) => now)).toEqual([0, 1000 + TURN_MS, 2500 + TURN_MS]);
  });

  it('that moves to an earlier time is kept there', () => {
    const { core, runner } = rig();
    core.deadline = 5000;
    runner.datagram('lan', 'a', DATA);
    core.deadline = 200;
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(200 + TURN_MS);
    expect(core.inputs.at(-1)).toMatchObject({
      input: { kind: 'deadline' },
      now: 200 + TURN_MS,
    });
  });

  it('that moves to a later time costs one look and no more', () => {
    const { core, runner } = rig();
    core.deadline = 200;
    runner.datagram('lan', 'a', DATA);
    core.deadline = 5000;
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(4999);
    expect(core.kinds()).toEqual(['datagram', 'datagram', 'deadline']);
    vi.advanceTimersByTime(1 + TURN_MS);
    expect(core.kinds()).toHaveLength(4);
  });

  it('beyond what a timer can wait is not taken for now', () => {
    const { core, runner } = rig();
    core.deadline = 30 * 24 * HOUR_MS;
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(HOUR_MS - 1);
    expect(core.kinds()).toEqual(['datagram']);
  });

  it('comes after the datagrams that waited while the process stood still', () => {
    const { core, runner } = rig();
    core.deadline = 1000;
    core.onStep = (input) => {
      if (input.kind === 'deadline') core.deadline = undefined;
      return [];
    };
    runner.datagram('lan', 'a', DATA);
    // A turn of the event loop brings as many as it can, and the next one the last of them.
    const read = (count: number): void => {
      for (let at = 0; at < count; at++) runner.datagram('lan', 'a', DATA);
      if (count > 1) setImmediate(read, 1);
    };
    setTimeout(() => setImmediate(read, 32), 1000 - TURN_MS);
    vi.advanceTimersByTime(HOUR_MS);
    expect(core.kinds().indexOf('deadline')).toBe(1 + 32 + 1);
  });

  it('in the past does not spin', () => {
    const { core, runner } = rig();
    core.deadline = -5;
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(10);
    expect(core.inputs.length).toBeLessThanOrEqual(11);
  });

  it('held while the gateway ends: nobody is lost, and what comes is still taken in', () => {
    const { core, runner } = rig();
    core.deadline = 100;
    runner.datagram('lan', 'a', DATA);
    runner.holdDeadlines();
    runner.datagram('lan', 'a', DATA);
    vi.advanceTimersByTime(HOUR_MS);
    expect(core.kinds()).toEqual(['datagram', 'datagram']);
  });

  it('is forgotten at the stop, and nothing is taken in after it', () => {
    const { core, runner } = rig();
    core.deadline = 100;
    runner.datagram('lan', 'a', DATA);
    runner.stop();
    runner.datagram('lan', 'a', DATA);
    expect(vi.getTimerCount()).toBe(0);
    expect(core.inputs).toHaveLength(1);
  });
});
