/** An MQTT packet in a line, in the words of `decode` for MQTT-SN. */
import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { payloadText } from '../../../src/observe/explain/text.js';

export function lineOfPacket(packet: Packet): string {
  return `${packet.cmd.toUpperCase()} ${fieldsOf(packet).join(', ')}`.trimEnd();
}

function fieldsOf(packet: Packet): string[] {
  switch (packet.cmd) {
    case 'connect':
      return connect(packet);
    case 'connack':
      return [
        codeText(packet.reasonCode ?? packet.returnCode) ?? 'accepted',
        ...(packet.sessionPresent ? ['session present'] : []),
      ];
    case 'publish':
      return publish(packet);
    case 'subscribe': {
      const filters = packet.subscriptions.map(({ topic, qos }) => `${topic} QoS ${qos}`);
      return [idText(packet), ...filters];
    }
    case 'unsubscribe':
      return [idText(packet), ...packet.unsubscriptions];
    case 'suback':
      return [
        idText(packet),
        ...packet.granted.map((granted) => `granted ${JSON.stringify(granted)}`),
      ];
    case 'disconnect':
      return [codeText(packet.reasonCode)].filter((text) => text !== undefined);
    case 'pingreq':
    case 'pingresp':
    case 'auth':
      return [];
    default: {
      const code = 'reasonCode' in packet ? codeText(packet.reasonCode) : undefined;
      return [idText(packet), ...(code === undefined ? [] : [code])];
    }
  }
}

function connect({ clientId, clean, keepalive, protocolVersion, will }: IConnectPacket): string[] {
  return [
    `client id ${clientId}`,
    clean === true ? 'clean start' : 'session kept',
    `keep alive ${keepalive ?? 0} s`,
    protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1',
    ...(will === undefined ? [] : [`will ${will.topic} QoS ${will.qos ?? 0}`]),
  ];
}

function publish(packet: IPublishPacket): string[] {
  const { topic, qos, dup, retain, payload } = packet;
  return [
    ...(dup ? ['repeated'] : []),
    `QoS ${qos}`,
    ...(retain ? ['retain'] : []),
    topic,
    ...(qos > 0 ? [idText(packet)] : []),
    `payload ${payloadText(Buffer.from(payload))}`,
  ];
}

const idText = ({ messageId }: Packet): string => `packet id ${messageId}`;

/** Undefined: success. */
const codeText = (code: number | undefined): string | undefined =>
  code === undefined || code === 0 ? undefined : `code 0x${code.toString(16).padStart(2, '0')}`;
