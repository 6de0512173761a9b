/**
 * The core's end of the journal. Handlers write records while a step runs; the step's writes leave as
 * one effect, a group. Whatever must not be said before it is kept waits in `whenKept`:
 *
 *   a handler writes, then whenKept(say)  ->  journal effect with a number  ->  committed(number)  ->  say
 *
 * Who waits, waits for its own writes only: a device of which nothing is kept is answered at once,
 * whatever the disk is busy with. Groups that nobody waits for have no number and reach the disk
 * later; should somebody come to wait for one of them, a group without writes asks for it.
 *
 * While the disk fails nobody can wait for it: `say(false)` runs at once, and decides what can be said
 * of something that only memory holds.
 */
import type { Effect, JournalValue, JournalWrite } from '../types.js';

/** @param kept false: it is in memory only, because the disk fails */
export type Continuation = (kept: boolean) => void;

/** Somebody whose records are written, and who may wait for them. */
export interface Owner {
  /** The group of its latest write. */
  lastWrite: number;
}

interface Waiting {
  /** Its place among all who have asked. */
  order: number;
  say: Continuation;
}

export class JournalWriter {
  private isFailing = false;
  private writes: JournalWrite[] = [];
  /** The group that the present step writes. */
  private group = 1;
  /** Groups up to this one survive a crash. */
  private committed = 0;
  /** The latest group whose commit the store will tell. */
  private awaited = 0;
  private running: { say: Continuation; kept: boolean }[] | undefined;
  /** By the group that they wait for, which is none up to `committed`. */
  private readonly waiting = new Map<number, Waiting[]>();
  private lastOrder = 0;
  /** They were due, but one before them has failed: they come with the next commit. */
  private readonly overdue: Continuation[] = [];

  /** @param isOn false: sessions end with the process, and everything counts as kept */
  constructor(readonly isOn: boolean) {}

  /** The latest group with anything in it. */
  get latest(): number {
    return this.writes.length > 0 ? this.group : this.group - 1;
  }

  /** Whether what is written survives a restart. */
  get keeps(): boolean {
    return this.isOn && !this.isFailing;
  }

  /** Continuations are running. */
  get isTelling(): boolean {
    return this.running !== undefined;
  }

  put(owner: Owner | undefined, key: string, value: JournalValue): void {
    this.write(owner, { key, value });
  }

  delete(owner: Owner | undefined, key: string): void {
    this.write(owner, { key });
  }

  /** Runs `then` once everything that the owner has written so far is kept, at once when it is. */
  whenKept({ lastWrite }: Owner, then: Continuation): void {
    if (lastWrite <= this.committed) return this.run([then], true);
    if (this.isFailing) return this.run([then], false);
    if (lastWrite > this.awaited) this.awaited = this.group;
    const entry = { order: ++this.lastOrder, say: then };
    const others = this.waiting.get(lastWrite);
    if (others) others.push(entry);
    else this.waiting.set(lastWrite, [entry]);
  }

  /** Runs `then` after the continuations that are due. */
  afterwards(then: () => void): void {
    this.run([then], true);
  }

  /** What the step has written, or wants to know about; undefined: nothing. */
  takeEffect(): Effect | undefined {
    const { writes } = this;
    const isAwaited = this.awaited === this.group;
    if (writes.length === 0 && !isAwaited) return undefined;
    this.writes = [];
    const number = this.group++;
    return isAwaited ? { kind: 'journal', writes, number } : { kind: 'journal', writes };
  }

  onCommitted(number: number): void {
    // While the disk fails the store answers everybody, and that means nothing.
    if (this.isFailing || number <= this.committed) return;
    const groups = this.groupsUpTo(number);
    this.committed = number;
    this.run(this.release(groups), true);
  }

  onFailing(): void {
    this.isFailing = true;
    this.run(this.release([...this.waiting.keys()]), false);
  }

  /** What the store answered meanwhile meant nothing: whoever wants to know asks again. */
  onWorking(): void {
    this.isFailing = false;
    this.awaited = this.committed;
  }

  /**
   * The groups that a commit adds, as far as somebody may wait for them. It takes the shorter of two
   * ways: after a stall many groups are waited for, and each commit adds a few; where hardly anybody
   * waits, one commit adds all groups since the last.
   */
  private groupsUpTo(number: number): number[] {
    const { committed, waiting } = this;
    const added = number - committed;
    if (waiting.size <= added) return [...waiting.keys()].filter((group) => group <= number);
    return Array.from({ length: added }, (_, at) => committed + 1 + at);
  }

  /** Takes out who waits for these groups, in the order in which they have asked. */
  private release(groups: readonly number[]): Continuation[] {
    const ready = groups.flatMap((group) => this.waiting.get(group) ?? []);
    for (const group of groups) this.waiting.delete(group);
    ready.sort((a, b) => a.order - b.order);
    return [...this.overdue.splice(0), ...ready.map(({ say }) => say)];
  }

  /** In the order in which they were asked for, also when one of them asks for more. */
  private run(continuations: readonly Continuation[], kept: boolean): void {
    const due = continuations.map((say) => ({ say, kept }));
    if (this.running) {
      this.running.push(...due);
      return;
    }
    this.running = due;
    try {
      for (let next = due.shift(); next; next = due.shift()) next.say(next.kept);
    } finally {
      this.running = undefined;
      this.overdue.unshift(...due.map(({ say }) => say));
    }
  }

  private write(owner: Owner | undefined, write: JournalWrite): void {
    if (!this.isOn) return;
    this.writes.push(write);
    if (owner) owner.lastWrite = this.group;
  }
}
