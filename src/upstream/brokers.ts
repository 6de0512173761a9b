/**
 * The brokers of the configuration, shared by all connections of the gateway: which one is used at
 * the moment and which version of MQTT each of them speaks, so that only the first connection has to
 * find out.
 */
export type MqttVersion = 5 | 4;

/** What is known of one at a moment: a connection under way goes by what it began with. */
export interface Broker {
  /** Its place in the configuration. */
  readonly index: number;
  /** As configured, without credentials. */
  readonly name: string;
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket. */
  readonly path: string;
  readonly version: MqttVersion;
  /** MQTT 5 attempts in a row that the broker ended without an answer. */
  readonly silences: number;
}

/** Protocol names that people type, and their default ports. */
const PROTOCOLS: Record<string, { protocol: Broker['protocol']; port: number }> = {
  'mqtt:': { protocol: 'mqtt', port: 1883 },
  'tcp:': { protocol: 'mqtt', port: 1883 },
  'mqtts:': { protocol: 'mqtts', port: 8883 },
  'ssl:': { protocol: 'mqtts', port: 8883 },
  'tls:': { protocol: 'mqtts', port: 8883 },
  'ws:': { protocol: 'ws', port: 80 },
  'wss:': { protocol: 'wss', port: 443 },
};

/** A restarting broker closes too; only a habit of closing is taken as "does not know MQTT 5". */
const SILENCES_MAX = 2;

export class Brokers {
  readonly #list: Broker[];
  readonly #wanted: MqttVersion;
  #current = 0;

  /** Throws a TypeError on an address that is none; the configuration has been checked before. */
  constructor(servers: readonly string[], version: MqttVersion) {
    this.#wanted = version;
    this.#list = servers.map((server, index) => ({
      index,
      version,
      silences: 0,
      ...parse(server),
    }));
  }

  get count(): number {
    return this.#list.length;
  }

  get current(): Broker {
    const broker = this.#list[this.#current];
    if (broker === undefined) throw new Error('no broker is configured');
    return broker;
  }

  /** `broker` failed: the next one's turn, unless another connection has noticed already. */
  moveOn(broker: Broker): void {
    if (broker.index === this.#current) this.#current = (this.#current + 1) % this.#list.length;
  }

  /** `broker` refused its version, perhaps to several at once. Returns whether an older one is worth an attempt. */
  refusedVersion({ index, version }: Broker): boolean {
    if (version === 4) return false;
    this.#learn(index, { version: 4 });
    return true;
  }

  /** `broker` closed the connection without CONNACK: perhaps it does not know the version, perhaps it restarts. */
  closedWithoutAnswer({ index }: Broker): void {
    if (this.#wanted === 4) return;
    const silences = (this.#list[index]?.silences ?? 0) + 1;
    const version = silences % (SILENCES_MAX + 1) === SILENCES_MAX ? 4 : 5;
    this.#learn(index, { silences, version });
  }

  /** `broker` accepted a connection: the version is right. */
  accepted({ index, version }: Broker): void {
    this.#learn(index, { silences: 0, version });
  }

  #learn(index: number, news: Partial<Pick<Broker, 'version' | 'silences'>>): void {
    const known = this.#list[index];
    if (known !== undefined) this.#list[index] = { ...known, ...news };
  }
}

function parse(server: string): Omit<Broker, 'index' | 'version' | 'silences'> {
  const url = new URL(server);
  const known = PROTOCOLS[url.protocol];
  if (known === undefined) {
    throw new TypeError(
      `${server}: the address must begin with mqtt://, mqtts://, ws:// or wss://`,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? known.port : Number(url.port);
  return {
    name: `${known.protocol}://${url.hostname}:${port}`,
    protocol: known.protocol,
    host,
    port,
    path: `${url.pathname}${url.search}` || '/',
  };
}
