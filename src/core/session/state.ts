/**
 * The states of a session as the gateway sees them (SN 6.14, figure 6.4), and which may follow which.
 *
 * DISCONNECTED  no connection; data of a session with CleanSession=0 are kept for a day.
 * CONNECTING    a CONNECT came; will prompts are open or the broker has not answered yet.
 * ACTIVE        connected; the device must say something within its keep alive.
 * ASLEEP        connected, but nothing may be sent to the device; messages wait in its buffer.
 * AWAKE         the device asked for its messages; PINGRESP ends it.
 * LOST          silent beyond its deadline: as DISCONNECTED, but the will was fired.
 *
 * The device decides every transition but three: the broker's refusal ends CONNECTING, silence
 * makes LOST, and the broker's absence beyond the grace time makes DISCONNECTED.
 */
import type { Connect } from '../../codec/messages/connect.js';
import type { Instant, StateName, Will } from '../types.js';

export type SettledState =
  | { name: 'DISCONNECTED'; expiresAt: Instant }
  | { name: 'LOST'; expiresAt: Instant }
  | { name: 'ACTIVE' }
  | {
      name: 'ASLEEP';
      /** As the device announced it, in seconds. */
      durationSec: number;
    };

export type SessionState =
  | SettledState
  | {
      name: 'CONNECTING';
      /** As it came: its repeat is recognised by it. */
      request: Connect;
      /** As it counts: `resumeOnWake` keeps a sleeper's session whatever it asks for. */
      cleanSession: boolean;
      waitingFor: 'will-topic' | 'will-message' | 'broker';
      will: Will | undefined;
      /** When the attempt is forgotten. */
      expiresAt: Instant;
      /**
       * What the session goes back to when the attempt comes to nothing; undefined when the broker was
       * asked by an attempt before it, whose session may have taken the place of the one there was.
       */
      resume: SettledState | undefined;
    }
  | {
      name: 'AWAKE';
      durationSec: number;
      since: Instant;
      /** Messages delivered in this wake-up. */
      delivered: number;
    };

export interface Transition {
  from: StateName;
  to: StateName;
  /** What makes it happen, for the figure. */
  on: string;
}

/** All legal transitions: `become` asserts them, the figure in ARCHITECTURE.md is drawn from them. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'DISCONNECTED', to: 'CONNECTING', on: 'CONNECT' },
  { from: 'LOST', to: 'CONNECTING', on: 'CONNECT' },
  { from: 'ACTIVE', to: 'CONNECTING', on: 'CONNECT' },
  { from: 'ASLEEP', to: 'CONNECTING', on: 'CONNECT' },
  { from: 'AWAKE', to: 'CONNECTING', on: 'CONNECT' },
  { from: 'CONNECTING', to: 'ACTIVE', on: 'broker accepts or is away, attempt forgotten' },
  { from: 'CONNECTING', to: 'DISCONNECTED', on: 'refused, DISCONNECT, attempt forgotten' },
  { from: 'CONNECTING', to: 'LOST', on: 'attempt forgotten' },
  { from: 'CONNECTING', to: 'ASLEEP', on: 'broker away, attempt forgotten' },
  { from: 'ACTIVE', to: 'ASLEEP', on: 'DISCONNECT(duration)' },
  { from: 'ASLEEP', to: 'AWAKE', on: 'PINGREQ' },
  { from: 'AWAKE', to: 'ASLEEP', on: 'PINGRESP sent, DISCONNECT(duration)' },
  { from: 'ACTIVE', to: 'DISCONNECTED', on: 'DISCONNECT, broker away too long' },
  { from: 'ASLEEP', to: 'DISCONNECTED', on: 'DISCONNECT, broker away too long' },
  { from: 'AWAKE', to: 'DISCONNECTED', on: 'DISCONNECT, broker away too long' },
  { from: 'ACTIVE', to: 'LOST', on: 'keep alive over' },
  { from: 'ASLEEP', to: 'LOST', on: 'sleep time over' },
  { from: 'AWAKE', to: 'LOST', on: 'other client id from its address' },
];

const legal = new Set(TRANSITIONS.map(({ from, to }) => `${from}>${to}`));

export const isLegal = (from: StateName, to: StateName): boolean => legal.has(`${from}>${to}`);

/** States in which the broker's side holds a connection for the device. */
export const isConnected = (name: StateName): boolean =>
  name === 'ACTIVE' || name === 'ASLEEP' || name === 'AWAKE';

/** States in which it holds one, or opens one. */
export const hasOrOpensConnection = (name: StateName): boolean =>
  isConnected(name) || name === 'CONNECTING';
