/**
 * `npm run soak`: builds the gateway and test/soak, then runs it. Arguments follow: `npm run soak -- --minutes 60`.
 * It runs in this very process, as the gateway does in `start.mjs`: a signal reaches who has started the others.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensurePackages, prepare, root, runPackage } from './prepare.mjs';
import { ensurePrograms, searchPath } from './programs.mjs';

prepare(ensurePackages, ensurePrograms, ensureBuild, buildSoak);
const { GATEWAY_MAIN = join(root, 'dist/main.js') } = process.env;
Object.assign(process.env, { GATEWAY_MAIN, PATH: searchPath() });
await import(pathToFileURL(join(root, 'build/test/soak/main.js')).href);

function buildSoak() {
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.soak.json']);
}
