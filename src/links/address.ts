/** "192.0.2.1:1883", "[2001:db8::1]:1883": one text for what a UDP peer is, and back. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.startsWith('[') ? address.slice(1, colon - 1) : address.slice(0, colon);
  return { host, port: Number(address.slice(colon + 1)) };
}
