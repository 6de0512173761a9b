import type { XbeeDialect } from './frames.js';

/** Nodes remembered; of one that was forgotten the module finds the 16-bit address again by itself. */
export const XBEE_PEERS_MAX = 1024;

interface Peer {
  address16: number | undefined;
  dialect: XbeeDialect;
}

/**
 * What the last packet of a node told. Nodes are known by their 64-bit address: the 16-bit one changes
 * when a node joins anew. The node that was silent for longest makes room.
 */
export class XbeePeers {
  readonly #peers = new Map<string, Peer>();

  get(address: string): Peer | undefined {
    return this.#peers.get(address);
  }

  heard(address: string, address16: number | undefined, dialect: XbeeDialect): void {
    const peer = this.#peers.get(address) ?? { address16, dialect };
    peer.address16 = address16;
    peer.dialect = dialect;
    // Behind all others, as the map keeps the order of insertion.
    this.#peers.delete(address);
    this.#peers.set(address, peer);
    if (this.#peers.size <= XBEE_PEERS_MAX) return;
    const [oldest] = this.#peers.keys();
    if (oldest !== undefined) this.#peers.delete(oldest);
  }

  /** From the status of a transmission; undefined: what was known is out of date. */
  found(address: string, address16: number | undefined): void {
    const peer = this.#peers.get(address);
    if (peer !== undefined) peer.address16 = address16;
  }
}
