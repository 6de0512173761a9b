/** What every request has to pass before it is answered, and what every answer carries. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { isLoopback } from '../config/values.js';

/** No browser guesses at a content, runs or frames anything, or keeps it. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export const safeAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) c.res.headers.set(name, value);
};

/**
 * Refuses requests that name another host than this machine. A page from elsewhere can let its own name
 * lead to 127.0.0.1 (DNS rebinding): then the browser of somebody at this machine would read for it.
 */
export const thisMachineOnly: MiddlewareHandler = async (c, next) => {
  const name = hostName(c.req.header('host') ?? '');
  if (name === 'localhost' || isLoopback(name)) return next();
  return c.text('this server answers to localhost and 127.0.0.1 only\n', 403);
};

/**
 * Refuses requests that pages of other sites make a browser send. Such a page reads no answer in any case; this keeps it
 * from causing work. Programs that are no browsers say nothing of where a request comes from.
 */
export const sameSiteOnly: MiddlewareHandler = async (c, next) => {
  const from = c.req.header('sec-fetch-site');
  if (from === undefined || from === 'same-origin' || from === 'none') return next();
  return c.text('pages of other sites have no access\n', 403);
};

/** The name in a Host header, without port and brackets. */
function hostName(host: string): string {
  const [, ipv6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (ipv6 ?? name ?? '').toLowerCase();
}

/** Refuses requests without the token (RFC 6750). */
export function bearerToken(token: string): MiddlewareHandler {
  const expected = digest(Buffer.from(token));
  return async (c, next) => {
    const given = /^Bearer +(.*)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(Buffer.from(given, 'latin1')), expected)) {
      return next();
    }
    const error = given === undefined ? '' : ', error="invalid_token"';
    return c.text('this needs the token of http.token_file\n', 401, {
      'WWW-Authenticate': `Bearer realm="mqttsn-gateway"${error}`,
    });
  };
}

/** Equally long whatever it is of, so that comparing tells nothing. */
function digest(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}
