/**
 * A client of MQTT.js, and who hears what comes in. QoS 1 and 2 messages are taken out of its hands,
 * because it would hold all later packets until the message in front of them is acknowledged.
 */
import {
  connect,
  type IClientOptions,
  type IConnackPacket,
  type IPublishPacket,
  MqttClient,
  type Packet,
} from 'mqtt';
import type { Answers } from './answers.js';
import type { Dial } from './connect-options.js';
import type { CodedError } from './reasons.js';
import { type IncomingPacket, NO_RECEIPT, type Receipt, type Receipts } from './receipts.js';

export interface ClientOwner {
  /** false: nobody would take a message. */
  isListening(): boolean;
  /** CONNACK; messages may follow at once. */
  greeted(client: MqttClient, packet: IConnackPacket): void;
  /** What was in flight before is settled. */
  connected(client: MqttClient): void;
  message(packet: IPublishPacket, receipt: Receipt): void;
  /** The broker has answered a ping. */
  pong(): void;
  /** The socket failed, the broker sent garbage, or told why it is about to close the connection. */
  failed(reason: CodedError): void;
  closed(client: MqttClient): void;
}

/** MQTT.js passes over a packet of a kind that it does not know. */
const TAKEN = 'taken';

export function createMqttClient(
  options: IClientOptions,
  owner: ClientOwner,
  answers: Answers,
  receipts: Receipts,
  dial: Dial | undefined,
): MqttClient {
  const client = dial === undefined ? connect(options) : new MqttClient(dial, options);
  client.on('connect', () => owner.connected(client));
  client.on('close', () => owner.closed(client));
  client.on('error', (error) => {
    owner.failed(error);
    // MQTT.js only reports garbage from the broker; nothing good comes after it [MQTT-4.8.0-1].
    client.stream?.destroy();
  });
  const hand = (packet: IPublishPacket, receipt: Receipt) => owner.message(packet, receipt);
  client.on('packetreceive', (packet) => {
    switch (packet.cmd) {
      case 'publish':
        // An alias, which we do not allow, is an error that MQTT.js deals with.
        if (packet.qos === 0 || packet.properties?.topicAlias !== undefined) return;
        if (owner.isListening()) receipts.publish(packet as IPublishPacket & IncomingPacket, hand);
        return take(packet);
      case 'pubrel':
        if (owner.isListening()) receipts.release(packet.messageId ?? 0);
        return take(packet);
      case 'suback':
        return answers.settle(packet.messageId ?? 0, Number(packet.granted[0]));
      case 'unsuback':
        return answers.settle(packet.messageId ?? 0, 0);
      case 'pingresp':
        return owner.pong();
      case 'connack':
        return owner.greeted(client, packet);
      case 'disconnect':
        return owner.failed(reasonOf(packet.reasonCode ?? 0));
      default:
    }
  });
  client.handleMessage = (packet, done) => {
    if (owner.isListening()) owner.message(packet, NO_RECEIPT);
    done();
  };
  return client;
}

function take(packet: Packet): void {
  (packet as { cmd: string }).cmd = TAKEN;
}

function reasonOf(code: number): CodedError {
  return Object.assign(new Error(`the broker disconnected us with code ${code}`), { code });
}
