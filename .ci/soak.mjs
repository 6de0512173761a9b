/**
 * `npm run soak`: builds the gateway and test/soak, then runs it. Arguments follow: `npm run soak -- --minutes 60`.
 */
import { join } from 'node:path';
import { ensureBuild, ensurePackages, prepare, root, run, runPackage } from './prepare.mjs';
import { ensurePrograms, searchPath } from './programs.mjs';

prepare(ensurePackages, ensurePrograms, ensureBuild, buildSoak, soak);

function buildSoak() {
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.soak.json']);
}

function soak() {
  const { GATEWAY_MAIN = join(root, 'dist/main.js') } = process.env;
  Object.assign(process.env, { GATEWAY_MAIN, PATH: searchPath() });
  run(process.execPath, ['build/test/soak/main.js', ...process.argv.slice(2)]);
}
