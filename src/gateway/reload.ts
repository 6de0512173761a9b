import type { Config } from '../config/schema.js';

/** Parts of the configuration that a reload does not touch. */
const FIXED_PARTS: Record<string, (config: Config) => unknown> = {
  gateway: ({ gateway }) => gateway,
  mqtt: ({ mqtt }) => mqtt,
  links: ({ links }) => links,
  limits: ({ limits }) => limits,
  store: ({ store }) => store,
  http: ({ http }) => http,
  homeassistant: ({ homeassistant }) => homeassistant,
  'log.format': ({ log }) => log.format,
};

/** What is in force after a reload, and which parts of the new file take effect at the next start only. */
export function reloaded(current: Config, wanted: Config): { merged: Config; fixed: string[] } {
  const fixed = Object.entries(FIXED_PARTS)
    .filter(([, part]) => JSON.stringify(part(wanted)) !== JSON.stringify(part(current)))
    .map(([name]) => name);
  const { gateway, mqtt, links, limits, store, http, homeassistant, log } = current;
  const fixedParts = { gateway, mqtt, links, limits, store, http, homeassistant };
  const { level } = wanted.log;
  return { merged: { ...wanted, ...fixedParts, log: { ...log, level } }, fixed };
}
