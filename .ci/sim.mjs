/** `npm run sim`: builds the simulated world, then plays stories in it; test/sim/main.ts says which. */
import { ensurePackages, prepare, run, runPackage } from './prepare.mjs';

prepare(ensurePackages, build, play);

function build() {
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.sim.json']);
}

function play() {
  run(process.execPath, ['build/test/sim/main.js', ...process.argv.slice(2)]);
}
