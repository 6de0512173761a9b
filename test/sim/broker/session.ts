/** What the broker keeps of one client id (MQTT 5, 4.1). */
import type { QoS } from 'mqtt-packet';

export interface BrokerMessage {
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
}

export interface Subscription {
  qos: QoS;
  identifier: number | undefined;
  noLocal: boolean;
  retainAsPublished: boolean;
}

/** A message on its way to the client. */
export interface Outgoing extends BrokerMessage {
  identifiers: readonly number[];
  /** PUBREC has come: PUBREL is what is repeated. */
  isReleased: boolean;
}

/** Packet ids go round. */
const PACKET_IDS = 0xffff;

export class BrokerSession {
  readonly subscriptions = new Map<string, Subscription>();
  /** By packet id, in the order of sending. */
  readonly inFlight = new Map<number, Outgoing>();
  /** What has to wait for the client's Receive Maximum, or for the client. */
  readonly queue: Outgoing[] = [];
  /** QoS 2 messages from the client that wait for PUBREL. */
  readonly incoming = new Map<number, BrokerMessage>();
  private lastId = 0;

  constructor(readonly clientId: string) {}

  get isIdle(): boolean {
    return this.queue.length === 0 && this.inFlight.size === 0;
  }

  nextPacketId(): number {
    do this.lastId = (this.lastId % PACKET_IDS) + 1;
    while (this.inFlight.has(this.lastId));
    return this.lastId;
  }
}
