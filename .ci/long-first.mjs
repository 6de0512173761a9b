/**
 * The order of test files: what takes longest begins first, or it would run alone at the end. For the rest vitest
 * goes by its last run, and on a fresh clone by size, which says little of tests that wait.
 */
import { relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';

/** Where the long files are, the longest first. */
const LONG = [
  'test/sim/seeds',
  'test/sim/planted/',
  'test/property/core',
  'test/e2e/dashboard/gateway',
  'test/e2e/dashboard/accessibility',
  'test/e2e/dashboard/stories',
  'test/e2e/dashboard/live',
  'test/scenarios/daemon',
  'test/crash/gateway',
  'test/crash/broker',
  'test/e2e/restart',
  'test/e2e/outage',
  'test/e2e/wills',
  'test/e2e/radio-links',
  'test/e2e/farewell',
  'test/e2e/signals',
  'test/contract/links/',
  'test/contract/store/',
];

export class LongFirst extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    /** @param {import('vitest/node').TestSpecification} file */
    const rank = ({ moduleId }) => {
      const path = relative(this.ctx.config.root, moduleId);
      const at = LONG.findIndex((start) => path.startsWith(start));
      return at < 0 ? LONG.length : at;
    };
    // Stable, and vitest puts each file into its project's group afterwards.
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
