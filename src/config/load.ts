/** The one place where the configuration touches the outside world: files and the host name. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { unreadable } from './files.js';
import { type ConfigResult, parseConfig } from './parse.js';

export type { ConfigResult } from './parse.js';

/** Reads and judges the file at `path`; undefined: there is none, and the defaults run. Never throws. */
export function loadConfig(path: string | undefined, env: NodeJS.ProcessEnv): ConfigResult {
  const machine = { env, hostName: hostname(), readFile: readText };
  if (path === undefined) return parseConfig('', undefined, machine);
  try {
    return parseConfig(readText(path), path, machine);
  } catch (error) {
    return { errors: [{ file: path, path: '', message: unreadable(error) }] };
  }
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
