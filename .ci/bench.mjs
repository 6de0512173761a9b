/** `npm run bench`: builds the gateway and the load programs, then runs bench/main.ts. */
import { ensureBuild, ensurePackages, prepare, run, runPackage } from './prepare.mjs';

prepare(ensurePackages, ensureBuild, buildBench, bench);

function buildBench() {
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.bench.json']);
}

function bench() {
  // --expose-gc: memory is measured after a collection, not before one.
  run(process.execPath, ['--expose-gc', 'build/bench/main.js', ...process.argv.slice(2)]);
}
