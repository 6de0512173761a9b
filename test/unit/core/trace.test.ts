import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/codec/index.js';
import { createCore } from '../../../src/core/core.js';
import { replay, traceHeader, traceStep } from '../../../src/core/trace.js';
import { coreConfig } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connect, publish } from '../../support/core/messages.js';

/** A short run in which octets go in every direction, some of them in Node's Buffers. */
function record(): string[] {
  const config = coreConfig();
  const lines = [traceHeader(config)];
  let input: Parameters<typeof traceStep>[1];
  const driver: CoreDriver = new CoreDriver(config, [
    {
      onInput: (seen) => {
        input = seen;
      },
    },
  ]);
  const step = (act: () => readonly unknown[]): void => {
    const effects = act() as Parameters<typeof traceStep>[2];
    lines.push(traceStep(driver.now, input, effects));
  };
  const datagram = (frame: Uint8Array) =>
    driver.step({ kind: 'datagram', link: 'lan', address: 'A', data: frame });
  step(() => datagram(Buffer.from(encode(connect('dev1')))));
  const { token, client } = driver.request('open');
  step(() => driver.event({ event: 'opened', token, client }));
  step(() => datagram(Buffer.from(encode(publish(1)))));
  step(() =>
    driver.event({
      event: 'message',
      token: 1,
      client: 'dev1',
      topic: 'ab',
      payload: Buffer.from([0, 255]),
      qos: 1,
      retain: true,
    }),
  );
  driver.now += 10_000;
  step(() => driver.step({ kind: 'deadline' }));
  step(() => driver.admin({ command: 'reload', config }));
  return lines;
}

const ignore = (): void => {};
const lines = record();

describe('a trace', () => {
  it('replays with the same effects', () => {
    const seen: unknown[] = [];
    expect(replay(lines, ({ line, at, effects }) => seen.push([line, at, effects.length]))).toEqual(
      { ok: true, steps: 6 },
    );
    expect(seen[0]).toEqual([2, 1_000_000, 2]);
  });

  it('written again by a replay is the same text', () => {
    const again = [lines[0]];
    replay(lines, ({ at, input, effects }) => again.push(traceStep(at, input, effects)));
    expect(again).toEqual(lines);
  });

  it('with blank lines replays, too', () => {
    expect(
      replay(
        lines.flatMap((line) => [line, '', '  ']),
        ignore,
      ),
    ).toEqual({ ok: true, steps: 6 });
  });

  it.each([1, 2, 3, 4, 5])(
    'with another effect in step %s: reported with what the trace says',
    (step) => {
      const changed = lines.map((line, i) =>
        i === step ? line.replace(/"effects":\[.*/, '"effects":[]}') : line,
      );
      const recorded: (string | undefined)[] = [];
      expect(replay(changed, (one) => recorded.push(one.recorded))).toEqual({
        ok: false,
        line: step + 1,
        problem: 'other-effects',
      });
      expect(recorded.at(-1)).toBe('[]');
    },
  );

  it.each([
    ['no line at all', []],
    ['a step first', lines.slice(1)],
    ['some other file', ['{"hello":1}']],
    ['a header without a configuration', ['{"trace":1}']],
    ['a configuration that is none', ['{"trace":1,"config":{}}']],
    ['another version', [(lines[0] ?? '').replace('"trace":1', '"trace":2')]],
  ])('%s: not a trace', (_what, damaged) => {
    expect(replay(damaged, ignore)).toMatchObject({ ok: false, problem: 'not-a-trace' });
  });

  it.each(['{', 'null', '[]', '{"at":1}', '{"at":"1","input":{},"effects":[]}'])(
    'line %s: damaged',
    (line) => {
      expect(replay([lines[0] ?? '', line], ignore)).toEqual({
        ok: false,
        line: 2,
        problem: 'damaged-line',
      });
    },
  );

  describe('of a core that failed', () => {
    /** No datagram is without octets, so this one breaks a promise, and the core with it. */
    const input = { kind: 'datagram', link: 'lan', address: 'A' } as unknown as Parameters<
      typeof traceStep
    >[1];
    const failure = (): unknown => {
      try {
        createCore(coreConfig()).step(input, 1);
      } catch (error) {
        return error;
      }
      throw new Error('the core takes it');
    };
    const failed = (error: unknown): string[] => [
      lines[0] ?? '',
      traceStep(1, input, { error }),
      lines[1] ?? '',
    ];

    it('in the same way: found, and the replay ends there', () => {
      const seen: (string | undefined)[] = [];
      const result = replay(failed(failure()), ({ error }) => seen.push(error));
      expect(result).toEqual({ ok: false, line: 2, problem: 'core-failed' });
      expect(seen).toEqual([(failure() as Error).message]);
    });

    it('in another way, or not any more: reported with what the trace says', () => {
      const fine = [lines[0] ?? '', traceStep(1, { kind: 'deadline' }, { error: 'broken' })];
      for (const trace of [failed('broken'), fine]) {
        const recorded: (string | undefined)[] = [];
        const result = replay(trace, (step) => recorded.push(step.recorded));
        expect(result).toEqual({ ok: false, line: 2, problem: 'other-effects' });
        expect(recorded).toEqual(['broken']);
      }
    });

    it('without a word of it in the trace: the trace is damaged', () => {
      const trace = [lines[0] ?? '', traceStep(1, input, [])];
      expect(replay(trace, ignore)).toEqual({ ok: false, line: 2, problem: 'damaged-line' });
    });
  });

  it('retry interval missing in the configuration: damaged, not endless', () => {
    const damaged = lines.map((line) => line.replace('"intervalMs":10000,', ''));
    expect(replay(damaged, ignore).ok).toBe(false);
  });

  it('damaged anywhere: reported or replayed, never thrown', () => {
    const text = lines.join('\n');
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.nat(6),
        fc.string({ maxLength: 3 }),
        (at, gone, put) => {
          const damaged = text.slice(0, at) + put + text.slice(at + gone);
          expect(replay(damaged.split('\n'), ignore)).toHaveProperty('ok');
        },
      ),
      { seed: 5, numRuns: 1000 },
    );
  });

  it('steps of the wrong shape: reported or ignored, never thrown', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('datagram', 'upstream', 'admin', 'deadline'),
        (value, kind) => {
          const input = {
            kind,
            event: value,
            command: value,
            link: 'lan',
            address: value,
            data: value,
          };
          const line = JSON.stringify({ at: 1, input, effects: [] });
          expect(replay([...lines.slice(0, 3), line], ignore)).toHaveProperty('ok');
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});
