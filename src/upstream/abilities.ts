/** What a broker told in its CONNACK, joined with what the configuration allows. */
import type { IConnackPacket } from 'mqtt';
import type { MqttQos } from '../core/types.js';
import type { MqttVersion } from './brokers.js';
import { IN_FLIGHT_MAX } from './limits.js';

export interface Abilities {
  maxQos: MqttQos;
  /** QoS 1 and 2 publishes that may be in flight. */
  window: number;
  retain: boolean;
  /** Largest packet in octets. */
  maxPacketBytes: number;
  /** Incoming messages name the subscription they were sent for. */
  identifiers: boolean;
}

export function abilitiesOf(
  connack: IConnackPacket,
  version: MqttVersion,
  wanted: { maxQos: MqttQos; maxInflight: number },
): Abilities {
  const told = connack.properties ?? {};
  return {
    maxQos: Math.min(wanted.maxQos, told.maximumQoS ?? 2) as MqttQos,
    window: Math.min(wanted.maxInflight, told.receiveMaximum ?? 0xffff, IN_FLIGHT_MAX),
    retain: told.retainAvailable ?? true,
    maxPacketBytes: told.maximumPacketSize ?? Number.POSITIVE_INFINITY,
    identifiers: version === 5 && (told.subscriptionIdentifiersAvailable ?? true),
  };
}

/** Upper bound of what PUBLISH adds to topic and payload: fixed header, topic length, packet id, empty properties. */
const PUBLISH_OVERHEAD_BYTES = 5 + 2 + 2 + 1;

export function fits(abilities: Abilities, topic: string, payload: Uint8Array): boolean {
  if (abilities.maxPacketBytes === Number.POSITIVE_INFINITY) return true;
  return (
    PUBLISH_OVERHEAD_BYTES + Buffer.byteLength(topic) + payload.length <= abilities.maxPacketBytes
  );
}
