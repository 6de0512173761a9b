import type { MqttPacket, PublishFields, WillFields } from './types.js';

/** The gateway's own connection to the broker. */
export const GATEWAY = null;

/**
 * The surroundings that a scenario plays in: devices at addresses, a broker, a clock. One
 * implementation stands around the pure core, one around the built daemon.
 */
export interface World {
  /** Milliseconds of the gateway's clock. */
  now(): number;
  /** Lets `seconds` pass for the gateway. */
  wait(seconds: { core: number; daemon: number }): Promise<void>;
  /** Lets everything that is on its way arrive. */
  settle(): Promise<void>;

  send(at: string, frame: Uint8Array): Promise<void>;
  /** The next frame to an address, `*` for everybody. Fails when none comes. */
  receive(at: string): Promise<Uint8Array>;

  /** The next MQTT packet of a client (or GATEWAY) must be this one. */
  expectPacket(client: string | typeof GATEWAY, packet: MqttPacket): Promise<void>;
  /** The broker sends this to the client. */
  brokerSends(client: string, packet: MqttPacket): Promise<void>;
  /** Which comes first, a packet of the client or a frame to the address? A packet wins a tie. */
  packetBefore(client: string, at: string): Promise<boolean>;
  /** Some client stores a retained message at the broker. */
  storeRetained(message: PublishFields): Promise<void>;
  setBroker(state: BrokerState): Promise<void>;
  /** The broker has been away for the grace time after which sessions are given up. */
  graceOver(): Promise<void>;
  /** The will must have been published. */
  expectWill(will: WillFields): Promise<void>;

  /** Frames, packets and wills that nobody has expected, in words. */
  leftovers(): string[];

  /** Whether the steps between the upstream and the broker can be seen. */
  readonly seesUpstream: boolean;
  /** Undefined when the world cannot look inside. */
  stateOf(client: string): string | undefined;
  dropsFor(reason: string): number | undefined;
  /** Whether the broker was pinged on the client's connection. */
  wasPinged(client: string): boolean | undefined;
}

export type BrokerState = 'down' | 'up' | 'up without the session';
