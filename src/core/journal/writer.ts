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
  private waiting: { group: number; say: Continuation }[] = [];

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
    this.waiting.push({ group: lastWrite, say: then });
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
    this.committed = number;
    const ready = this.waiting.filter(({ group }) => group <= number);
    this.waiting = this.waiting.filter(({ group }) => group > number);
    this.run(
      ready.map(({ say }) => say),
      true,
    );
  }

  onFailing(): void {
    this.isFailing = true;
    this.run(
      this.waiting.splice(0).map(({ say }) => say),
      false,
    );
  }

  /** What the store answered meanwhile meant nothing: whoever wants to know asks again. */
  onWorking(): void {
    this.isFailing = false;
    this.awaited = this.committed;
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
      // One of them has failed: the others come with the next commit.
      this.waiting.unshift(...due.map(({ say }) => ({ group: 0, say })));
    }
  }

  private write(owner: Owner | undefined, write: JournalWrite): void {
    if (!this.isOn) return;
    this.writes.push(write);
    if (owner) owner.lastWrite = this.group;
  }
}
