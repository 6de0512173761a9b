/**
 * The contract of a modem driver: the dialogue with one kind of radio modem on a serial line, from octets
 * to datagrams and back. A driver is pure: it has no clock, no port and no timer. Whoever owns the port
 * feeds it with inputs, applies its effects in order, and steps it again at `nextDeadline()`.
 *
 * Milliseconds everywhere, on the one clock of the caller, which never goes back.
 */
export interface Modem {
  /**
   * Takes one input and returns what has to be done about it, in order. Never throws on what comes
   * from the line. Chunks of any size mean the same: a driver never trusts their boundaries.
   */
  step(input: ModemInput, now: number): readonly ModemEffect[];
  /** When to step with `deadline` at the latest; undefined when nothing waits. */
  nextDeadline(): number | undefined;
  /** Largest MQTT-SN message to an address, null: to everybody, in octets; 0: it cannot be reached at all. */
  maxMessageBytes(address: string | null): number;
  /** Octets that the radio sends for a message of so many octets: headers of link and modem included. */
  airBytes(messageBytes: number): number;
}

export type ModemInput =
  /** The port is open, for the first time or again: nothing of what was before counts any more. */
  | { kind: 'opened' }
  /** The port is gone. */
  | { kind: 'closed' }
  /** `line`: of two modems that are one, it is the one that transmits; otherwise the other, or there is only one. */
  | { kind: 'received'; data: Uint8Array; line?: 'transmitter' }
  /**
   * Sends one MQTT-SN message. Only while `ready`, and never before the one before has its `sent`.
   * `airTimeMs`: how long it will be on the air, by the radio's settings; 0: not known, or no radio.
   * `isAcknowledgement`: it is no message, but what an effect `acknowledgement` has asked for.
   */
  | {
      kind: 'send';
      id: number;
      address: string | null;
      data: Uint8Array;
      airTimeMs: number;
      isAcknowledgement?: true;
    }
  /** The line has been silent for long: ask the modem something that costs no air time, if there is such a thing. */
  | { kind: 'probe' }
  | { kind: 'deadline' };

export type ModemEffect =
  /** For the line, in one piece. */
  | { kind: 'write'; data: Uint8Array }
  | {
      kind: 'datagram';
      /** Whom to answer; '' when the line carries no address, so that there is one device only. */
      address: string;
      /** One MQTT-SN message; the caller's to keep. */
      data: Uint8Array;
      signal?: Signal;
    }
  /**
   * The link layer of a sender waits for these octets, and hears nothing else before: to be given back
   * with `send`, ahead of all answers to what it said. The radio sends them as they are.
   */
  | { kind: 'acknowledgement'; address: string; data: Uint8Array }
  /** What has become of a `send`; exactly one for each. */
  | { kind: 'sent'; id: number; outcome: SendOutcome; detail?: string }
  /** Whether the modem takes messages; `starting`: its start-up dialogue is under way. */
  | { kind: 'state'; state: 'starting' | 'ready' }
  /** The answer to `probe`, or anything else that shows that the modem lives; not sent for each octet. */
  | { kind: 'alive' }
  /** Octets that made no sense; together with the datagrams they account for every octet of the line. */
  | { kind: 'discarded'; bytes: number; why: DiscardReason }
  /** Something an operator has to know, in plain words, with what to do. */
  | { kind: 'problem'; code: ModemProblem; message: string }
  /** The dialogue has failed for good: the port is to be closed, and opened again after a while. */
  | { kind: 'reopen'; why: string };

/** How a datagram was received; only what the modem tells. */
export interface Signal {
  rssiDbm?: number;
  snrDb?: number;
  /** Link quality, 0 to 255. */
  lqi?: number;
}

export type SendOutcome =
  /** The recipient's modem has acknowledged it. */
  | 'delivered'
  /** It has been on the air. */
  | 'transmitted'
  /** The modem tells nothing, and enough time has passed. */
  | 'assumed'
  /** The modem or the air had no room; trying again soon makes sense. */
  | 'busy'
  /** The recipient does not answer now. */
  | 'unreachable'
  /** Trying again is useless. */
  | 'refused'
  /** The modem did not say in time. */
  | 'timeout'
  /** The port has gone, or the modem was reset, meanwhile. */
  | 'interrupted';

export type DiscardReason =
  /** Between messages. */
  | 'noise'
  | 'checksum'
  | 'too-long'
  /** A pause within a message, or its end too early. */
  | 'truncated'
  | 'bad-escape'
  | 'bad-length'
  /** A link header, an address or a text line that makes no sense. */
  | 'malformed'
  /** Well formed, and not for us. */
  | 'not-for-us';

/** Stable codes. */
export type ModemProblem =
  /** Nothing answers: wrong port, wrong baud rate, or no modem at all. */
  | 'MODEM_SILENT'
  /** Something speaks, but not this language: the message names what it looks like. */
  | 'MODEM_WRONG_MODE'
  | 'MODEM_WRONG_BAUD_RATE'
  /** The modem does not take a setting. */
  | 'MODEM_SETTING_REFUSED'
  /** The modem has started anew by itself. */
  | 'MODEM_RESET'
  /** The modem has no network. */
  | 'MODEM_NETWORK_DOWN'
  /** Supply voltage and the like. */
  | 'MODEM_FAULT';
