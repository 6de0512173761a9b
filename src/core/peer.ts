/** Where a frame came from and where its answer goes: a route, not an identity. */
export interface Peer {
  readonly link: string;
  readonly address: string;
  /** Set behind a forwarder: goes into every frame for this device (SN 5.5). */
  readonly node: Uint8Array | undefined;
  /** Address and node in one, unique within the link. */
  readonly key: string;
  /** The largest datagram that can go there, as the link said with the latest that came from there. */
  maxMessageBytes: number | undefined;
}

export function peerOf(link: string, address: string, node: Uint8Array | undefined): Peer {
  return {
    link,
    address,
    node: node && new Uint8Array(node),
    key: peerKey(address, node),
    maxMessageBytes: undefined,
  };
}

export function peerKey(address: string, node: Uint8Array | undefined): string {
  if (node === undefined) return address;
  let key = `${address}|`;
  for (const octet of node) key += octet.toString(16).padStart(2, '0');
  return key;
}

export const samePeer = (a: Peer, b: Peer): boolean => a.link === b.link && a.key === b.key;
