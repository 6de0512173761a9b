/** What MQTT.js is told. It reads its options anew at each connect(), so a failover only changes them. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Will } from '../core/types.js';
import { asBuffer } from './buffers.js';
import type { Broker } from './brokers.js';
import { CONNECT_TIMEOUT_MS } from './limits.js';
import type { PacketIds } from './packet-ids.js';
import type { OutgoingStore } from './outgoing-store.js';
import { HAS_PASSPHRASE } from './remedies.js';

/** Who connects. */
export interface Identity {
  clientId: string;
  user?: string | undefined;
  password?: string | undefined;
  will?: Will | undefined;
  /** false: a session that the broker may still hold is continued from the first connection on. */
  cleanStart: boolean;
  /** MQTT 3.1.1, which knows no time: whether the broker keeps the session over an outage. */
  persistent: boolean;
  /** Whether it has to be there for another process of ours. */
  outlivesUs: boolean;
  /** MQTT 5: how long it does. */
  sessionExpirySec: number;
  /** MQTT 5: the broker waits this long with the will, and drops it when we are back by then. */
  willDelaySec?: number;
}

/** What becomes of a session that the broker holds; `wipe`: it goes, and this connection as well. */
export type Start = 'resume' | 'new' | 'wipe';

/** @param begun whether the identity has connected before */
export function startOf(identity: Identity, { version }: Broker, begun: boolean): Start {
  // What begins with CleanSession ends with its connection [MQTT-3.1.2-6].
  if (version === 4 && !identity.persistent) return 'new';
  if (begun || !identity.cleanStart) return 'resume';
  // MQTT 5 could go on with what begins clean, but Mosquitto 2.0 does not save it over its own restart.
  return version === 4 || identity.outlivesUs ? 'wipe' : 'new';
}

/** Begins a connection to a broker and gives what octets go through, at once. */
export type Dial = ConstructorParameters<typeof MqttClient>[0];

/** What all connections have in common. */
export interface Transport {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  alpn?: string | undefined;
  dial?: Dial | undefined;
  keepaliveSec: number;
  maxQos: 1 | 2;
}

export function clientOptions(
  identity: Identity,
  transport: Transport,
  broker: Broker,
  packetIds: PacketIds,
  outgoingStore: OutgoingStore,
): IClientOptions {
  const options: IClientOptions = {
    ...singleAttempt(identity),
    keepalive: transport.keepaliveSec,
    // Else each answer of the broker puts PINGREQ off, and a slow broker hears nothing in time [MQTT-3.1.2-22].
    reschedulePings: false,
    queueQoSZero: false,
    resubscribe: false,
    // Saves 16 MB of ready-made numbers.
    writeCache: false,
    // What it tells those who debug it costs a part of each message, also where nobody listens.
    log: () => undefined,
    messageIdProvider: packetIds,
    outgoingStore,
  };
  aimAt(options, broker, identity, transport, 'resume');
  return options;
}

/** Who connects, when told so, and once. */
export function singleAttempt({ clientId, user, password }: Identity): IClientOptions {
  return {
    manualConnect: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    clientId,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Makes the next connect() one to `broker`. */
export function aimAt(
  options: IClientOptions,
  broker: Broker,
  identity: Identity,
  transport: Transport,
  start: Start,
): void {
  options.clean = start !== 'resume';
  delete options.will;
  if (identity.will !== undefined && start !== 'wipe') {
    options.will = willOptions(identity.will, transport.maxQos);
    if (broker.version === 5 && identity.willDelaySec !== undefined) {
      options.will.properties = { willDelayInterval: identity.willDelaySec };
    }
  }
  options.protocol = broker.protocol;
  options.host = broker.host;
  options.hostname = broker.host;
  options.port = broker.port;
  options.protocolVersion = broker.version;
  // MQTT.js leaves the name of the last server behind.
  delete options.servername;
  delete options.properties;
  delete options.wsOptions;
  // Elsewhere MQTT.js takes a path for a Unix socket.
  delete options.path;
  if (broker.protocol === 'ws' || broker.protocol === 'wss') options.path = broker.path;
  if (broker.version === 5) {
    options.properties = {
      sessionExpiryInterval: start === 'wipe' ? 0 : identity.sessionExpirySec,
    };
  }
  if (broker.protocol === 'mqtts' || broker.protocol === 'wss') secure(options, transport);
}

/** Of PKCS #8, and of the formats before it. OpenSSL tries without a passphrase, and now and then makes octets of it that it cannot read. */
const ENCRYPTED = /^(?:-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m;

const contexts = new WeakMap<Transport, SecureContext>();

/** A thousand connections share one parsed set of certificates: each of its own takes 1 ms and some 50 kB. */
function secure(options: IClientOptions, transport: Transport): void {
  let secureContext = contexts.get(transport);
  if (secureContext === undefined) {
    const { ca, cert, key } = transport;
    if (key !== undefined && ENCRYPTED.test(key.toString()))
      throw Object.assign(new Error('the key has a passphrase'), { code: HAS_PASSPHRASE });
    secureContext = createSecureContext({ ca, cert, key });
    contexts.set(transport, secureContext);
  }
  // MQTT.js hands its options to tls.connect(), those under `wsOptions` to the WebSocket.
  Object.assign(options, { secureContext, wsOptions: { secureContext } });
  if (transport.alpn !== undefined) options.ALPNProtocols = [transport.alpn];
}

function willOptions(will: Will, maxQos: 1 | 2): NonNullable<IClientOptions['will']> {
  return {
    topic: will.topic,
    payload: asBuffer(will.payload),
    qos: will.qos > maxQos ? maxQos : will.qos,
    retain: will.retain,
  };
}
