/** Names of the gateway's own topics. Client ids come from devices: none of them leads to another topic. */

/** Everything else is written as %XX of its octets; no two ids have the same name. */
const UNSAFE = /[^\p{L}\p{N}\p{M} ._~@:$!,;=()'*-]/gu;

/** A client id as one level of a topic. */
export const levelOf = (client: string): string =>
  client.replaceAll(UNSAFE, (char) => encodeURIComponent(char));

/** Whose level it is; undefined: nobody's. */
function clientOfLevel(level: string): string | undefined {
  try {
    const client = decodeURIComponent(level);
    return levelOf(client) === level ? client : undefined;
  } catch {
    return undefined;
  }
}

/** As Home Assistant takes names: letters, digits, `_` and `-`. Two `_` never follow each other. */
export function objectId(name: string): string {
  const octets = new TextEncoder().encode(name);
  return Array.from(octets, (octet) => {
    const char = String.fromCharCode(octet);
    return /[A-Za-z0-9-]/.test(char) ? char : `_${octet.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** What has this id; undefined: nothing. */
export function nameOfObjectId(id: string): string | undefined {
  const escaped = /_([0-9a-f]{2})/g;
  try {
    const name = decodeURIComponent(id.replaceAll(escaped, '%$1'));
    return objectId(name) === id ? name : undefined;
  } catch {
    return undefined;
  }
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

  /** Whose state is there; undefined: nobody's. */
  clientOf(topic: string): string | undefined {
    const [before, after] = [`${this.base}/device/`, '/state'];
    if (!topic.startsWith(before) || !topic.endsWith(after)) return undefined;
    return clientOfLevel(topic.slice(before.length, -after.length));
  }

  /** @param what as the topic of the request names it */
  response(what: string): string {
    return `${this.base}/bridge/response/${what}`;
  }
}
