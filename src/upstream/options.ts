import type { UpstreamRequest } from '../core/types.js';
import type { Dial } from './connect-options.js';
import type { OwnTopics } from './own-topics.js';

/** The broker's side of the gateway. Answers and messages come through `emit` of `createUpstream`. */
export interface Upstream {
  /**
   * Resolves without waiting for a broker: the gateway starts with the broker away. Rejects only
   * when the embedded broker cannot listen; where that listens is what it resolves with.
   */
  start(): Promise<string | undefined>;
  /** Never throws; the answer comes as an event, possibly before this returns. */
  request(request: UpstreamRequest): void;
  /** What the gateway itself says and hears at the broker. */
  readonly own: OwnTopics;
  /** Says good-bye to the broker, without firing wills. Takes `STOP_TIMEOUT_MS` at most. */
  stop(): Promise<void>;
}

/** Stable codes of what the broker's side tells. */
type UpstreamCode =
  | 'BROKER_CONNECTED'
  | 'BROKER_UNREACHABLE'
  | 'BROKER_WITHOUT_QOS'
  | 'EMBEDDED_BROKER_LISTENS'
  | 'EMBEDDED_BROKER_SOCKET'
  | 'OWN_TOPICS_REFUSED'
  | 'PUBLISH_GIVEN_UP'
  | 'SUBSCRIBE_GIVEN_UP'
  | 'SUBSCRIPTION_NOT_RENEWED'
  | 'WILL_REFUSED';

type Write = (fields: { code: UpstreamCode; [field: string]: unknown }, message: string) => void;

export interface UpstreamLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

/** How one device reaches the broker; `${clientId}` is expanded already. */
export interface DeviceUpstream {
  mode: 'aggregating' | 'transparent';
  /** Login of a transparent device; neither of the two: that of the gateway. */
  user?: string;
  password?: string;
  /** Why the device may not connect at all. */
  refusal?: string;
}

export interface UpstreamOptions {
  /** Brokers in order of preference: mqtt://, mqtts://, ws:// or wss:// URLs. At least one, unless embedded. */
  servers: readonly string[];
  /** Run a broker in this process and use it instead of `servers`. */
  embedded?: { host: string; port: number };
  /** The highest MQTT version to try: 5, or 4 for MQTT 3.1.1. */
  version: 5 | 4;
  /** A name that tells this run from all others. */
  run: string;
  /** Client id of the gateway's own connection. */
  clientId: string;
  /** Put in front of a transparent device's client id. */
  clientIdPrefix: string;
  /** Connections that aggregated devices share; a device always publishes on the same one. */
  connections: number;
  user?: string;
  password?: string;
  /** PEM contents. */
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  /** ALPN protocol to offer, such as `x-amzn-mqtt-ca` on port 443 of AWS IoT Core. */
  alpn?: string;
  keepaliveSec: number;
  /** Messages and subscriptions above it are lowered to it. */
  maxQos: 1 | 2;
  /** QoS 1 and 2 messages in flight per connection; the broker's Receive Maximum may lower it. */
  maxInflight: number;
  /** Where the gateway's own topics begin; whether it is there is told at `<baseTopic>/bridge/state`. */
  baseTopic: string;
  /** The broker has acknowledged a message, so long after it was sent. */
  onRoundTrip(ms: number): void;
  /** Absent: over sockets of the system. */
  dial?: Dial | undefined;
  /** The rule for a device, looked up at each `open`. */
  deviceOf(client: string): DeviceUpstream;
}
