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
import type { LateAnswers } from './late-answers.js';
import { LoginSessions } from './sessions.js';

const COOKIE_OPTIONS = { path: '/', httpOnly: true, sameSite: 'Strict' } as const;

/** These answer without a token. */
const OPEN_PATHS: readonly string[] = ['/api/login', '/api/logout'];

export class Login {
  private readonly expected: Buffer | undefined;
  private readonly sessions = new LoginSessions();
  private readonly attempts = new LoginAttempts();

  /** `token`: what requests must carry; undefined: nothing. `late`: when wrong ones are answered. */
  constructor(
    token: string | undefined,
    private readonly late: LateAnswers,
  ) {
    this.expected = token === undefined ? undefined : digest(Buffer.from(token));
  }

  /** Refuses requests without token and cookie (RFC 6750), and those with a wrong token late, whatever they ask for. */
  readonly guard: MiddlewareHandler<OnNode> = async (c, next) => {
    const refusal = this.objection(c);
    if (refusal?.code === 'wrong-token') {
      const { socket } = c.env.incoming;
      if (!this.late.isOver(socket)) await this.late.wait(socket);
      c.header('Connection', 'close');
    }
    if (refusal === undefined || OPEN_PATHS.includes(c.req.path)) return next();
    return refuse(c, refusal);
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
    if (this.late.isOver(c.env.incoming.socket)) return unauthorized('wrong-token');
    const given = /^Bearer +(.*)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given !== undefined && this.isToken(Buffer.from(given, 'latin1'))) return undefined;
    const name = getCookie(c, cookieName(c));
    if (given === undefined && name !== undefined && this.sessions.isValid(name)) return undefined;
    return unauthorized(given === undefined ? 'token-required' : 'wrong-token');
  }

  private isToken(given: Buffer): boolean {
    return this.expected !== undefined && timingSafeEqual(digest(given), this.expected);
  }
}

/** Equally long whatever it is of, so that comparing tells nothing. */
function digest(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(code: 'token-required' | 'wrong-token'): Refusal {
  const error = code === 'wrong-token' ? ', error="invalid_token"' : '';
  return new Refusal(code, 'this needs the token of http.token_file', {
    'WWW-Authenticate': `Bearer realm="mqttsn-gateway"${error}`,
  });
}
