import type { Connect } from '../../codec/messages/connect.js';
import type { TopicIdType } from '../../codec/index.js';
import type { DeviceSettings } from '../config.js';
import type { Timed } from '../deadlines.js';
import type { Owner } from '../journal/writer.js';
import type { Peer } from '../peer.js';
import { Rate } from '../rate-limit.js';
import type { Instant, JournalValue, MqttQos, Signal, Will } from '../types.js';
import { type Downlink, SleepBuffer } from './buffer.js';
import { InboundExchanges } from './inbound.js';
import { RoundTrip } from './round-trip.js';
import type { SessionState } from './state.js';
import { TopicIds } from './topic-ids.js';

export interface Subscription {
  qos: MqttQos;
  /** How the device named the topic: deliveries name it the same way (SN 6.5, rule 6). */
  topicIdType: TopicIdType;
  /** false: its SUBACK has not gone out yet. */
  announced: boolean;
}

/**
 * How much of a session survives a restart. Of one with CleanSession=1 only the will, for which
 * somebody has to watch over the device's silence.
 */
export type Keeps = 'all' | 'will' | 'nothing';

/** The one acknowledged exchange that may be open towards the device. */
export type InFlight = {
  /** Retransmissions so far; undefined: not on the air in this wake-up or connection. */
  attempts: number;
  nextAt: Instant;
  /** When it was last sent to where the device is; on a paced link, when it left. */
  sentAt?: Instant | undefined;
  /** It may not go on the air before the journal has it. */
  awaitsJournal?: boolean;
  /** On a paced link: it waits there for its turn, and the link will tell under this number when it has left. */
  leavesAs?: number | undefined;
  /** When it left the last time: on a link that is not paced, when it was handed over. */
  left?: { at: Instant; isRepeat: boolean };
} & (
  | { kind: 'register'; msgId: number; topicId: number; topic: string }
  | {
      kind: 'publish';
      msgId: number;
      topicIdType: TopicIdType;
      topicId: number;
      message: Downlink;
    }
  | { kind: 'release'; msgId: number }
);

/** What the gateway knows of one device: ordinary mutable data, changed by the handlers beside this file. */
export class Session implements Timed, Owner {
  armedAt: Instant | undefined;
  queuedAt = 0;
  /** Not among the known sessions any more: answers that still come in find nobody. */
  removed = false;
  state: SessionState = { name: 'DISCONNECTED', expiresAt: 0 };
  /** Where to reach the device; undefined once another device speaks from its address. */
  peer: Peer | undefined;
  /** How its latest frame was received, if the link tells. */
  signal: Signal | undefined;
  /** When its latest frame came; in this run none yet. A number from the start: it is written for each frame. */
  heardAt: Instant = Number.NEGATIVE_INFINITY;
  /** Frames sent to it again because no answer came, in this run. */
  retries = 0;

  /** Counts accepted CONNECTs: answers to requests of an earlier connection go nowhere. */
  connection = 0;
  /** CleanSession of the latest accepted CONNECT. */
  cleanSession = true;
  keepAliveSec = 0;
  /** End of the tolerated silence while ACTIVE or ASLEEP. */
  silentUntil: Instant = Number.POSITIVE_INFINITY;
  /** The latest accepted CONNECT, while nothing else came since: its repeat is a duplicate. */
  lastConnect: { request: Connect; answeredAt: Instant; quiet: boolean } | undefined;
  will: Will | undefined;

  keeps: Keeps = 'nothing';
  lastWrite = 0;
  /** What the journal has of the session itself, and until when it takes its silence to be tolerated. */
  keptRecord: readonly JournalValue[] | undefined;
  silenceKept: Instant = Number.POSITIVE_INFINITY;
  /** End of the tolerated silence after a restart, until the device speaks. */
  gracedUntil: Instant | undefined;
  /** CleanSession=1, of an earlier run: its device is a stranger now, only its will is watched. */
  isGhost = false;
  /** How many answers (CONNACK, DISCONNECT) wait for the journal that nothing else may be sent before. */
  unsaid = 0;

  readonly rate = new Rate();
  /** Of use on paced links. */
  readonly roundTrip = new RoundTrip();
  readonly topicIds = new TopicIds();
  readonly subscriptions = new Map<string, Subscription>();
  /** Filters with a SUBSCRIBE of this connection that waits for the broker: the latest request of each. */
  readonly subscribing = new Map<string, { token: number; msgId: number }>();
  /** SUBSCRIBEs of this connection that wait for the broker; several may name the same filter. */
  openSubscribes = 0;
  /** UNSUBSCRIBEs of this connection that wait for the broker: message id and filter. */
  readonly unsubscribing = new Set<string>();
  /** A will update of this connection waits for the broker. */
  settingWill = false;
  /** Predefined topics this device has used itself, so that it certainly knows their ids: topic to id. */
  readonly predefinedUsed = new Map<string, number>();

  readonly inbound = new InboundExchanges();
  readonly buffer = new SleepBuffer();
  inFlight: InFlight | undefined;
  lastMsgId = 0;
  private lastSerial = 0;

  /** Delivery stands still: until the device speaks (no answer came, or it was told to wait), or until a time (congestion). */
  paused: { why: 'no-answer' } | { why: 'congestion'; until: Instant } | undefined;
  /** The configured pause between two messages lasts until then. */
  gapUntil: Instant = 0;

  constructor(
    readonly clientId: string,
    public settings: DeviceSettings,
  ) {}

  /** Without a connection, and without subscriptions, messages, exchanges or a will that would outlive it. */
  get isIdle(): boolean {
    return (
      (this.state.name === 'DISCONNECTED' || this.state.name === 'LOST') &&
      this.subscriptions.size === 0 &&
      this.buffer.length === 0 &&
      this.inbound.opened().length === 0 &&
      this.will === undefined
    );
  }

  /** Requests that wait for the broker belong to a connection; nobody waits for them beyond it. */
  forgetRequests(): void {
    this.subscribing.clear();
    this.openSubscribes = 0;
    this.unsubscribing.clear();
    this.settingWill = false;
  }

  /** 1 to 65,535; one counter for REGISTER and PUBLISH (12.2). Messages are numbered as they come and delivered one at a time, so no number is in use twice at the device. */
  nextMsgId(): number {
    this.lastMsgId = (this.lastMsgId % 0xffff) + 1;
    return this.lastMsgId;
  }

  /** Goes on with numbers that are `shift` further. */
  shiftMsgIds(shift: number): void {
    this.lastMsgId = (this.lastMsgId + shift) % 0xffff;
  }

  /** Numbers the messages to the device in the journal, in their order. */
  nextSerial(): number {
    return ++this.lastSerial;
  }

  /** A message of an earlier run: numbers go on from there. */
  restoreDownlink(message: Downlink): void {
    this.buffer.restore(message);
    this.lastSerial = Math.max(this.lastSerial, message.serial);
    this.lastMsgId = message.msgId ?? this.lastMsgId;
  }
}
