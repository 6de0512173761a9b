/** Names of the gateway's own topics. Client ids come from devices: none of them leads to another topic. */

/** Everything else is written as %XX of its octets; no two ids have the same name. */
const UNSAFE = /[^\p{L}\p{N}\p{M} ._~@:$!,;=()'*-]/gu;

/** A client id as one level of a topic. */
export const levelOf = (client: string): string =>
  client.replaceAll(UNSAFE, (char) => encodeURIComponent(char));

/** As Home Assistant takes names: letters, digits, `_` and `-`. Two `_` never follow each other. */
export function objectId(name: string): string {
  const octets = new TextEncoder().encode(name);
  return Array.from(octets, (octet) => {
    const char = String.fromCharCode(octet);
    return /[A-Za-z0-9-]/.test(char) ? char : `_${octet.toString(16).padStart(2, '0')}`;
  }).join('');
}

export class Names {
  readonly health: string;
  readonly requests: string;
  /** A filter. */
  readonly anyDevice: string;

  /** @param base `mqtt.base_topic` */
  constructor(readonly base: string) {
    this.health = `${base}/bridge/health`;
    this.requests = `${base}/bridge/request/`;
    this.anyDevice = `${base}/device/+/state`;
  }

  get bridgeState(): string {
    return `${this.base}/bridge/state`;
  }

  device(client: string): string {
    return `${this.base}/device/${levelOf(client)}/state`;
  }

  /** @param what as the topic of the request names it */
  response(what: string): string {
    return `${this.base}/bridge/response/${what}`;
  }
}
