/**
 * `npm test`: installs what is missing, builds, runs the suite, and prints as its last line
 * `N passed, N failed, N skipped`. Arguments go to vitest: `npm test -- test/unit`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuild, ensurePackages, prepare, root } from './prepare.mjs';
import { ensurePrograms, searchPath } from './programs.mjs';
import { summarize } from './report.mjs';

prepare(ensurePackages, ensurePrograms, ensureBuild);

const args = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'mqttsn-gateway-test-'));
const reportFile = join(folder, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=./.ci/skip-reasons.mjs',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...args,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: searchPath() } },
);

const { ok, line, remarks } = summarize(readReport(), args.some(isNamePattern));
for (const remark of remarks) console.log(remark);
if (ok && status !== 0) console.log('failed: an error outside of the tests, see above');
console.log(line);
process.exitCode = ok && status === 0 ? 0 : 1;

function readReport() {
  try {
    return /** @type {import('./report.mjs').Report} */ (
      JSON.parse(readFileSync(reportFile, 'utf8'))
    );
  } catch {
    console.log('failed: vitest left no report, see above');
    return { testResults: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} arg */
function isNamePattern(arg) {
  return /^(-t|--testNamePattern)/.test(arg);
}
