/** Writes down which modules a process loads, one address in a line (module customization hooks of Node.js). */
import { appendFileSync } from 'node:fs';

/** @type {import('node:module').LoadHook} */
export const load = (url, context, next) => {
  appendFileSync(process.env['LOADED_MODULES_FILE'] ?? '/dev/null', `${url}\n`);
  return next(url, context);
};
