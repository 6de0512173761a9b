/** MQTT packets of the proxy, compared with those of the scenarios. */
import type { Packet } from 'mqtt-packet';
import type { RecordedPacket } from '../mqtt-proxy.js';
import { BASE_TOPIC, MQTT_VERSION } from './daemon-config.js';
import { same } from './same.js';
import type { MqttPacket } from './types.js';

const MQTT_KEEP_ALIVE_SEC = 60;
const SUBSCRIPTION_REFUSED = 0x80;

/** Sent by the MQTT library when it likes; the scenarios only want them to come. */
const ACKNOWLEDGEMENTS = new Set(['puback', 'pubrec', 'pubrel', 'pubcomp']);

/** What a scenario lists one by one. */
export const isRequest = ({ cmd }: { cmd: string }): boolean => !ACKNOWLEDGEMENTS.has(cmd);

/** On the gateway's own connection: a device's message, not one of the gateway's topics. */
export const isForwarded = (packet: RecordedPacket): boolean =>
  packet.cmd === 'publish' && !packet.topic.startsWith(BASE_TOPIC);

/** The packet to pass on when `held` is the one the scenario means. */
export function passing(held: Packet, wanted: MqttPacket): Packet | undefined {
  if (held.cmd !== wanted.cmd) return undefined;
  if (held.cmd === 'publish' && wanted.cmd === 'publish') {
    if (held.topic !== wanted.topic) return undefined;
    same(fieldsOf(held), expectedFields(wanted));
    return held;
  }
  if (held.cmd === 'connack' && wanted.cmd === 'connack') {
    if (wanted.sessionPresent !== undefined) same(held.sessionPresent, wanted.sessionPresent);
    const returnCode = wanted.returnCode ?? 0;
    return returnCode === 0 ? held : { ...held, sessionPresent: false, returnCode };
  }
  if (held.cmd === 'suback' && wanted.cmd === 'suback') {
    return { ...held, granted: [wanted.refused ? SUBSCRIPTION_REFUSED : (wanted.qos ?? 0)] };
  }
  return held;
}

/** What the scenarios say about a packet. */
export function fieldsOf(packet: RecordedPacket): object {
  switch (packet.cmd) {
    case 'connect': {
      same(
        [packet.protocolVersion, packet.keepalive],
        [MQTT_VERSION.transparent, MQTT_KEEP_ALIVE_SEC],
      );
      const { clean, will } = packet;
      return { cmd: 'connect', clean, ...(will && { will: messageOf(will) }) };
    }
    case 'publish':
      return { cmd: 'publish', ...messageOf(packet) };
    case 'subscribe': {
      const [first] = packet.subscriptions;
      return { cmd: 'subscribe', filter: first?.topic, qos: first?.qos };
    }
    case 'unsubscribe':
      return { cmd: 'unsubscribe', filter: packet.unsubscriptions[0] };
    default:
      return { cmd: packet.cmd };
  }
}

function messageOf(message: {
  topic: string | Buffer;
  payload: string | Buffer;
  qos?: number;
  retain?: boolean | undefined;
}): object {
  return {
    topic: message.topic.toString(),
    payload: Buffer.from(message.payload).toString('hex'),
    qos: message.qos ?? 0,
    retain: message.retain,
  };
}

/** A step's packet without what only says where it travels. */
export function expectedFields(packet: MqttPacket): object {
  const { client: _client, from: _from, ...fields } = packet as MqttPacket & { from?: string };
  return fields;
}
