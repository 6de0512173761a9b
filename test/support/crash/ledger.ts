/**
 * What everybody in a crash test has seen, written down while it happens and judged afterwards
 * (checkers.ts). A payload names its topic and its number there, `topic number`, so that each message can
 * be told from all others and whoever reads it knows where it belongs. Times are milliseconds of one
 * clock, that of the test.
 */
import type { Message } from '../../../src/codec/index.js';

/** What a device has sent and heard, frame by frame, and when its radio was off. */
export type TraceEntry =
  | { at: number; from: 'device' | 'gateway'; message: Message }
  | { at: number; radio: 'on' | 'off' };

export interface DeviceLedger {
  clientId: string;
  /** CleanSession=0: the gateway owes it everything over each restart. */
  keepsSession: boolean;
  /** What it is subscribed to, from before the first message was published. */
  filters: readonly string[];
  trace: readonly TraceEntry[];
}

/** A message from an MQTT client to devices. */
export interface Published {
  payload: string;
  qos: 1 | 2;
  at: number;
  /** When the broker had taken it. */
  ackedAt?: number;
}

/** A message as an MQTT client has received it. */
export interface Observed {
  topic: string;
  payload: string;
  at: number;
}

/** From the signal to the end of the process, or of the whole outage. */
export interface Fault {
  victim: 'gateway' | 'broker';
  from: number;
  to: number;
}

export interface Ledgers {
  devices: readonly DeviceLedger[];
  published: readonly Published[];
  observed: readonly Observed[];
  faults: readonly Fault[];
  /** Messages that were first sent before are nobody's debt: the broker has lost everything then. */
  excusedBefore: number;
}

export const payloadOf = (topic: string, serial: number): string => `${topic} ${serial}`;

export const topicOf = (payload: string): string => payload.slice(0, payload.lastIndexOf(' '));

export const serialOf = (payload: string): number =>
  Number(payload.slice(payload.lastIndexOf(' ') + 1));

/** How many faults there were at some time from `begin` to `end`. */
export const faultsWithin = (faults: readonly Fault[], begin: number, end: number): number =>
  faults.filter(({ from, to }) => from <= end && to >= begin).length;
