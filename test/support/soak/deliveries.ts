/**
 * The loss ledger of a run that lasts: what was promised and has not arrived, what came twice, what came out
 * of order. It judges each message as it arrives and then forgets it, so that hours fit into memory. A payload
 * names its topic and its number there, as in the crash tests.
 */
import { serialOf, topicOf } from '../crash/ledger.js';
import type { FaultLog } from './faults.js';

/** From one sender to one receiver under one topic, at one QoS: order is promised within it. */
export interface Way {
  receiver: string;
  topic: string;
  qos: 0 | 1 | 2;
  /** Whose faults may excuse it. */
  link: string;
}

/** A message under way. */
export interface Expected {
  readonly serial: number;
  readonly sentAt: number;
  /** When somebody took responsibility for it. */
  ackedAt?: number;
}

export interface Arrival {
  receiver: string;
  topic: string;
  payload: string;
  dup: boolean;
  at: number;
}

interface Arrived {
  sentAt: number;
  copies: number;
  /** Copies behind the first that do not say so. */
  unmarked: number;
}

interface Stream {
  way: Way;
  /** Not there yet, by number. */
  waiting: Map<number, Expected>;
  /** The latest that came; copies come soon or never. */
  arrived: Map<number, Arrived>;
  /** The highest number that came, and that was sent. */
  latest: number;
  newest: number;
}

/** Of each stream: as many may be under way between broker and gateway when one of them dies. */
const REMEMBERED_MAX = 64;
/** A gateway that is broken breaks everything: the first breaches tell. */
const BREACHES_MAX = 200;

export class Deliveries {
  readonly breaches: string[] = [];
  breachCount = 0;
  /** Messages that arrived, each once. */
  arrivedCount = 0;
  /** Copies at QoS 1 that a fault or DUP explains. */
  repeatedCount = 0;
  /** Messages at QoS 0 that did not arrive, and those of them that no fault explains. */
  lostQos0 = { all: 0, unexplained: 0 };
  private readonly streams = new Map<string, Stream>();

  constructor(
    private readonly faults: FaultLog,
    /** Hears of each message when it comes for the first time. */
    private readonly onArrival: (way: Way, message: Expected, at: number) => void = () => {},
  ) {}

  /** A message is about to be sent. To be acknowledged by whoever sends it. */
  expect(way: Way, serial: number, sentAt: number): Expected {
    const key = keyOf(way.receiver, way.topic);
    const stream = this.streams.get(key) ?? {
      way,
      waiting: new Map(),
      arrived: new Map(),
      latest: 0,
      newest: 0,
    };
    this.streams.set(key, stream);
    stream.newest = Math.max(stream.newest, serial);
    const message: Expected = { serial, sentAt };
    stream.waiting.set(serial, message);
    return message;
  }

  arrives({ receiver, topic, payload, dup, at }: Arrival): void {
    const stream = this.streams.get(keyOf(receiver, topic));
    const serial = serialOf(payload);
    const known = stream?.waiting.get(serial) ?? stream?.arrived.get(serial);
    if (stream === undefined || topicOf(payload) !== topic || serial > stream.newest) {
      this.breach(`${receiver} got "${payload}" under ${topic}, which nobody has sent there`);
    } else if (known === undefined) {
      this.breach(`${receiver} got "${payload}" again, or long after ${stream.latest}`);
    } else if ('copies' in known) {
      known.copies += 1;
      if (!dup) known.unmarked += 1;
      this.repeats(stream.way, payload, known, at);
    } else {
      this.comes(stream, known, at);
    }
  }

  /** Messages that were acknowledged and have not come. */
  get owed(): number {
    return this.debts().length;
  }

  /** Writes down what is still owed: to be called when nothing will come any more. */
  close(): void {
    for (const { way, serial } of this.debts()) {
      this.breach(`${way.receiver}: "${way.topic} ${serial}" at QoS ${way.qos} was lost`);
    }
  }

  private debts(): { way: Way; serial: number }[] {
    return [...this.streams.values()].flatMap(({ way, waiting }) =>
      way.qos === 0
        ? []
        : [...waiting.values()]
            .filter(({ ackedAt }) => ackedAt !== undefined)
            .map(({ serial }) => ({ way, serial })),
    );
  }

  private comes(stream: Stream, message: Expected, at: number): void {
    const { way, waiting, arrived } = stream;
    const { serial, sentAt } = message;
    waiting.delete(serial);
    if (serial < stream.latest) {
      this.breach(`${way.receiver}: "${way.topic} ${serial}" came after ${stream.latest}`);
    }
    stream.latest = Math.max(stream.latest, serial);
    arrived.set(serial, { sentAt, copies: 1, unmarked: 0 });
    if (arrived.size > REMEMBERED_MAX) forgetFirst(arrived);
    if (way.qos === 0) this.forgetOlder(stream, serial, at);
    this.arrivedCount += 1;
    this.onArrival(way, message, at);
  }

  /** Once at QoS 0 and 2. At QoS 1 marked DUP, or as many more as the faults since it was sent explain. */
  private repeats(
    { receiver, qos, link }: Way,
    payload: string,
    { sentAt, copies, unmarked }: Arrived,
    at: number,
  ): void {
    if (qos === 1 && unmarked <= this.faults.copies(link, sentAt, at)) this.repeatedCount += 1;
    else this.breach(`${receiver}: "${payload}" at QoS ${qos} came ${copies} times`);
  }

  /** At QoS 0 what was overtaken does not come any more. */
  private forgetOlder({ way, waiting }: Stream, serial: number, at: number): void {
    for (const older of waiting.values()) {
      if (older.serial > serial) return;
      waiting.delete(older.serial);
      this.lostQos0.all += 1;
      if (!this.faults.disturbed(way.link, older.sentAt, at)) this.lostQos0.unexplained += 1;
    }
  }

  private breach(what: string): void {
    this.breachCount += 1;
    if (this.breaches.length < BREACHES_MAX) this.breaches.push(what);
  }
}

const keyOf = (receiver: string, topic: string): string => `${receiver} ${topic}`;

function forgetFirst(map: Map<number, unknown>): void {
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
