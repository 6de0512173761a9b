import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './.ci/long-first.mjs';

/** Tests that start a broker or another program of the system. */
const PROGRAM_TESTS = ['test/contract/**/*.test.ts'];
/** Tests that also start the built gateway. */
const DAEMON_TESTS = ['test/e2e/**/*.test.ts', 'test/scenarios/daemon-*.test.ts'];
/** Tests that kill the built gateway under traffic; what judges them is tested in folders below. */
const CRASH_TESTS = ['test/crash/*.test.ts', 'test/soak/*.test.ts'];

/** They wait for outside programs more than they compute. A start alone may take seconds on a busy machine. */
const OUTSIDE = { maxWorkers: 5, testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Five times faster. In return a test leaves nothing behind: no timer, handle or variable.
    isolate: false,
    sequence: { sequencer: LongFirst },
    // Bundles of the gateway with a planted fault: compiled already, and large.
    server: { deps: { external: [/\/build\/planted\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          // They compute and wait for nothing: how long that takes says nothing about the code.
          testTimeout: 60_000,
          // Vitest would leave one to itself, which has little to do.
          maxWorkers: availableParallelism(),
          include: ['test/**/*.test.ts'],
          exclude: [...PROGRAM_TESTS, ...DAEMON_TESTS, ...CRASH_TESTS],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'programs',
          include: PROGRAM_TESTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'daemon',
          include: DAEMON_TESTS,
          globalSetup: 'test/support/global-setup.ts',
          // Beside those before: what waits leaves room.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'crash',
          include: CRASH_TESTS,
          globalSetup: 'test/support/global-setup.ts',
          // Alone on the machine, or they would measure the patience of devices.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
