/** The journal at the level of effects and events: commits at once, or when it is told to. */
import { RECORD_KINDS } from '../../../src/core/journal/keys.js';
import type { Effect, JournalRecord, JournalValue, JournalWrite } from '../../../src/core/types.js';

/** What was written in one turn: all of it survives a crash, or nothing. */
interface Group {
  writes: JournalWrite[];
  numbers: number[];
  callbacks: (() => void)[];
  at: number;
}

export class VirtualStore {
  /** What a crash leaves. */
  readonly kept = new Map<string, JournalValue>();
  isFailing = false;
  private waiting: Group[] = [];
  private turn: Group = newGroup();

  /** @param isPrompt commits after each step */
  constructor(public isPrompt = true) {}

  /** The core's writes of the present turn. */
  take({ writes, number }: Extract<Effect, { kind: 'journal' }>): void {
    this.turn.writes.push(...writes);
    if (number !== undefined) this.turn.numbers.push(number);
  }

  /** The upstream's. */
  write(key: string, value?: JournalValue): void {
    this.turn.writes.push(value === undefined ? { key } : { key, value });
  }

  /** For the upstream: once this turn is kept. */
  afterCommit(then: () => void): void {
    this.turn.callbacks.push(then);
  }

  /** Returns the numbers that can be told at once, because the disk fails and memory is all there is. */
  endTurn(now = 0): number[] {
    const { turn } = this;
    if (turn.writes.length + turn.numbers.length + turn.callbacks.length === 0) return [];
    this.turn = { ...newGroup(), at: now };
    this.waiting.push({ ...turn, at: now });
    return this.isFailing ? this.answer() : [];
  }

  /** Commits the oldest groups, all by default; returns the numbers that somebody waits for. */
  commit(count = this.waiting.length): number[] {
    if (this.isFailing) return [];
    const groups = this.waiting.splice(0, count);
    for (const { key, value } of groups.flatMap(({ writes }) => writes)) {
      if (value === undefined) this.kept.delete(key);
      else this.kept.set(key, value);
    }
    for (const { callbacks } of groups) for (const one of callbacks) one();
    return groups.flatMap(({ numbers }) => numbers);
  }

  /** To be called after the core has heard that the disk fails; returns the numbers told in spite of it. */
  fail(): number[] {
    this.isFailing = true;
    return this.answer();
  }

  /** Makes up for what waited in memory; the core hears `working` then. */
  work(): void {
    this.isFailing = false;
    this.commit();
  }

  get waitingGroups(): number {
    return this.waiting.length;
  }

  /** When the oldest group that is not kept was written. */
  get oldest(): number {
    return this.isFailing ? Number.POSITIVE_INFINITY : (this.waiting[0]?.at ?? Infinity);
  }

  /** The core's records for the next run, in the order in which it needs them. */
  recovered(): JournalRecord[] {
    const records = [...this.kept].map(([key, value]) => ({ key, value }));
    return records
      .filter((record) => rankOf(record) >= 0)
      .toSorted((a, b) => rankOf(a) - rankOf(b) || (a.key < b.key ? -1 : 1));
  }

  /** Keys of a kind, without it. */
  keys(kind: string): string[] {
    return [...this.kept.keys()].filter((key) => key.startsWith(`${kind}\0`));
  }

  /** What was not kept is gone. */
  crash(): void {
    this.waiting = [];
    this.turn = newGroup();
    this.isFailing = false;
  }

  private answer(): number[] {
    const numbers = this.waiting.flatMap((group) => group.numbers.splice(0));
    for (const group of this.waiting) for (const one of group.callbacks.splice(0)) one();
    return numbers;
  }
}

const newGroup = (): Group => ({ writes: [], numbers: [], callbacks: [], at: 0 });

const rankOf = ({ key }: JournalRecord): number =>
  RECORD_KINDS.findIndex((kind) => key.split('\0', 1)[0] === kind);
