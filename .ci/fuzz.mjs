/** `npm run fuzz`: builds the targets with a counter in each block of code, then runs test/fuzz/main.ts. */
import { join } from 'node:path';
import { instrument } from './instrument.mjs';
import { ensurePackages, prepare, run, runPackage } from './prepare.mjs';

const BUILD = 'build/fuzz';

/** What is searched. Tests and the simulator's devices are only tools. */
const SOURCES = ['codec', 'framing', 'modems', 'config', 'http', 'cli'].map(
  (name) => `src/${name}`,
);

prepare(ensurePackages, build, fuzz);

function build() {
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.fuzz.json']);
  instrument([...SOURCES, 'firmware-sim/scene'].map((folder) => join(BUILD, folder)));
}

function fuzz() {
  run(process.execPath, [join(BUILD, 'test/fuzz/main.js'), ...process.argv.slice(2)]);
}
