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
const args = process.argv.slice(2);
// Who tries it out wants to see something. Who has a file of their own has said there what they want.
if (args.length === 0) process.env['MQTTSN_HTTP_LISTEN'] ??= '127.0.0.1:8080';
process.argv = [process.execPath, main, 'run', '-c', 'config/default.yaml', ...args];
await import(pathToFileURL(main).href);
