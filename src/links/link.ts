import type { LinkEvent, Reception, Urgency } from '../core/types.js';
import type { ModemProblem } from '../modems/modem.js';

/**
 * A way datagrams come in and go out. A link that fails says so and tries again by itself; it never
 * throws into the gateway and never disturbs another link.
 */
export interface Link {
  readonly name: string;
  /** For the `ready` line: "lan udp 0.0.0.0:1883". */
  readonly description: string;
  /** Resolves when datagrams can come in; rejects with a message for people when they never will. */
  start(events: LinkEvents): Promise<void>;
  /**
   * Sends to an address that `datagram` reported, here or in an earlier run, perhaps when the name was
   * another link's; null: to everybody, if there is a way. Never throws; what cannot be sent is reported.
   * `ref`: of a paced link its `transmitted` is wanted, once.
   */
  send(address: string | null, data: Uint8Array, urgency: Urgency, ref?: number): void;
  /**
   * Before `stop`, when the last has been handed over: resolves when all that devices wait for has left, or
   * after so long. Nothing is sent or heard any more then; what has not left is told as dropped.
   */
  drain(withinMs: number): Promise<void>;
  /** At any time, also again; no events come after it. */
  stop(): Promise<void>;
}

export interface LinkEvents {
  /** A whole datagram came in. `address` is opaque to everybody but the link. `data` is not reused. */
  datagram(address: string, data: Uint8Array, reception?: Reception): void;
  /** What the core has to know of a paced link. */
  told(event: LinkEvent): void;
  /** Something an operator should know; `message` names the link. */
  warning(code: LinkWarning, message: string): void;
  /** Something that an operator was warned about is over. */
  info(code: LinkInfo, message: string): void;
}

/** Stable codes of the warnings. */
export type LinkWarning =
  | 'LINK_SEND_FAILED'
  | 'LINK_SOCKET_ERROR'
  | 'LINK_RECEIVE_BUFFER_SMALL'
  | 'LINK_MULTICAST_FAILED'
  | 'LINK_SOURCE_PORT_ZERO'
  | 'LINK_PORT_UNAVAILABLE'
  | 'LINK_PORT_LOST'
  | 'LINK_NOISE'
  | 'LINK_AIR_TIME_REDUCED'
  | ModemProblem;

export type LinkInfo = 'LINK_MULTICAST_JOINED' | 'LINK_READY' | 'LINK_AIR_TIME_RESTORED';
