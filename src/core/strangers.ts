import { DISCONNECT_INTERVAL_MS, DISCONNECTS_REMEMBERED_MAX } from './limits.js';
import type { Peer } from './peer.js';
import type { Instant } from './types.js';

/**
 * When an address was last sent a DISCONNECT. Strangers get one, so that a device learns that it was
 * forgotten, but at most one a second, and never as the answer to a DISCONNECT that is itself an
 * answer: two gateways would play ping-pong for ever.
 */
export class RecentDisconnects {
  private readonly sentAt = new Map<string, Instant>();

  /** Whether one may be sent now; notes it if so. */
  permit(peer: Peer, now: Instant): boolean {
    const key = `${peer.link} ${peer.key}`;
    const last = this.sentAt.get(key);
    if (last !== undefined && now - last < DISCONNECT_INTERVAL_MS) return false;
    this.note(key, now);
    return true;
  }

  private note(key: string, now: Instant): void {
    this.sentAt.delete(key);
    this.sentAt.set(key, now);
    if (this.sentAt.size <= DISCONNECTS_REMEMBERED_MAX) return;
    for (const oldest of this.sentAt.keys()) {
      this.sentAt.delete(oldest);
      break;
    }
  }
}
