/**
 * What has happened since the start, as numbers: the one place where notices are counted. Plain fields,
 * because some notices come once per frame; whoever shows them reads them then. No count has a client
 * id in it: devices come and go without limit, and a metric for each would stay for ever.
 */
import type {
  FrameDrop,
  MessageDrop,
  Notice,
  RefusableRequest,
  Signal,
  StateName,
  TransmissionDrop,
} from '../core/types.js';

type NoticeOf<K extends Notice['notice']> = Extract<Notice, { notice: K }>;
type PauseReason = NoticeOf<'delivery-paused'>['why'];

/**
 * Of one link: its frames, the octets of MQTT-SN in them, whether its air has room for more than answers, what was dropped of
 * what came and went there, and which requests were refused.
 */
export interface LinkTraffic {
  receivedFrames: number;
  receivedBytes: number;
  /** When the latest frame came, in this run; milliseconds since 1970. */
  heardAtMs: number | undefined;
  /** The latest value of each that the link has told. */
  signal: Signal | undefined;
  /** Handed to the link, which reports what it cannot send. */
  sentFrames: number;
  sentBytes: number;
  isCongested: boolean;
  /** How often it became so. */
  congestions: number;
  readonly dropped: {
    readonly frame: Record<FrameDrop, number>;
    readonly transmission: Record<TransmissionDrop, number>;
    readonly acknowledgement: Record<TransmissionDrop, number>;
  };
  /** By request; the index is the return code, 0 stays 0. */
  readonly refusals: Record<RefusableRequest, number[]>;
}

/**
 * Every reason is there from the start: Prometheus sees an increase only between two samples, so a
 * reason that came with its first drop would hide that one.
 */
const noFrameDrops = (): Record<FrameDrop, number> => ({
  malformed: 0,
  'too-big-for-link': 0,
  'rate-limited': 0,
  'too-many-requests': 0,
  'wrong-direction': 0,
  'wrong-state': 0,
  'unknown-sender': 0,
  'unexpected-answer': 0,
  'zero-message-id': 0,
  'unknown-topic-id': 0,
  'invalid-topic': 0,
  'qos-minus-one-not-allowed': 0,
  'broker-unavailable': 0,
});

const noMessageDrops = (): Record<MessageDrop, number> => ({
  'broker-unavailable': 0,
  'broker-refused': 0,
  'too-big-for-device': 0,
  'topic-ids-exhausted': 0,
  'topic-refused-by-device': 0,
  'message-refused-by-device': 0,
  'buffer-full': 0,
  'replaced-by-newer': 0,
  expired: 0,
  'device-offline': 0,
  'not-subscribed': 0,
  'session-ended': 0,
  'removed-by-operator': 0,
});

const noTransmissionDrops = (): Record<TransmissionDrop, number> => ({
  'air-time-used-up': 0,
  'waited-too-long': 0,
  'link-queue-full': 0,
  'link-down': 0,
  'modem-refused': 0,
  'too-big-for-device': 0,
  'device-unreachable': 0,
  superseded: 0,
});

/** No refusal by any code, 1 to 3; the index is the code (SN 1.2, 5.3.10). */
const noRefusals = (): Record<RefusableRequest, number[]> => ({
  CONNECT: [0, 0, 0, 0],
  REGISTER: [0, 0, 0, 0],
  PUBLISH: [0, 0, 0, 0],
  SUBSCRIBE: [0, 0, 0, 0],
  WILLTOPICUPD: [0, 0, 0, 0],
  WILLMSGUPD: [0, 0, 0, 0],
});

export class Counters {
  /** Of messages, which are of no link; the rest is with its link. */
  readonly dropped = { uplink: noMessageDrops(), downlink: noMessageDrops() };
  /** By the state that a session has taken. */
  readonly transitions: Record<StateName, number> = {
    DISCONNECTED: 0,
    CONNECTING: 0,
    ACTIVE: 0,
    ASLEEP: 0,
    AWAKE: 0,
    LOST: 0,
  };
  roamed = 0;
  readonly deliveriesPaused: Record<PauseReason, number> = {
    'no-answer': 0,
    congestion: 0,
    'told-to-wait': 0,
  };
  forgotten = 0;
  /** Devices that the operator has let in. */
  approvals = 0;
  willsFired = 0;
  outboxDelivered = 0;
  isStoreUp = true;
  /** How often it began to fail; that the reason changed meanwhile is no other failure. */
  storeFailures = 0;
  recordsSkipped = 0;
  /** The gateway's own connection. */
  isBrokerUp = false;
  /** How often it was there and went away; attempts in vain do not count. */
  brokerLosses = 0;
  /** Announcements of other gateways. */
  gatewaysHeard = 0;
  reloads = 0;
  internalErrors = 0;
  readonly traffic = new Map<string, LinkTraffic>();

  count(notice: Notice): void {
    switch (notice.notice) {
      case 'transition':
        this.transitions[notice.to]++;
        return;
      case 'drop':
        this.countDrop(notice);
        return;
      case 'refusal':
        this.countRefusal(notice);
        return;
      case 'roamed':
        this.roamed++;
        return;
      case 'delivery-paused':
        this.deliveriesPaused[notice.why]++;
        return;
      case 'forgotten':
        this.forgotten++;
        return;
      case 'approval':
        if (notice.isGiven) this.approvals++;
        return;
      case 'will-fired':
        this.willsFired++;
        return;
      case 'outbox-delivered':
        this.outboxDelivered += notice.messages;
        return;
      case 'store':
        if (this.isStoreUp && !notice.up) this.storeFailures++;
        this.isStoreUp = notice.up;
        return;
      case 'record-skipped':
        this.recordsSkipped++;
        return;
      case 'broker':
        if (this.isBrokerUp && !notice.up) this.brokerLosses++;
        this.isBrokerUp = notice.up;
        return;
      case 'link-congestion':
        this.countCongestion(notice);
        return;
      case 'gateway-heard':
        this.gatewaysHeard++;
        return;
      case 'reloaded':
        this.reloads++;
        return;
      default:
        notice satisfies never;
    }
  }

  countInternalError(): void {
    this.internalErrors++;
  }

  /** The counts of a link, which whoever sees its frames adds to. */
  trafficOf(link: string): LinkTraffic {
    const known = this.traffic.get(link);
    if (known !== undefined) return known;
    const traffic: LinkTraffic = {
      receivedFrames: 0,
      receivedBytes: 0,
      heardAtMs: undefined,
      signal: undefined,
      sentFrames: 0,
      sentBytes: 0,
      isCongested: false,
      congestions: 0,
      dropped: {
        frame: noFrameDrops(),
        transmission: noTransmissionDrops(),
        acknowledgement: noTransmissionDrops(),
      },
      refusals: noRefusals(),
    };
    this.traffic.set(link, traffic);
    return traffic;
  }

  private countDrop(drop: NoticeOf<'drop'>): void {
    switch (drop.what) {
      case 'frame':
        this.trafficOf(drop.link).dropped.frame[drop.reason]++;
        return;
      case 'transmission':
      case 'acknowledgement':
        this.trafficOf(drop.link).dropped[drop.what][drop.reason]++;
        return;
      case 'uplink':
      case 'downlink':
        this.dropped[drop.what][drop.reason]++;
    }
  }

  private countCongestion({ link, isOver }: NoticeOf<'link-congestion'>): void {
    const traffic = this.trafficOf(link);
    if (!traffic.isCongested && !isOver) traffic.congestions++;
    traffic.isCongested = !isOver;
  }

  private countRefusal({ link, request, returnCode }: NoticeOf<'refusal'>): void {
    const codes = this.trafficOf(link).refusals[request];
    codes[returnCode] = (codes[returnCode] ?? 0) + 1;
  }
}

/** The counters, for those who only look. */
export type Readings = {
  readonly [K in Exclude<keyof Counters, 'count' | 'countInternalError' | 'trafficOf'>]: Frozen<
    Counters[K]
  >;
};

type Frozen<T> = T extends number | boolean | undefined
  ? T
  : T extends Map<infer K, infer V>
    ? ReadonlyMap<K, Frozen<V>>
    : { readonly [K in keyof T]: Frozen<T[K]> };
