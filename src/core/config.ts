/** What the core needs of the configuration: plain data, so that a trace can carry it. Durations say their unit. */

/** What happens when a device's buffer is full. QoS 0 always goes first. */
export type SleepPolicy = 'drop-oldest' | 'drop-newest' | 'newest-per-topic';

export interface DeviceSettings {
  /** Largest MQTT-SN message the device can receive, in octets. */
  maxMessageBytes: number;
  retry: {
    intervalMs: number;
    /** Retransmissions after the first transmission (N_retry). */
    count: number;
  };
  sleep: {
    messages: number;
    bytes: number;
    ageMs: number;
    policy: SleepPolicy;
    /** Messages delivered in one wake-up. */
    perWake: number;
    /** Pause between two messages, for slow radios. */
    gapMs: number;
  };
  /** Filters the device may publish to and subscribe to, with `${clientId}`; absent: everything. */
  allow?: { publish?: string[]; subscribe?: string[] };
  /** Filters that no device may publish to: what is said there is the gateway's, or an operator's. */
  reserved?: readonly string[];
  /** `reject`: will updates are answered "not supported" (row 25 of the ambiguities). */
  willUpdate: 'reconnect' | 'reject';
  /** A CONNECT while asleep keeps the session whatever its CleanSession says (some devices wake that way). */
  resumeOnWake: boolean;
}

export interface DeviceRule {
  /** Client id pattern: `*` any run of characters, `?` one. */
  match: string;
  settings: DeviceSettings;
}

export interface PredefinedTopic {
  id: number;
  /** May contain `${clientId}`. */
  topic: string;
  /** Client id patterns; absent: every device, and QoS -1. */
  clients?: string[];
}

/** What is accepted from devices while the broker is away; `messages` 0: nothing. */
export interface OfflineSettings {
  messages: number;
  bytes: number;
  ageMs: number;
  /** QoS 0, which nobody waits for. */
  qos0: 'drop' | 'queue';
}

export interface LinkSettings {
  /** Largest MQTT-SN message the link can carry, in octets. */
  maxMessageBytes: number;
  /** It sends one datagram after the other, and tells when (`LinkEvent`). */
  isPaced: boolean;
  /** The link can reach everybody at once, so ADVERTISE makes sense. */
  broadcast: boolean;
  /** Accept octets after the declared length (links that pad). */
  allowPadding: boolean;
  /** Topic filters that QoS -1 may publish to; absent: QoS -1 is off. */
  qosMinusOne?: { topics: string[] };
}

export interface CoreConfig {
  gwId: number;
  advertise: { enabled: boolean; intervalSec: number };
  links: Record<string, LinkSettings>;
  predefinedTopics: PredefinedTopic[];
  /** First match wins. */
  devices: DeviceRule[];
  /** For devices that no rule matches. */
  defaults: DeviceSettings;
  access: { unknownDevices: 'allow' | 'deny' };
  /** false: sessions end with the process. */
  keepsSessions: boolean;
  offline: OfflineSettings;
  limits: {
    /** Known sessions, connected or not. */
    devices: number;
    /** More from one sender within a second is dropped. */
    datagramsPerSecondPerDevice: number;
  };
}
