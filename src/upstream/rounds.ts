/**
 * The SUBSCRIBEs at the broker, numbered, and their `ur` records. A message that the broker kept for us
 * while the gateway was down carries the number of a SUBSCRIBE of an earlier run, so numbers keep their
 * meaning over restarts; and what nobody wants any more can be unsubscribed. A run whose disk fails leaves no record of its
 * numbers, so each run begins somewhere else, by chance: one number hardly ever means two.
 */
import type { JournalRecord, JournalValue, MqttQos } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { fieldsOf, isQos, keyParts, recordKey } from './records.js';
import type { Ask, Round, Route } from './route.js';

/** The largest subscription identifier of MQTT 5. */
const NUMBER_MAX = 268_435_455;

/** A round of an earlier run. */
export interface FormerRound {
  number: number;
  /** Counts up over all runs: tells the older of two. */
  age: number;
  filter: string;
  /** Index of the connection that it went out on. */
  lane: number;
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

  /** Those of an earlier run, the oldest first. */
  former(): FormerRound[] {
    const rounds = this.journal.take('ur').flatMap((record) => formerRound(record) ?? []);
    rounds.sort((a, b) => a.age - b.age);
    this.#latestAge = rounds.at(-1)?.age ?? 0;
    return rounds;
  }

  restore(route: Route, { number, asks }: FormerRound): Round {
    const round: Round = { route, number, asks: [], former: asks };
    this.#rounds.set(number, round);
    this.#former.add(number);
    return round;
  }

  begin(route: Route, asks: Ask[], isIdentified: boolean): Round {
    const round: Round = { route, number: this.#assign(), asks, former: [] };
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

  /** Runs `send` when all rounds that have begun are on disk. */
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

  /** No message of the round is waited for any more. The broker may still have it, so its record stays. */
  release(round: Round): number {
    this.#rounds.delete(round.number);
    return round.number;
  }

  /** The broker has not got them any more. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) this.journal.delete(recordKey('ur', number));
  }

  #assign(): number {
    let number: number;
    do number = 1 + ((this.#start + this.#used++) % NUMBER_MAX);
    while (this.#rounds.has(number) || this.#former.has(number));
    return number;
  }
}

function formerRound(record: JournalRecord): FormerRound | undefined {
  const number = Number(keyParts(record)[0]);
  const { age, filter, lane, order, qos, asks, isIdentified } = fieldsOf(record.value);
  if (!Number.isInteger(number) || typeof filter !== 'string' || !isQos(qos)) return;
  if (typeof lane !== 'number' || typeof order !== 'number' || !Array.isArray(asks)) return;
  return {
    number,
    age: typeof age === 'number' ? age : 0,
    filter,
    lane,
    order,
    qos,
    asks: asks.flatMap((ask) => askOf(ask) ?? []),
    isIdentified: isIdentified === true,
  };
}

function askOf(ask: unknown): Ask | undefined {
  const [client, qos] = Array.isArray(ask) ? (ask as JournalValue[]) : [];
  return typeof client === 'string' && isQos(qos) ? { client, qos } : undefined;
}
