/** `npm run check`: everything that can be said about the code without running it. */
import { ensurePackages, prepare, runPackage } from './prepare.mjs';

/** @type {[what: string, script: string, args: string[]][]} */
const STEPS = [
  ['types', 'typescript/bin/tsc', []],
  ['types of the page', 'typescript/bin/tsc', ['-p', 'src/dashboard']],
  ['lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']],
  ['format', '@biomejs/biome/bin/biome', ['format']],
  ['dead code', 'knip/bin/knip.js', []],
  ['architecture', 'vitest/vitest.mjs', ['run', 'test/architecture.test.ts']],
];

prepare(ensurePackages);
const failed = STEPS.filter(([what, script, args]) => !passes(what, script, args));
if (failed.length > 0) {
  console.error(`\ncheck failed: ${failed.map(([what]) => what).join(', ')}`);
  process.exitCode = 1;
}

/**
 * @param {string} what
 * @param {string} script
 * @param {string[]} args
 */
function passes(what, script, args) {
  console.log(`\n# ${what}`);
  try {
    runPackage(script, args);
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}
