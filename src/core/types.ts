/**
 * The boundary of the core: what goes in, what comes out. All of it is plain data, so that a run
 * can be written down as JSON lines and replayed.
 */
import type { CoreConfig } from './config.js';
import type { Measurement } from './measurement.js';
import type { Notice, TransmissionDrop } from './notice.js';

export type {
  DropReason,
  FrameDrop,
  MessageDrop,
  Notice,
  RefusableRequest,
  StateName,
  TransmissionDrop,
} from './notice.js';

/** Milliseconds on the one clock that the caller owns. The core only compares and adds. */
export type Instant = number;

export interface GatewayCore {
  /**
   * Takes one input and returns what has to be done about it, in order. Never throws on outside
   * data and is never re-entered: answers to effects come back as later inputs.
   * `now` never decreases. The returned array belongs to the caller.
   */
  step(input: Input, now: Instant): readonly Effect[];
  /** When to call `step({ kind: 'deadline' })` at the latest; undefined when nothing waits. */
  nextDeadline(): Instant | undefined;
}

export type Input =
  | ({
      kind: 'datagram';
      /** Name of the link it came in on. */
      link: string;
      /** Whom to answer; opaque to the core, unique within the link. */
      address: string;
      data: Uint8Array;
    } & Reception)
  | { kind: 'link'; link: string; event: LinkEvent }
  | { kind: 'upstream'; event: UpstreamEvent }
  | { kind: 'store'; event: StoreEvent }
  | { kind: 'deadline' }
  | { kind: 'admin'; command: AdminCommand };

export type AdminCommand =
  /** New predefined topics, device rules, defaults and access rules; nobody is disconnected for it. */
  | { command: 'reload'; config: CoreConfig }
  /** Ends every session in good order when `shutdown: disconnect` asks for it. */
  | { command: 'disconnect-all' }
  | OperatorCommand;

/**
 * What has become of it: done for good; `not-serving`, not done; `not-kept`, done in memory alone, because the store fails:
 * a restart before it works again undoes it.
 */
export type OperatorOutcome = 'done' | 'not-serving' | 'not-kept';

/** What an operator may ask for while the gateway runs. */
export type OperatorCommand =
  /** Ends the session of one device, without its will; the device may connect again. */
  | { command: 'disconnect'; client: string }
  /** The same, and nothing is kept of it; an approval is taken back. What it has sent goes on to the broker. */
  | { command: 'forget'; client: string }
  /** Drops a message that waits for the device, unless the device has it. `serial`: as `inspect` names it. */
  | { command: 'buffer-remove'; client: string; serial: number }
  /** Drops all of them. */
  | { command: 'buffer-clear'; client: string }
  /** Lets a device connect that no rule matches, in later runs, too; no more than `APPROVALS_MAX`. */
  | { command: 'approve'; client: string };

export type Effect =
  | {
      kind: 'send';
      link: string;
      /** null: to everybody on the link (multicast, broadcast). */
      address: string | null;
      data: Uint8Array;
      urgency: Urgency;
      /**
       * Somebody waits for the answer to it: `transmitted` with this number is expected, from links
       * that are paced (`LinkSettings.isPaced`).
       */
      ref?: number;
    }
  | { kind: 'upstream'; request: UpstreamRequest }
  | {
      kind: 'journal';
      /** Belong together: all of them survive a crash, or none. */
      writes: readonly JournalWrite[];
      /** Somebody waits for them: `committed` with this number is expected soon. */
      number?: number;
    }
  | { kind: 'notice'; notice: Notice }
  | { kind: 'measured'; what: Measurement; link: string; ms: number };

/**
 * What goes first on a link that cannot send everything at once: 1 answers that end retransmissions,
 * 2 PINGRESP and what a sleeper has woken up for, 3 messages at QoS 1 and 2, 4 at QoS 0, 5 discovery.
 */
export type Urgency = 1 | 2 | 3 | 4 | 5;

/** What a link knows of a datagram, beside its octets. */
export interface Reception {
  /** How well it was received, as far as the link tells. */
  signal?: Signal;
  /** The largest datagram that can go to its sender now, in octets, where the form of the address counts. */
  maxMessageBytes?: number;
}

/** Only what the modem tells. */
export interface Signal {
  rssiDbm?: number;
  snrDb?: number;
  /** Link quality, 0 to 255. */
  lqi?: number;
}

/** What a paced link tells: one that sends one datagram after the other, and may have to wait for it. */
export type LinkEvent =
  /**
   * The frame with this number has left, so that its answer can come, `answerMs` later at the latest by
   * what is known of the link; or (`failed`) it will not leave any more.
   */
  | { event: 'transmitted'; ref: number; answerMs: number; failed: boolean }
  /**
   * A frame will not leave any more; told once, whether or not it had a number. `data` absent: an
   * acknowledgement of the link itself, which the core knows nothing of.
   */
  | { event: 'dropped'; address: string | null; data?: Uint8Array; reason: TransmissionDrop }
  /** The modem takes messages, for the first time or again. */
  | { event: 'ready' }
  /** Whether there is room for more traffic than what answers need. */
  | { event: 'congestion'; isCongested: boolean };

/** What a journal can keep: plain data. */
export type JournalValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly JournalValue[]
  | { readonly [name: string]: JournalValue };

export interface JournalRecord {
  /** Parts are separated by U+0000, the first names the kind of record. */
  key: string;
  value: JournalValue;
}

/** Without a value: the record goes. */
export interface JournalWrite {
  key: string;
  value?: JournalValue;
}

/** What the journal tells. Before anything else a run hears `recovered`, possibly several times, then `ready`. */
export type StoreEvent =
  /** Records of an earlier run. */
  | { event: 'recovered'; records: readonly JournalRecord[] }
  /** That was all of them. `run` tells this run from all others. */
  | { event: 'ready'; run: string }
  /** Everything up to the journal effect of this number survives a crash. */
  | { event: 'committed'; number: number }
  /** The disk takes nothing any more; until `working` there is only memory. */
  | { event: 'failing'; detail: string }
  | { event: 'working' };

/** The MQTT qualities of service; -1 of MQTT-SN never reaches the upstream. */
export type MqttQos = 0 | 1 | 2;

export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
}

/**
 * What the core asks of the broker's side, the same for every upstream mode. A `token` is a number
 * that the answer repeats; tokens are never reused. Requests of one client keep their order.
 */
export type UpstreamRequest =
  /**
   * Begins the client's session, in place of one that may be open: the old one ends without its will.
   * Answered by `opened`. `unavailable`: the old one goes on, unless `closed` was told before. `isCourier`: for messages of a
   * client that is not there itself; unavailable while that would cost the will that the broker is about to publish.
   */
  | {
      op: 'open';
      token: number;
      client: string;
      cleanSession: boolean;
      will?: Will;
      isCourier?: true;
    }
  /**
   * Ends the client's connection. `will: 'fire'`: the device was lost. `will: 'discard'`: it said
   * good-bye. `forget`: its session data are not needed any more (subscriptions go too). No answer.
   */
  | { op: 'close'; client: string; will: 'fire' | 'discard'; forget: boolean }
  /**
   * After a restart: the session of an earlier run goes on, without asking the device. `connected`
   * false: it had no connection, and only its subscriptions live on. No answer; `closed` when it fails.
   * The subscriptions are at the broker already, if that still knows us.
   */
  | {
      op: 'resume';
      client: string;
      cleanSession: boolean;
      connected: boolean;
      will?: Will;
      subscriptions: readonly { filter: string; qos: MqttQos }[];
    }
  /** Replaces or (absent) deletes the will of an open session. Answered by `will-set`. */
  | { op: 'set-will'; token: number; client: string; will?: Will }
  /**
   * Publishes. `client` null: on behalf of the gateway (QoS -1). At QoS 1 and 2 answered by
   * `published` when the broker has taken responsibility; at QoS 0 when it is sent, or could not be.
   * `token` 0, at QoS 0 only: answered only when it could not be sent.
   */
  | {
      op: 'publish';
      token: number;
      client: string | null;
      topic: string;
      payload: Uint8Array;
      qos: MqttQos;
      retain: boolean;
      /**
       * At QoS 2: a name for this message that is never used for another one. Asked for again under
       * the same name, also after a restart, it is not published a second time.
       */
      ref?: string;
      /** The outbox keeps it: answered by `unavailable` when the connection of its client is given up, and asked for again. */
      isHeld?: true;
    }
  /**
   * After a restart: the result of the QoS 2 message of an earlier run. Answered by `published`, at
   * once with `unavailable` when the message never came to the broker's side.
   */
  | { op: 'adopt'; token: number; client: string | null; ref: string; isHeld?: true }
  /** The outbox has taken over the message of this name, which is under way: from now on it is one that has come from there. No answer. */
  | { op: 'hold'; client: string; ref: string }
  /** The outbox has dropped the message of this name: nobody asks for its end any more. No answer. */
  | { op: 'give-up'; client: string; ref: string }
  /**
   * The gateway or the device has the message that came under this token: the broker may be
   * acknowledged, as soon as everybody whom the message went to has said so. No answer.
   */
  | { op: 'accept'; token: number; client: string }
  /** Answered by `subscribed`; retained messages follow for this client alone, also on a repeat. */
  | { op: 'subscribe'; token: number; client: string; filter: string; qos: MqttQos }
  /** Answered by `unsubscribed`. */
  | { op: 'unsubscribe'; token: number; client: string; filter: string };

/**
 * Why the broker's side could not do something: `unavailable` (away, or its queue is full: may be
 * tried again much later) or `refused` (repeating it is useless).
 */
export type UpstreamFailure = 'unavailable' | 'refused';

export type UpstreamEvent =
  /** Whether the gateway's own connection to the broker is up: governs discovery. */
  | { event: 'availability'; up: boolean; detail?: string }
  | { event: 'opened'; token: number; client: string; failure?: UpstreamFailure; detail?: string }
  /** The client's session at the broker is gone for good (outage beyond the grace time, take-over). */
  | { event: 'closed'; client: string; detail: string }
  /** The client's own connection is there again after an outage. */
  | { event: 'reachable'; client: string }
  | { event: 'will-set'; token: number; client: string; failure?: UpstreamFailure }
  | {
      event: 'published';
      token: number;
      client: string | null;
      failure?: UpstreamFailure;
      detail?: string;
    }
  | {
      event: 'subscribed';
      token: number;
      client: string;
      grantedQos: MqttQos;
      failure?: UpstreamFailure;
      detail?: string;
    }
  | { event: 'unsubscribed'; token: number; client: string }
  /** A message of the broker for a subscription that nobody has any more: it is acknowledged, and gone. */
  | { event: 'unclaimed'; topic: string }
  /** A message for this client, already at the QoS of its subscription. */
  | {
      event: 'message';
      client: string;
      /** To be repeated by `accept`; 0 at QoS 0 of the broker: nobody waits for it. */
      token: number;
      topic: string;
      payload: Uint8Array;
      qos: MqttQos;
      retain: boolean;
    };
