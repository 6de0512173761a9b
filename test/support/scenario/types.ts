/** The shape of test/scenarios/*.json; README.md there says what each step means. */

export interface ScenarioFile {
  group: string;
  title: string;
  scenarios: Scenario[];
}

export interface Scenario {
  /** As in the conformance list; a variant adds `/name`. */
  id: string;
  title: string;
  /** Our reading where the protocol's text is silent. */
  recommended?: true;
  /** Why it cannot be played in aggregating mode. */
  transparentOnly?: string;
  settings?: Settings;
  given: string;
  setup: Step[];
  steps: Step[];
  /** What shows that `then` holds. */
  check: Step[];
  then: string;
}

/** What differs from the configuration that all scenarios share. */
export interface Settings {
  /** Seconds between two ADVERTISE messages; absent: none. */
  advertise?: number;
  allowPadding?: true;
  /** How many devices may be known. */
  devices?: number;
  /** Octets that dev1 can receive at once. */
  maxMessage?: number;
  resumeOnWake?: true;
  willUpdate?: 'reject';
}

/** Verb, argument, remark. */
export type Step = [verb: string, argument?: unknown, remark?: string];

export interface Macro {
  about: string;
  parameters: Record<string, unknown>;
  steps: Step[];
}

export interface WillFields {
  topic: string;
  /** Hex. */
  payload: string;
  qos: 0 | 1 | 2;
  retain?: boolean;
}

/** An MQTT packet on the connection of `client` (dev1 unless told). */
export type MqttPacket = { client?: string } & (
  | { cmd: 'connect'; clean: boolean; will?: WillFields }
  | { cmd: 'connack'; sessionPresent?: boolean; returnCode?: number }
  | PublishFields
  | { cmd: 'subscribe'; filter: string; qos: 0 | 1 | 2 }
  | { cmd: 'suback'; qos?: 0 | 1 | 2; refused?: true }
  | { cmd: 'unsubscribe'; filter: string }
  | { cmd: 'unsuback' | 'puback' | 'pubrec' | 'pubrel' | 'pubcomp' | 'disconnect' }
  /** The connection ends without a DISCONNECT, so that the broker publishes the will. */
  | { cmd: 'close' }
);

export interface PublishFields extends WillFields {
  cmd: 'publish';
  /** The broker has it already (an echo, a retained message): nobody publishes it for this step. */
  from?: 'broker';
}
