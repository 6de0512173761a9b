import type { Packet } from 'mqtt-packet';
import { BASE_TOPIC, GATEWAY_CLIENT } from './daemon-config.js';
import { DaemonWorld } from './daemon-world.js';
import type { MqttPacket } from './types.js';

/**
 * A rig in aggregating mode: the same for the devices, while their packets share one MQTT connection
 * and sessions end in the gateway. What the gateway sends there is its own affair; what the broker
 * sends is held until its step, as ever.
 */
export class AggregatingWorld extends DaemonWorld {
  override readonly seesUpstream = false;

  override async expectPacket(): Promise<void> {}

  override async brokerSends(_client: string, packet: MqttPacket): Promise<void> {
    if (packet.cmd !== 'connack') await super.brokerSends(GATEWAY_CLIENT, packet);
  }

  override async packetBefore(): Promise<boolean> {
    return false;
  }

  override wasPinged(): undefined {
    return undefined;
  }

  /** What the gateway says of itself is answered at once: unanswered, it would hold up the next connection. */
  protected override holds(_client: string, packet: Packet, topic?: string): boolean {
    return packet.cmd !== 'connack' && topic?.startsWith(BASE_TOPIC) !== true;
  }

  /** Its subscriptions end one by one, and no packet tells which was the last. */
  protected override gone(): Promise<void> {
    return this.settle();
  }

  protected override packetsLeft(): string[] {
    return [];
  }
}
