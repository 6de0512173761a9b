/**
 * Who may ask: whoever has the token, and browsers that have shown it once. They get a cookie for it, which no script can
 * read and no page of another site can use.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { LoginState } from '../api/schema/login.js';
import type { OnNode } from '../api/router.js';
import { Refusal, refuse } from '../problem.js';
import { LoginAttempts } from './attempts.js';
import { cookieName } from './cookie.js';
import { LoginSessions } from './sessions.js';

const COOKIE_OPTIONS = { path: '/', httpOnly: true, sameSite: 'Strict' } as const;

/** These answer without a token. */
const OPEN_PATHS: readonly string[] = ['/api/login', '/api/logout'];

export class Login {
  private readonly expected: Buffer | undefined;
  private readonly sessions = new LoginSessions();
  private readonly attempts = new LoginAttempts();

  /** `token`: what requests must carry; undefined: nothing. */
  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(Buffer.from(token));
  }

  /** Refuses requests without token and cookie (RFC 6750). */
  readonly guard: MiddlewareHandler<OnNode> = async (c, next) => {
    if (OPEN_PATHS.includes(c.req.path)) return next();
    const refusal = this.objection(c);
    return refusal === undefined ? next() : refuse(c, refusal);
  };

  state(c: Context<OnNode>): LoginState {
    return {
      isRequired: this.expected !== undefined,
      isLoggedIn: this.expected !== undefined && this.objection(c) === undefined,
    };
  }

  /** undefined: the token is right, and the answer has a cookie. */
  begin(c: Context<OnNode>, token: string): Refusal | undefined {
    if (this.expected === undefined) return undefined;
    const address = getConnInfo(c).remote.address ?? '';
    const waitSec = this.attempts.waitSec(address);
    if (waitSec > 0) {
      return new Refusal(
        'too-many-requests',
        `too many wrong tokens; try again in ${waitSec} seconds`,
        { 'Retry-After': String(waitSec) },
      );
    }
    if (!this.isToken(Buffer.from(token))) {
      this.attempts.onWrong(address);
      return new Refusal('wrong-token', 'this is not the token of http.token_file');
    }
    const maxAge = LoginSessions.ageMaxSec;
    setCookie(c, cookieName(c), this.sessions.begin(), { ...COOKIE_OPTIONS, maxAge });
    return undefined;
  }

  end(c: Context<OnNode>): void {
    const name = getCookie(c, cookieName(c));
    if (name !== undefined) this.sessions.end(name);
    deleteCookie(c, cookieName(c), COOKIE_OPTIONS);
  }

  private objection(c: Context<OnNode>): Refusal | undefined {
    if (this.expected === undefined) return undefined;
    const given = /^Bearer +(.*)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given !== undefined && this.isToken(Buffer.from(given, 'latin1'))) return undefined;
    const name = getCookie(c, cookieName(c));
    if (given === undefined && name !== undefined && this.sessions.isValid(name)) return undefined;
    const [code, error] =
      given === undefined
        ? (['token-required', ''] as const)
        : (['wrong-token', ', error="invalid_token"'] as const);
    return new Refusal(code, 'this needs the token of http.token_file', {
      'WWW-Authenticate': `Bearer realm="mqttsn-gateway"${error}`,
    });
  }

  private isToken(given: Buffer): boolean {
    return this.expected !== undefined && timingSafeEqual(digest(given), this.expected);
  }
}

/** Equally long whatever it is of, so that comparing tells nothing. */
function digest(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}
