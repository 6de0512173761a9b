import { type DoneCallback, type Packet, Store } from 'mqtt';

/**
 * What is in flight, kept over a reconnect. MQTT.js stores a copy of what it sends, so the copy can
 * carry the DUP flag that a repetition needs [MQTT-3.3.1-1] and MQTT.js leaves out.
 */
export class ResendStore extends Store {
  constructor() {
    // Without `clean: false` a late packet after end() meets a destroyed store and throws.
    super({ clean: false });
  }

  override put(packet: Packet, done: DoneCallback): this {
    if (packet.cmd === 'publish') packet.dup = true;
    return super.put(packet, done);
  }
}
