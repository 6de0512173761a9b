/**
 * Our half of the session that a broker keeps under one client id: what is in flight in both
 * directions, and what we know of the broker's half. It outlives connections and, with a journal on
 * disk, the process.
 */
import type { Duplex } from 'node:stream';
import type { JournalRecord } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { KnownSession } from './known-session.js';
import { OutgoingStore } from './outgoing-store.js';
import { type Publish, PublishWindow, type RoundTrips } from './publish-window.js';
import type { Failure } from './reasons.js';
import { Receipts } from './receipts.js';
import { keyParts, type RecordKind } from './records.js';
import type { Time } from './time.js';
import { UntoldEnds } from './untold-ends.js';

/** What all sessions have in common. */
export interface SessionGround extends RoundTrips {
  readonly journal: Journal;
  readonly recovered: RecoveredSessions;
  /** Gives numbers that are never used again. */
  readonly nextToken: () => number;
}

export function sessionGround(
  journal: Journal,
  time: Time,
  onRoundTrip: (ms: number) => void,
): SessionGround {
  let lastToken = 0;
  const recovered = new RecoveredSessions(journal);
  return { journal, recovered, nextToken: () => ++lastToken, time, onRoundTrip };
}

/** A message of an earlier run that has a new owner: what it is, the session knows. */
export const FORMER = { payload: new Uint8Array(), qos: 2, retain: false } as const;

export class BrokerSession<M extends Publish> {
  readonly known: KnownSession;
  readonly receipts: Receipts;
  readonly outgoing: OutgoingStore;
  readonly window: PublishWindow<M>;

  /** @param published told the end of each QoS 1 and 2 message */
  constructor(
    name: string,
    private readonly ground: SessionGround,
    published: (message: M, failure?: Failure) => void,
  ) {
    const { journal, recovered, nextToken, time } = ground;
    this.known = new KnownSession(journal, name, brokerOf(recovered.take('ub', name)));
    this.receipts = new Receipts(name, journal, nextToken, recovered.take('ui', name), time);
    this.outgoing = new OutgoingStore(
      name,
      journal,
      recovered.take('uo', name),
      recovered.take('up', name),
    );
    const ends = new UntoldEnds(name, journal, recovered.take('ud', name));
    this.window = new PublishWindow(this.outgoing, ends, ground, published);
    this.isKept = true;
  }

  /** Neither side has anything to come back to. */
  get isEmpty(): boolean {
    return !this.isKept && this.window.isTold && this.receipts.isEmpty;
  }

  /** Whether it goes on after a restart. */
  get survives(): boolean {
    return this.isKept && this.ground.journal.isPersistent;
  }

  /** Whether it outlives its connections. */
  get isKept(): boolean {
    return this.known.isKept;
  }

  set isKept(isKept: boolean) {
    this.known.isKept = isKept;
    this.receipts.isKept = this.survives;
    this.outgoing.isKept = this.survives;
  }

  /**
   * Has the message that `make` makes take the place of the one of this name, of an earlier run
   * perhaps. Returns whether there is one, whose end is then told as that of the new one.
   */
  adopt(ref: string, make: (topic: string) => M): boolean {
    return this.window.adopt(ref, make(this.outgoing.topicOf(ref) ?? ''));
  }

  /** Runs `then` when the disk has what has to be there before the next CONNECT. */
  beforeConnect(then: () => void): void {
    if (this.known.doubt() || this.outgoing.isUncommitted) this.ground.journal.afterCommit(then);
    else then();
  }

  /** The broker has accepted us. */
  greeted(stream: Duplex, broker: string, isNew: boolean): void {
    if (isNew) this.outgoing.startOver();
    this.receipts.begin(stream, broker, isNew);
  }

  /** The connection is gone, or nothing may be sent on it any more. */
  disconnected(): void {
    this.receipts.end();
    this.outgoing.disconnected();
  }

  /** The connection has ended for good; `goesOn`: the session has not. */
  abandon(goesOn: boolean): void {
    this.disconnected();
    this.window.abandon(goesOn && this.survives);
  }

  /** The session is over. */
  forget(): void {
    this.abandon(false);
    this.receipts.clear();
    this.known.forget();
  }
}

/** What an earlier run has left in the journal, until the sessions claim it. */
class RecoveredSessions {
  readonly #records = new Map<string, JournalRecord[]>();

  constructor(journal: Journal) {
    for (const kind of ['ub', 'ud', 'ui', 'uo', 'up'] as const) {
      for (const record of journal.take(kind)) {
        const key = keyOf(kind, keyParts(record)[0] ?? '');
        const records = this.#records.get(key);
        if (records === undefined) this.#records.set(key, [record]);
        else records.push(record);
      }
    }
  }

  has(kind: RecordKind, name: string): boolean {
    return this.#records.has(keyOf(kind, name));
  }

  take(kind: RecordKind, name: string): readonly JournalRecord[] {
    const key = keyOf(kind, name);
    const records = this.#records.get(key) ?? [];
    this.#records.delete(key);
    return records;
  }
}

const keyOf = (kind: RecordKind, name: string): string => `${kind} ${name}`;

/** @returns undefined: there is no record */
function brokerOf([record]: readonly JournalRecord[]): string | null | undefined {
  if (record === undefined) return undefined;
  return typeof record.value === 'string' ? record.value : null;
}
