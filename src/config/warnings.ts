/** What is allowed and probably not meant, or not legal: the gateway runs with it, and says so. */
import type { Path } from './errors.js';
import type { Config } from './schema.js';
import { radioUse } from './serial-link.js';

export interface Warning {
  path: Path;
  message: string;
}

export function warningsOf({ links, store }: Config): Warning[] {
  const radios = links.flatMap((link, i) =>
    link.type === 'serial' ? [{ i, link, use: radioUse(link) }] : [],
  );
  const limited = radios.find(({ use }) => use.dutyCycle !== null);
  return [
    ...radios.flatMap(({ i, link, use }) =>
      use.advice.map((message) => ({
        path: link.radio === undefined ? ['links', i] : ['links', i, 'radio'],
        message,
      })),
    ),
    ...(limited !== undefined && store.path === 'memory'
      ? [{ path: ['store', 'path'], message: forgets(limited.link.name) }]
      : []),
  ];
}

const forgets = (link: string): string =>
  `is memory, so nobody knows what an earlier run has sent on link ${link}: it says nothing for an hour after each start; name a directory`;
