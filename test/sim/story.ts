/**
 * What happens in a simulated world, as data: JSON in, JSON out. Every device, message and fault can be taken
 * out without the rest changing its luck, so a failing story can be made shorter.
 */

export interface Story {
  seed: number;
  /** How long messages and faults come; after that everything is repaired, and has to settle. */
  minutes: number;
  /** The gateway's configuration, in the words of its file. */
  config: Record<string, unknown>;
  broker: BrokerRules;
  /** What the disk takes to write a batch; longer while it is slow. */
  diskMs: number;
  /** The network between UDP devices and the gateway. */
  lan: Conditions;
  scene: SceneText;
  /** What other clients publish at the broker. */
  messages: readonly MessagePlan[];
  faults: readonly Fault[];
}

/** A scene of firmware-sim, in the words of its file. Its own faults stay empty: they stand in the story. */
export interface SceneText {
  radios?: Record<string, unknown>;
  modems?: readonly Record<string, unknown>[];
  devices: readonly ({ id: string; kind: string } & Record<string, unknown>)[];
}

/** In what brokers differ. */
export interface BrokerRules {
  /** The newest version that it speaks. */
  version: 5 | 4;
  /** QoS 1 and 2 messages that it takes at a time on one connection; MQTT 5 tells it. */
  receiveMaximum: number;
  /** Messages that it sends at a time to a client which does not say. */
  inflightMax: number;
  /** What it takes to acknowledge a message. */
  answerMs: number;
  /** A message that several filters of a client match comes once for all, or once for each. */
  overlaps: 'once' | 'each';
  /**
   * Topics that nobody may publish to, and filters that nobody may subscribe to, as a filter. Who publishes hears of it
   * with MQTT 5, with 3.1.1 the message is only discarded; SUBACK tells in both.
   */
  denies: string | null;
}

/** Why a broker says no; all but the last may be otherwise a little later. */
export type Refusal = 'unavailable' | 'busy' | 'quota' | 'unauthorized';

/** What a network does to datagrams. Rates are from 0 to 1. */
export interface Conditions {
  loss: number;
  duplication: number;
  /** Cut short. */
  corruption: number;
  /** With a wrong octet, in a place where nobody can take it for another message. */
  flips?: number;
  /** Each datagram takes a time of its own between these, so they overtake each other. */
  delayMs: readonly [min: number, max: number];
}

export interface MessagePlan {
  /** Since the beginning, in milliseconds. */
  at: number;
  topic: string;
  text: string;
  qos: 0 | 1 | 2;
  retain: boolean;
}

/** Words that say something which a crash must not say again, or must not forget. */
export type LastWord = 'PUBREC' | 'PUBLISH';

export type Fault = { at: number } & (
  | {
      /** The gateway's process ends, after so many more things that it has told the world, in the middle of a turn. */
      kind: 'kill';
      afterOutputs: number;
      /** Of those, only what promises something counts: acknowledgements on the network and to the broker. */
      ofPromises: boolean;
      /** Only this one counts, on either side, and it is waited for until it comes. PUBLISH: to the broker, at QoS 0. */
      word?: LastWord;
      offMs: number;
      /** Whether the batch that was on its way to the disk got there. */
      batchSurvives: boolean;
      /** The machine reboots: its clock of boots begins anew. */
      reboots: boolean;
    }
  | { kind: 'restart'; offMs: number }
  | { kind: 'broker-down'; forMs: number; forgets: boolean }
  /** The broker says no, to whoever connects or (MQTT 5) to whatever is published. */
  | { kind: 'broker-refuses'; what: 'connect' | 'publish'; why: Refusal; forMs: number }
  /** Nothing passes between gateway and broker, and neither is told. */
  | { kind: 'partition'; forMs: number }
  | { kind: 'lan'; forMs: number; conditions: Conditions }
  /** What devices on the network repeat comes once more, so much later. */
  | { kind: 'echo'; forMs: number; afterMs: number }
  /** The next writes fail, and whether they land all the same. */
  | { kind: 'disk-error'; writes: number; landed: boolean }
  | { kind: 'disk-refuses'; forMs: number }
  | { kind: 'disk-slow'; forMs: number; latencyMs: number }
  | { kind: 'wall-clock'; byMs: number }
  | { kind: 'reboot'; device: string; offMs: number }
  /** A device says good-bye, and comes back later. */
  | { kind: 'leave'; device: string; offMs: number }
  /** A device on the network gets another address: a new one, or (`reuses`) one that another device has left, if there is any. */
  | { kind: 'move'; device: string; reuses?: boolean }
  /** A device with two links goes from one to the other, and is still heard at the old one for so long. */
  | { kind: 'roam'; device: string; lingersMs: number }
  | { kind: 'unplug'; modem: string; forMs: number }
  | { kind: 'modem'; modem: string; forMs: number; is: 'frozen' | 'busy' | 'mute' }
  | { kind: 'noise'; modem: string; bytes: number }
  /** A radio on which frames are lost, or come twice. */
  | { kind: 'radio'; radio: string; forMs: number; loss: number; duplication?: number }
);
