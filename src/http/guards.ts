/** What every request has to pass before it is answered, and what every answer carries. */
import type { MiddlewareHandler } from 'hono';
import { isLoopback } from '../config/values.js';
import { Refusal, refuse } from './problem.js';

/** No browser guesses at a content, runs or frames anything, or keeps it; unless the answer itself says otherwise. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export const safeAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};

/**
 * Refuses requests that name another host than this machine. A page from elsewhere can let its own name
 * lead to 127.0.0.1 (DNS rebinding): then the browser of somebody at this machine would read for it.
 */
export const thisMachineOnly: MiddlewareHandler = async (c, next) => {
  const name = hostName(c.req.header('host') ?? '');
  if (name === 'localhost' || isLoopback(name)) return next();
  const message = 'this server answers to localhost and 127.0.0.1 only';
  return refuse(c, new Refusal('wrong-host', message));
};

/**
 * Refuses requests that pages of other sites make a browser send. Such a page reads no answer in any case; this keeps it
 * from causing work, and from changing anything. Programs that are no browsers say nothing of where a request comes from.
 * Only for the API: who follows a link to `/metrics` or `/readyz` on another site's page wants to see it.
 */
export const sameSiteOnly: MiddlewareHandler = async (c, next) => {
  const site = c.req.header('sec-fetch-site');
  const isOurs = site === undefined || site === 'same-origin' || site === 'none';
  // Browsers that do not say it tell with what is no GET at least where it comes from.
  if (isOurs && isSameOrigin(c.req.header('origin'), c.req.header('host'))) return next();
  return refuse(c, new Refusal('cross-site', 'pages of other sites have no access'));
};

function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** The name in a Host header, without port and brackets. */
function hostName(host: string): string {
  const [, ipv6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (ipv6 ?? name ?? '').toLowerCase();
}
