/** The chaotic world once more, with a gateway that is killed in it, and a disk and a broker that fail. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SleepPolicy } from '../../src/core/config.js';
import { replay } from '../../src/core/trace.js';
import { coreConfig } from '../support/core/config.js';
import { type CrashCommand, crashCommand, performCrash } from '../support/core/crash-commands.js';
import { DurableWorld } from '../support/core/durable-world.js';
import { HONEST } from '../support/core/world.js';

/** Fixed, so that what fails here fails everywhere; a failure prints the path to its smallest case. */
const chaos = {
  seed: Number(process.env['FC_SEED'] ?? 20_261_122),
  numRuns: Number(process.env['FC_RUNS'] ?? 500),
};

const worlds = fc.record({
  policy: fc.constantFrom<SleepPolicy>('drop-oldest', 'drop-newest', 'newest-per-topic'),
  messages: fc.constantFrom(1, 3, 100),
  perWake: fc.constantFrom(1, 100),
  gapMs: fc.constantFrom(0, 0, 500),
  /** Messages that the outbox has room for. */
  room: fc.constantFrom(0, 2, 100, 100),
  resumeOnWake: fc.boolean(),
  isTransparent: fc.boolean(),
  /** Whether everybody is connected when the story begins. */
  isRunning: fc.boolean(),
  luck: fc.nat(),
});

type Setting = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

function play(setting: Setting, commands: readonly CrashCommand[]): DurableWorld {
  const { luck, isRunning, isTransparent, room, resumeOnWake, ...sleep } = setting;
  const config = coreConfig({
    sleep,
    device: { resumeOnWake },
    keepsSessions: true,
    offline: { messages: room, bytes: 65_536, ageMs: 3_600_000, qos0: 'queue' },
  });
  const world = new DurableWorld(config, luck, isTransparent);
  for (const device of isRunning ? world.devices : []) {
    world.say(device, device.connect({ cleanSession: false, duration: 600 }));
  }
  if (isRunning) world.commit();
  for (const one of commands) performCrash(world, one);
  return world;
}

const stories = fc.array(crashCommand, { minLength: 5, maxLength: 100, size: 'max' });

describe('any sequence of events, with crashes', () => {
  it('breaks no rule, loses nothing acknowledged, and leaves nothing behind in the journal', () => {
    fc.assert(
      fc.property(worlds, stories, (setting, commands) => {
        const world = play(setting, commands);
        world.settle();
        for (const client of HONEST) expect(world.exchanges.owedTo(client), client).toBe(0);
      }),
      chaos,
    );
  });

  it('happens again from the trace of its latest run, octet by octet', () => {
    fc.assert(
      fc.property(worlds, stories, (setting, commands) => {
        const { trace } = play(setting, commands);
        expect(replay(trace, () => {})).toEqual({ ok: true, steps: trace.length - 1 });
      }),
      { ...chaos, numRuns: 100 },
    );
  });
});
