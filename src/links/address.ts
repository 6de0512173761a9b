const PORT_MAX = 65_535;

/** "192.0.2.1:1883", "[2001:db8::1]:1883": one text for what a UDP peer is, and back. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** undefined: it is no address of a peer. Whether its host is one is left to the system. */
export function parseAddress(address: string): { host: string; port: number } | undefined {
  const colon = address.lastIndexOf(':');
  const host = address.startsWith('[') ? address.slice(1, colon - 1) : address.slice(0, colon);
  const port = Number(address.slice(colon + 1));
  const isPeer = colon > 0 && Number.isInteger(port) && port > 0 && port <= PORT_MAX;
  return isPeer ? { host, port } : undefined;
}

/** Whether an IP address stands for all addresses of the machine: `0.0.0.0`, `::` and longer forms of it. */
export function isWildcard(host: string): boolean {
  return /^[0:.]+$/.test(host);
}

/** `ff02::1` and `fe80::2%eth0` make `ff02::1%eth0`; an address without a zone changes nothing. */
export function withZoneOf(address: string, other: string | undefined): string {
  const [, zone] = other?.split('%') ?? [];
  return zone === undefined || address.includes('%') ? address : `${address}%${zone}`;
}
