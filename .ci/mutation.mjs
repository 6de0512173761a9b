/**
 * `npm run mutation`: changes the code of the pure folders in thousands of small ways, and runs their
 * tests against each: a change that no test notices is a hole in the tests, or makes no difference.
 * Arguments name folders, or files as `codec/topics.ts`; all by default. What was found before is kept in `build/mutation`, and
 * only what has changed since is tried again. All of core takes some minutes.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, prepare, root } from './prepare.mjs';

prepare(ensurePackages);
const { Stryker } = await import('@stryker-mutator/core');

/**
 * The tests of each folder: those that know it best, and none that need the outside world or take seconds. What only others
 * would notice (`test/property`, `test/sim`) counts as unnoticed: a score is what there is at least.
 */
const TESTS = {
  codec: ['test/unit/codec', 'test/property/codec', 'test/property/topics'],
  framing: ['test/unit/framing', 'test/unit/modems/stream-vectors'],
  radio: ['test/unit/radio', 'test/property/radio'],
  modems: ['test/unit/modems', 'test/contract/modems/contract'],
  core: ['test/unit/core', 'test/scenarios/core'],
};

/** A folder with less has holes in its tests. */
const SCORE_MIN = 80;

const REPORTS = 'build/mutation';

/** @typedef {keyof typeof TESTS} Folder */

for (const [folder, files] of chosen(process.argv.slice(2))) await mutate(folder, files);

/**
 * What of each folder is changed, below it.
 * @param {string[]} args
 * @returns {Map<Folder, string[]>}
 */
function chosen(args) {
  const known = /** @type {Folder[]} */ (Object.keys(TESTS));
  /** @type {Map<Folder, string[]>} */
  const files = new Map();
  for (const arg of args.length === 0 ? known : args) {
    const [folder, rest] = /** @type {[string, string | undefined]} */ (arg.split(/\/(.*)/, 2));
    const name = known.find((one) => one === folder);
    if (name === undefined) {
      console.error(`no such folder: ${folder}; there are ${known.join(', ')}`);
      process.exit(64);
    }
    files.set(name, [...(files.get(name) ?? []), rest ?? '**/*.ts']);
  }
  return files;
}

/**
 * @param {Folder} folder
 * @param {string[]} files
 */
async function mutate(folder, files) {
  console.log(`\n# ${folder}`);
  process.chdir(root);
  // The processes that run the tests read it, see mutation-runner.mjs.
  process.env['MUTATION_TESTS'] = TESTS[folder].join(' ');
  const results = await new Stryker({
    mutate: files.map((file) => `src/${folder}/${file}`),
    testRunner: 'in-process',
    plugins: [join(root, '.ci/mutation-runner.mjs')],
    coverageAnalysis: 'perTest',
    // Changes to what is computed while code is loaded: half of the time for a tenth of the changes.
    ignoreStatic: true,
    incremental: true,
    incrementalFile: join(REPORTS, `${folder}.json`),
    reporters: ['progress-append-only', 'clear-text', 'html'],
    htmlReporter: { fileName: join(REPORTS, `${folder}.html`) },
    clearTextReporter: { logTests: false, allowColor: false },
    thresholds: { high: 90, low: SCORE_MIN, break: SCORE_MIN },
    // Loops without an end are counted (mutation-runner.mjs); a busy machine must not pass for one.
    timeoutMS: 30_000,
    // Stryker would rewrite it for the sandbox with an API that TypeScript 7 has not; vitest needs none.
    tsconfigFile: 'none',
    tempDirName: 'build/stryker',
    ignorePatterns: ['dist', 'build', 'coverage', 'data'],
    concurrency: availableParallelism(),
    allowEmpty: false,
  }).runMutationTest();
  console.log(`${folder}: ${results.length} changes`);
}
