import { defineConfig } from 'vitest/config';

/** Tests that start a broker or another program of the system. */
const PROGRAM_TESTS = ['test/contract/**/*.test.ts'];
/** Tests that also start the built gateway. */
const DAEMON_TESTS = ['test/e2e/**/*.test.ts', 'test/scenarios/daemon.test.ts'];
/** Tests that kill the built gateway under traffic; what judges them is tested in folders below. */
const CRASH_TESTS = ['test/crash/*.test.ts', 'test/soak/*.test.ts'];

/** Outside programs are slow to start and get in each other's way: few at a time, more patience. */
const OUTSIDE = { maxWorkers: 3, testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    // Five times faster. In return a test leaves nothing behind: no timer, handle or variable.
    isolate: false,
    // Bundles of the gateway with a planted fault: compiled already, and large.
    server: { deps: { external: [/\/build\/planted\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          // They compute and wait for nothing: how long that takes says nothing about the code.
          testTimeout: 60_000,
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
          sequence: { groupOrder: 2 },
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
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
