import type { Peer } from './peer.js';
import type { Session } from './session/session.js';

/** All known sessions, by client id (the identity, compared whole) and by address (a route that may change). */
export class Sessions {
  private readonly byClient = new Map<string, Session>();
  private readonly byLink = new Map<string, Map<string, Session>>();

  get size(): number {
    return this.byClient.size;
  }

  get(clientId: string): Session | undefined {
    return this.byClient.get(clientId);
  }

  at(link: string, key: string): Session | undefined {
    return this.byLink.get(link)?.get(key);
  }

  add(session: Session): void {
    this.byClient.set(session.clientId, session);
  }

  /** Binds a session to an address; whoever had the address loses it. Returns the session that lost it. */
  bind(session: Session, peer: Peer): Session | undefined {
    const before = this.at(peer.link, peer.key);
    if (before === session) return undefined;
    if (before) before.peer = undefined;
    this.unbind(session);
    session.peer = peer;
    let link = this.byLink.get(peer.link);
    if (link === undefined) {
      link = new Map();
      this.byLink.set(peer.link, link);
    }
    link.set(peer.key, session);
    return before;
  }

  remove(session: Session): void {
    this.unbind(session);
    this.byClient.delete(session.clientId);
    session.removed = true;
  }

  /** The oldest session that keeps nothing anybody would miss. */
  firstIdle(): Session | undefined {
    for (const session of this.byClient.values()) if (session.isIdle) return session;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.byClient.values();
  }

  private unbind(session: Session): void {
    const { peer } = session;
    if (peer === undefined) return;
    this.byLink.get(peer.link)?.delete(peer.key);
    session.peer = undefined;
  }
}
