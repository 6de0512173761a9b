/** What is allowed and probably not meant, or not legal: the gateway runs with it, and says so. */
import type { Path } from './errors.js';
import type { Config } from './schema.js';
import { radioUse } from './serial-link.js';
import { isLoopback } from './values.js';

export interface Warning {
  path: Path;
  message: string;
}

/** Shorter ones can be found by trying: requests with a token are not limited, or programs that have the right one would suffer. */
const TOKEN_CHARS_MIN = 16;

export function warningsOf({ links, store, http }: Config): Warning[] {
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
    ...(http?.token !== undefined && isGuessable(http.token) && !isLoopback(http.listen.host)
      ? [{ path: ['http'], message: GUESSABLE }]
      : []),
  ];
}

const isGuessable = (token: string): boolean => token.length < TOKEN_CHARS_MIN;

const GUESSABLE = `other machines can try tokens out, and this one is short; make one of ${TOKEN_CHARS_MIN} characters or more, with \`openssl rand -hex 16\` for example`;

const forgets = (link: string): string =>
  `is memory, so nobody knows what an earlier run has sent on link ${link}: it says nothing for an hour after each start; name a directory`;
