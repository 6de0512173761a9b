/** How the broker is told good-bye. */
import type { MqttClient } from 'mqtt';
import type { MqttVersion } from './brokers.js';

export type Farewell =
  /** Not at all, which makes it publish the will. */
  | 'drop'
  | 'disconnect'
  /** MQTT 5: the broker forgets the session. MQTT 3.1.1 cannot say it. */
  | 'disconnect-forget'
  /** MQTT 5: the broker publishes the will and forgets the session; MQTT 3.1.1: `drop`. */
  | 'fire-forget';

/** @param forget the session is over */
export function farewellOf(will: 'fire' | 'discard', forget: boolean): Farewell {
  if (will === 'fire') return forget ? 'fire-forget' : 'drop';
  return forget ? 'disconnect-forget' : 'disconnect';
}

const DISCONNECT_WITH_WILL = 0x04;

/** DISCONNECT without more ado: the same in both versions. */
const DISCONNECT = Buffer.from([0xe0, 0x00]);

/** For good: the client connects no more. */
export function sayFarewell(client: MqttClient, farewell: Farewell, version: MqttVersion): void {
  // MQTT.js would wait for what is in flight; that has been answered by now.
  client.outgoing = {};
  if (farewell === 'drop') client.end(true);
  else if (version === 5) client.end(false, packetOf(farewell));
  else client.end(farewell === 'fire-forget');
}

/** For a moment: MQTT.js keeps what is in flight, and sends it again at its next connect(). */
export function disconnect({ stream }: MqttClient): void {
  // What still comes is not read, because an answer could not be sent any more. The broker repeats it.
  stream.unpipe();
  stream.resume();
  stream.write(DISCONNECT);
  // Answers to what has been read already may follow it; to write them after end() would be an error.
  setImmediate(() => stream.end());
}

function packetOf(farewell: Exclude<Farewell, 'drop'>): object {
  if (farewell === 'disconnect') return { reasonCode: 0 };
  const reasonCode = farewell === 'fire-forget' ? DISCONNECT_WITH_WILL : 0;
  return { reasonCode, properties: { sessionExpiryInterval: 0 } };
}
