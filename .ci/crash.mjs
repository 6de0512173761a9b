/**
 * `npm run test:crash`: the crash tests in their long version, in every setup. `CRASH_KILLS` says how
 * often each of them strikes, `CRASH_SEED` repeats an earlier run. Arguments go to vitest.
 */
import { randomInt } from 'node:crypto';
import { ensureBuild, ensurePackages, prepare, runPackage } from './prepare.mjs';
import { ensurePrograms, searchPath } from './programs.mjs';

const SEEDS = 1_000_000;

prepare(ensurePackages, ensurePrograms, ensureBuild);

const { CRASH_SEED = String(randomInt(SEEDS)), CRASH_KILLS = '50' } = process.env;
Object.assign(process.env, { CRASH_SEED, CRASH_KILLS, PATH: searchPath() });
const repeat = `CRASH_SEED=${CRASH_SEED} CRASH_KILLS=${CRASH_KILLS} npm run test:crash`;
console.log(repeat);
prepare(crash);
console.log(`passed: ${repeat}`);

function crash() {
  runPackage('vitest/vitest.mjs', ['run', '--project', 'crash', ...process.argv.slice(2)]);
}
