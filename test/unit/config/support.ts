import { formatError } from '../../../src/config/errors.js';
import { type ConfigResult, parseConfig } from '../../../src/config/parse.js';
import type { Config } from '../../../src/config/schema.js';

export interface World {
  env?: Record<string, string>;
  /** The files that exist, by path. */
  files?: Record<string, string>;
  hostName?: string;
}

/** Reads `text` as gw.yaml in a world of given variables and files. */
export function parse(
  text: string,
  { env = {}, files = {}, hostName = 'attic-pi' }: World = {},
): ConfigResult {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content !== undefined) return content;
    throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
  };
  return parseConfig(text, 'gw.yaml', { env, hostName, readFile });
}

export function configOf(text: string, world?: World): Config {
  const { config } = parse(text, world);
  if (config === undefined) throw new Error(errorsOf(text, world).join('\n'));
  return config;
}

/** The errors as people see them. */
export function errorsOf(text: string, world?: World): string[] {
  return (parse(text, world).errors ?? []).map(formatError);
}
