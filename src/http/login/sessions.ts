/** Browsers that have shown the token: pages cannot send it with every request, and should not keep it. */
import { createHash, randomBytes } from 'node:crypto';

/** Browsers at once; the one that logged in first has to log in again. */
const SESSIONS_MAX = 64;

/** Without a request for so long, or after so long in any case, the token is asked for again. */
const IDLE_MAX_MS = 12 * 3_600_000;
const AGE_MAX_MS = 7 * 24 * 3_600_000;

const NAME_BYTES = 32;

interface LoginSession {
  begunAtMs: number;
  usedAtMs: number;
}

export class LoginSessions {
  /** By a digest of the name: what lies in memory logs nobody in. */
  private readonly sessions = new Map<string, LoginSession>();

  /** `nowMs`: on a clock that never goes back. */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** For how long a browser keeps the name. */
  static readonly ageMaxSec = AGE_MAX_MS / 1000;

  /** Returns the name of a new one: whoever has it is logged in. */
  begin(): string {
    const name = randomBytes(NAME_BYTES).toString('base64url');
    const now = this.nowMs();
    this.sessions.set(digest(name), { begunAtMs: now, usedAtMs: now });
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= SESSIONS_MAX) break;
      this.sessions.delete(oldest);
    }
    return name;
  }

  isValid(name: string): boolean {
    const key = digest(name);
    const session = this.sessions.get(key);
    if (session === undefined) return false;
    const now = this.nowMs();
    if (now - session.usedAtMs > IDLE_MAX_MS || now - session.begunAtMs > AGE_MAX_MS) {
      this.sessions.delete(key);
      return false;
    }
    session.usedAtMs = now;
    return true;
  }

  end(name: string): void {
    this.sessions.delete(digest(name));
  }
}

const digest = (name: string): string => createHash('sha256').update(name).digest('base64');
