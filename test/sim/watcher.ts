/**
 * Who judges a run: everything that can be seen from outside of the gateway is told to each watcher, which keeps a
 * ledger of its own and reports what must not be. None of them looks into the gateway.
 */
import type { Device } from '../../firmware-sim/devices/firmware.js';
import type { Notice } from '../../src/core/types.js';
import type { BrokerMessage } from './broker/session.js';
import type { Fault, MessagePlan, Story } from './story.js';

/** What a watcher may know of the world. */
export interface Scene {
  readonly story: Story;
  now(): number;
  /** By client id. */
  readonly devices: ReadonlyMap<string, Device>;
  /** Faults that have begun, with the time when each is over, `forMs` and `offMs` included. A kill that waits moves to its moment. */
  readonly faults: readonly { fault: Fault; from: number; to: number }[];
  /** Of a device on the network, at the moment. */
  addressOf(device: string): string | undefined;
  /** The device on the network that has this address, or had it before it moved. */
  ownerOf(address: string): string | undefined;
  /** What each modem has had on the air in its worst hour, as measured beside it. */
  worstHours(): readonly { modem: string; airTimeMs: number }[];
  /**
   * Of each radio, the longest that a frame has waited for the air lately, and how many were wanted again as they waited, as the
   * gateway's metrics tell.
   */
  airQueues(): readonly { link: string; worstWaitMs: number; renewed: number }[];
  /** Connections to the broker that somebody holds open. */
  connections(): number;
  /** Keys of the records on the disk. */
  records(): readonly string[];
  /** When the disk has not done what it was asked. */
  diskFailures(): readonly number[];
  /** Times in which the gateway has said that its disk fails, until its process has ended: what it learned then may be gone. */
  readonly lostMemory: readonly { from: number; to: number }[];
  /** Something is wrong. */
  report(breach: string): void;
}

export interface Watcher {
  /** A device has sent a message, on whatever link. */
  said?(device: string, data: Uint8Array): void;
  /** A device with its receiver on has got one. */
  heard?(device: string, data: Uint8Array): void;
  /** One comes on a radio, and its receiver is off. */
  missed?(device: string, data: Uint8Array): void;
  /** A datagram reaches the gateway. */
  frameIn?(link: string, address: string, data: Uint8Array): void;
  /** The gateway sends one; `address` null: to everybody. */
  frameOut?(link: string, address: string | null, data: Uint8Array): void;
  /** The gateway gets a datagram from a radio, or has one for it, before its modem queues it. */
  radioIn?(link: string, address: string, data: Uint8Array): void;
  radioOut?(link: string, address: string | null, data: Uint8Array): void;
  /** Octets on a connection to the broker, or how it ends. */
  wireIn?(connection: string, what: Uint8Array | string): void;
  wireOut?(connection: string, what: Uint8Array | string): void;
  notice?(notice: Notice): void;
  life?(is: 'begins' | 'serves' | 'killed' | 'ended'): void;
  /** The broker has a message of a client of the gateway's. */
  arrived?(clientId: string, message: BrokerMessage): void;
  /** The broker has put a message into the session of a client of the gateway's. */
  queued?(clientId: string, message: BrokerMessage): void;
  /** A client of the gateway's has acknowledged it: PUBACK or PUBREC. */
  handedOver?(clientId: string, message: BrokerMessage): void;
  /** The broker has a subscription in the session of a client of the gateway's, new or as before. */
  subscribed?(clientId: string, filter: string): void;
  /** A client of the gateway's does what MQTT forbids. */
  violated?(clientId: string, what: string): void;
  willFired?(clientId: string, will: BrokerMessage): void;
  /** Another client publishes at the broker. */
  published?(message: MessagePlan): void;
  /** A fault begins, which lasts until then, `forMs` and `offMs` included. */
  fault?(fault: Fault, to: number): void;
  /** The faults are over for good. */
  calm?(): void;
  /** Somebody has reported it. */
  breach?(what: string): void;
  /**
   * Faults have been over for so long that everything has to be in order; the devices are on still. `restless`: where something waits
   * all the same, devices and other clients of the broker by their names, and the gateway.
   */
  settled?(restless: readonly string[]): void;
  /** The devices are off, and what was under way has come to its end. */
  finish?(): void;
}

export type WatcherFactory = (scene: Scene) => Watcher;
