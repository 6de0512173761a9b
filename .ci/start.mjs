/**
 * `npm start`: the gateway from a fresh clone. It runs in this very process, so signals, the exit
 * code and standard input need no forwarding and a small machine carries one Node, not two. The
 * `exec` in package.json is for the same: without it npm's signals would end at a shell.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensurePackages, prepare, root } from './prepare.mjs';

prepare(ensurePackages, ensureBuild);
const main = join(root, 'dist/main.js');
process.argv = [
  process.execPath,
  main,
  'run',
  '-c',
  'config/default.yaml',
  ...process.argv.slice(2),
];
await import(pathToFileURL(main).href);
