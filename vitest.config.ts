import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './.ci/long-first.mjs';

/** Tests of the page, in one browser. */
const BROWSER_TESTS = ['test/e2e/dashboard/*.test.ts'];
/** Tests that start a broker, the built gateway, or another program. */
const OUTSIDE_TESTS = [
  'test/contract/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/scenarios/daemon-*.test.ts',
];
/** Tests that kill the built gateway under traffic; what judges them is tested in folders below. */
const CRASH_TESTS = ['test/crash/*.test.ts', 'test/soak/*.test.ts'];

/** They wait more than they compute; and on a busy machine a start alone may take seconds. */
const OUTSIDE = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: 'test/support/global-setup.ts',
};

export default defineConfig({
  test: {
    // Five times faster. In return a test leaves nothing behind: no timer, handle or variable.
    isolate: false,
    sequence: { sequencer: LongFirst },
    // What was transformed for one run serves the next: a file is known by its content.
    experimental: { fsModuleCache: true },
    // Bundles of the gateway with a planted fault: compiled already, and large.
    server: { deps: { external: [/\/build\/planted\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          // They compute and wait for nothing: how long that takes says nothing about the code.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Vitest would leave one to itself, which has little to do.
          maxWorkers: availableParallelism(),
          include: ['test/**/*.test.ts'],
          exclude: [...OUTSIDE_TESTS, ...CRASH_TESTS],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'browser',
          globalSetup: [OUTSIDE.globalSetup, 'test/support/dashboard/browser-setup.ts'],
          include: BROWSER_TESTS,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'outside',
          include: OUTSIDE_TESTS,
          exclude: BROWSER_TESTS,
          maxWorkers: 6,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...OUTSIDE,
          name: 'crash',
          include: CRASH_TESTS,
          // Alone on the machine, or they would measure the patience of devices.
          maxWorkers: 4,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
