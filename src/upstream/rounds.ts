/**
 * The SUBSCRIBEs at the broker, numbered, and their `ur` records. A message that the broker kept for us
 * while the gateway was down carries the number of a SUBSCRIBE of an earlier run, so numbers keep their
 * meaning over restarts; and what nobody wants any more can be unsubscribed. A run whose disk fails leaves no record of its
 * numbers, so each run begins somewhere else, by chance: one number hardly ever means two.
 */
import type { JournalRecord, JournalValue, MqttQos } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { ROUNDS_PER_FILTER_MAX } from './limits.js';
import { fieldsOf, isQos, keyParts, recordKey } from './records.js';
import type { Ask, Round, Route } from './route.js';

/** The largest subscription identifier of MQTT 5. */
const NUMBER_MAX = 268_435_455;

/** Which one of an earlier run it was, and where. */
export interface FormerPlace {
  number: number;
  filter: string;
  /** Index of the connection that it went out on. */
  lane: number;
}

/** A round of an earlier run. */
export interface FormerRound extends FormerPlace {
  /** Counts up over all runs: tells the older of two. */
  age: number;
  /** Of its route: tells the older of two. */
  order: number;
  qos: MqttQos;
  asks: readonly Ask[];
  /** Whether the broker was given the number. */
  isIdentified: boolean;
}

export class Rounds {
  readonly #rounds = new Map<number, Round>();
  /** Of an earlier run, as far as there are records. */
  readonly #former = new Set<number>();
  readonly #start: number;
  /** How many numbers from there this run has used, or left to a former one. */
  #used = 0;
  #latestAge = 0;

  /** @param chance a whole number, another one in each run */
  constructor(
    private readonly journal: Journal,
    chance: number,
  ) {
    this.#start = chance % NUMBER_MAX;
  }

  /** Those of an earlier run, the oldest first; and those that nobody wanted any more: their UNSUBSCRIBE may have reached the broker. */
  recover(): { former: FormerRound[]; left: FormerPlace[] } {
    const records = this.journal.take('ur');
    const left = records.flatMap((record) => leftRound(record) ?? []);
    for (const { number } of left) this.#former.add(number);
    const former = records.flatMap((record) => formerRound(record) ?? []);
    former.sort((a, b) => a.age - b.age);
    this.#latestAge = former.at(-1)?.age ?? 0;
    return { former, left };
  }

  restore(route: Route, { number, asks }: FormerRound): Round {
    const round: Round = { route, number, asks: [], former: asks, answer: 'former' };
    this.#rounds.set(number, round);
    this.#former.add(number);
    return round;
  }

  begin(route: Route, asks: Ask[], isIdentified: boolean): Round {
    const round: Round = { route, number: this.#assign(), asks, former: [], answer: 'none' };
    this.#rounds.set(round.number, round);
    const { filter, lane, order, wantedQos: qos } = route;
    const asking: JournalValue = asks.map((ask) => [ask.client, ask.qos]);
    this.journal.put(recordKey('ur', round.number), {
      age: ++this.#latestAge,
      filter,
      lane,
      order,
      qos,
      asks: asking,
      isIdentified,
    });
    return round;
  }

  /** Runs `send` when all is on disk that has become of rounds. In the order of the calls. */
  whenKept(send: () => void): void {
    this.journal.afterCommit(send);
  }

  find(number: number): Round | undefined {
    return this.#rounds.get(number);
  }

  /** Whether it is one of a run of which there is no record. */
  isUnknown(number: number): boolean {
    const isOfThisRun = (number - 1 - this.#start + NUMBER_MAX) % NUMBER_MAX < this.#used;
    return !isOfThisRun && !this.#former.has(number);
  }

  /**
   * Nobody waits for messages of the round any more. The broker may have it until it has answered UNSUBSCRIBE, and from UNSUBSCRIBE
   * on it may not: so the record stays, and says so.
   */
  leave({ number, route: { filter, lane } }: Round): number {
    this.#rounds.delete(number);
    this.journal.put(recordKey('ur', number), { filter, lane, isLeft: true });
    return number;
  }

  /** The broker has not got them any more. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#rounds.delete(number);
      this.journal.delete(recordKey('ur', number));
    }
  }

  /** Of the route's, those beyond the most that are remembered. */
  forgetPast(route: Route): void {
    while (route.rounds.length > ROUNDS_PER_FILTER_MAX) {
      const past = pastOf(route);
      if (past === undefined) return;
      route.rounds = route.rounds.filter((one) => one !== past);
      this.forget([past.number]);
    }
  }

  #assign(): number {
    let number: number;
    do number = 1 + ((this.#start + this.#used++) % NUMBER_MAX);
    while (this.#rounds.has(number) || this.#former.has(number));
    return number;
  }
}

/**
 * The one that is missed least: one before what the broker has granted last, of which there is only what was under way; or one that it
 * has refused; or the eldest. undefined: the others have still to be answered.
 */
function pastOf({ rounds }: Route): Round | undefined {
  const present = rounds.findLastIndex(({ answer }) => answer === 'granted');
  const isPast = ({ answer }: Round, at: number): boolean => at !== present && answer !== 'none';
  const eldest = rounds.findIndex(isPast);
  const refused = rounds.find(({ answer }) => answer === 'refused');
  return eldest < present ? rounds[eldest] : (refused ?? rounds[eldest]);
}

function leftRound(record: JournalRecord): FormerPlace | undefined {
  const { isLeft } = fieldsOf(record.value);
  return isLeft === true ? placeOf(record) : undefined;
}

function formerRound(record: JournalRecord): FormerRound | undefined {
  const place = placeOf(record);
  const { age, order, qos, asks, isIdentified } = fieldsOf(record.value);
  if (place === undefined || !isQos(qos)) return;
  if (typeof order !== 'number' || !Array.isArray(asks)) return;
  return {
    ...place,
    age: typeof age === 'number' ? age : 0,
    order,
    qos,
    asks: asks.flatMap((ask) => askOf(ask) ?? []),
    isIdentified: isIdentified === true,
  };
}

function placeOf(record: JournalRecord): FormerPlace | undefined {
  const number = Number(keyParts(record)[0]);
  const { filter, lane } = fieldsOf(record.value);
  if (!Number.isInteger(number) || typeof filter !== 'string' || typeof lane !== 'number') return;
  return { number, filter, lane };
}

function askOf(ask: unknown): Ask | undefined {
  const [client, qos] = Array.isArray(ask) ? (ask as JournalValue[]) : [];
  return typeof client === 'string' && isQos(qos) ? { client, qos } : undefined;
}
