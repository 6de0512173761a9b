/** What MQTT.js is told. It reads its options anew at each connect(), so a failover only changes them. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { IClientOptions } from 'mqtt';
import type { MqttQos, Will } from '../core/types.js';
import { asBuffer } from './buffers.js';
import type { Broker } from './brokers.js';
import { CONNECT_TIMEOUT_MS } from './limits.js';
import type { PacketIds } from './packet-ids.js';
import { ResendStore } from './resend-store.js';

/** Who connects. */
export interface Identity {
  clientId: string;
  user?: string | undefined;
  password?: string | undefined;
  will?: Will | undefined;
  /** false: a session that the broker may still hold is continued from the first connection on. */
  cleanStart: boolean;
  /** true: the broker keeps the session over an outage. */
  persistent: boolean;
  /** How long it does (MQTT 5). */
  sessionExpirySec: number;
}

/** What all connections have in common. */
export interface Transport {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  alpn?: string | undefined;
  keepaliveSec: number;
  maxQos: MqttQos;
}

export function clientOptions(
  identity: Identity,
  transport: Transport,
  broker: Broker,
  packetIds: PacketIds,
): IClientOptions {
  const options: IClientOptions = {
    manualConnect: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: transport.keepaliveSec,
    clientId: identity.clientId,
    queueQoSZero: false,
    resubscribe: false,
    // Saves 16 MB of ready-made numbers.
    writeCache: false,
    messageIdProvider: packetIds,
    outgoingStore: new ResendStore(),
    incomingStore: new ResendStore(),
  };
  if (identity.user !== undefined) options.username = identity.user;
  if (identity.password !== undefined) options.password = identity.password;
  if (identity.will !== undefined) options.will = willOptions(identity.will, transport.maxQos);
  aimAt(options, broker, identity, transport);
  return options;
}

/** Points the next connect() at `broker`. */
export function aimAt(
  options: IClientOptions,
  broker: Broker,
  identity: Identity,
  transport: Transport,
): void {
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
      sessionExpiryInterval: identity.persistent ? identity.sessionExpirySec : 0,
    };
  }
  if (broker.protocol === 'mqtts' || broker.protocol === 'wss') secure(options, transport);
}

const contexts = new WeakMap<Transport, SecureContext>();

/** A thousand connections share one parsed set of certificates: each of its own takes 1 ms and some 50 kB. */
function secure(options: IClientOptions, transport: Transport): void {
  let secureContext = contexts.get(transport);
  if (secureContext === undefined) {
    const { ca, cert, key } = transport;
    secureContext = createSecureContext({ ca, cert, key });
    contexts.set(transport, secureContext);
  }
  // MQTT.js hands its options to tls.connect(), those under `wsOptions` to the WebSocket.
  Object.assign(options, { secureContext, wsOptions: { secureContext } });
  if (transport.alpn !== undefined) options.ALPNProtocols = [transport.alpn];
}

function willOptions(will: Will, maxQos: MqttQos): NonNullable<IClientOptions['will']> {
  return {
    topic: will.topic,
    payload: asBuffer(will.payload),
    qos: will.qos > maxQos ? maxQos : will.qos,
    retain: will.retain,
  };
}
