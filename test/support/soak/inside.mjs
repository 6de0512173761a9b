/**
 * Loaded in front of the gateway (`node --import inside.mjs dist/main.js`): on SIGUSR2 it collects all garbage and
 * writes what is left to the file that SOAK_INSIDE names. What lives in the heap cannot be told from outside,
 * where garbage and growth look the same for minutes.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = /** @type {() => void} */ (runInNewContext('gc'));
const file = process.env['SOAK_INSIDE'] ?? '';

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  /** @type {Record<string, number>} */
  const handles = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  // In one step: nobody reads half of it.
  writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external, handles }));
  renameSync(`${file}.new`, file);
});
