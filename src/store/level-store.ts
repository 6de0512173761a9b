/**
 * The journal on disk.
 *
 * Writes gather in a group. A timer cuts the group, soon if somebody waits for it, and it becomes one
 * batch of LevelDB, written with fsync on a thread of libuv. One batch is under way at a time;
 * meanwhile the next group gathers, so a slow disk gets larger batches, not more of them. A group is
 * only cut in a turn of the event loop of our own. So what was written in one turn is never divided.
 *
 *   put, delete -> group -- timer --> batch under way -- fsync --> callbacks
 *                    ^                     |
 *                    '------ failed -------'
 *
 * A failed batch goes back into the group. LevelDB takes nothing more after a failed write, so the
 * files are closed and opened again, with growing pauses, until they take the whole group. Until then
 * memory is all there is, and callbacks run at once.
 *
 * Files that could not be opened when the gateway started may turn up later, with records of an
 * earlier run. Those cannot be merged into sessions that have gone on without them. They are set
 * aside and reported, and what this run knows begins a new journal.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';
import { Batches, type Written } from './batches.js';
import { Callbacks } from './callbacks.js';
import { explain, records, textOf } from './causes.js';
import { Group } from './group.js';
import { type JournalProblem, KEY_SEPARATOR, type Store } from './journal.js';
import { type Driver, type Level, levelDb } from './level.js';
import {
  CLOSE_TIMEOUT_MS,
  FIRST_RETRY_MS,
  LAZY_COMMIT_MS,
  LONGEST_RETRY_MS,
  STALLED_AFTER_MS,
  URGENT_COMMIT_MS,
} from './limits.js';
import { type Files, type Opened, openAgain, openFirst, Refusal } from './opening.js';
import { closeQuietly } from './salvage.js';
import { MIGRATIONS, type Migration, versionOf } from './schema.js';
import { ownTurn } from './slices.js';
import { realTime, type Time, type Timer } from './time.js';

export interface LevelStoreOptions {
  onProblem: (problem: JournalProblem) => void;
  time?: Time;
  /** LevelDB, or what tests put in its place: disks that fail, or forget. */
  driver?: Driver;
  migrations?: readonly Migration[];
}

type State =
  | { is: 'new' }
  | { is: 'open'; level: Level }
  | { is: 'failing'; retry: Timer }
  | { is: 'closed' };

export class LevelStore implements Store {
  readonly isPersistent = true;
  readonly #path: string;
  readonly #onProblem: (problem: JournalProblem) => void;
  readonly #time: Time;
  readonly #driver: Driver;
  readonly #migrations: readonly Migration[];
  readonly #batches: Batches;
  readonly #callbacks = new Callbacks();
  #state: State = { is: 'new' };
  /** Records of the earlier run that nobody has taken yet, by kind. */
  readonly #recovered = new Map<string, JournalRecord[]>();
  /** Whether what is on the disk is this run's: it has read or begun it. */
  #isOurs = false;
  /** Reported as failing: callbacks do not wait. */
  #isFailing = false;
  #pauseMs = FIRST_RETRY_MS;
  #group = new Group();
  #timer: { timer: Timer; isUrgent: boolean } | undefined;
  /** A timer has run out while a batch was under way. */
  #isDue = false;
  /** The batch under way. */
  #flight: { group: Group; done: Promise<void> } | undefined;
  /** The attempt under way to use a failing disk again. */
  #retrying: Promise<void> | undefined;
  /** Files that are being closed after a failure. */
  #closing = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(path: string, options: LevelStoreOptions) {
    this.#path = path;
    this.#onProblem = options.onProblem;
    this.#time = options.time ?? realTime;
    this.#driver = options.driver ?? levelDb;
    this.#migrations = options.migrations ?? MIGRATIONS;
    this.#batches = new Batches(versionOf(this.#migrations), (key, error) => {
      const detail = `the record ${JSON.stringify(key)} cannot be kept, which is a bug of the gateway: ${textOf(error)}`;
      this.#onProblem({ problem: 'damaged', detail });
    });
  }

  /** What the journal has cost so far. */
  get written(): Readonly<Written> {
    return this.#batches.written;
  }

  async open(): Promise<void> {
    try {
      const opened = await this.#reporting(openFirst);
      this.#isOurs = true;
      for (const record of opened.records) this.#recover(record);
      if (opened.changes !== undefined) this.#group = this.#group.after(opened.changes);
      await this.#use(opened);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.#fail(error);
    }
  }

  take(kind: string): readonly JournalRecord[] {
    const records = this.#recovered.get(kind) ?? [];
    this.#recovered.delete(kind);
    return records;
  }

  put(key: string, value: JournalValue): void {
    this.#group.writes.set(key, value);
    this.#arm(false);
  }

  delete(key: string): void {
    if (this.#mayBeOnDisk(key)) {
      this.#group.writes.set(key, undefined);
      this.#arm(false);
    } else {
      this.#group.writes.delete(key);
    }
  }

  afterCommit(then: () => void): void {
    if (this.#state.is === 'closed') return;
    const { writes, waiting } = this.#group;
    if (this.#isFailing) {
      this.#callbacks.run([then]);
    } else if (writes.size > 0 || waiting.length > 0) {
      waiting.push(then);
      this.#arm(true);
    } else if (this.#flight !== undefined) {
      this.#flight.group.waiting.push(then);
    } else {
      this.#callbacks.run([then]);
    }
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  #recover(record: JournalRecord): void {
    const [kind = ''] = record.key.split(KEY_SEPARATOR, 1);
    const others = this.#recovered.get(kind);
    if (others === undefined) this.#recovered.set(kind, [record]);
    else others.push(record);
  }

  /** Of a key that never got there, not even a deletion needs to be written. */
  #mayBeOnDisk(key: string): boolean {
    const flying = this.#flight?.group.writes;
    if (flying?.has(key)) return flying.get(key) !== undefined;
    return this.#batches.ledger.has(key);
  }

  #arm(isUrgent: boolean): void {
    if (this.#state.is !== 'open' || this.#isDue) return;
    if (this.#timer !== undefined && (this.#timer.isUrgent || !isUrgent)) return;
    this.#disarm();
    const timer = this.#time.after(isUrgent ? URGENT_COMMIT_MS : LAZY_COMMIT_MS, () => {
      this.#timer = undefined;
      this.#isDue = true;
      this.#cut();
    });
    this.#timer = { timer, isUrgent };
  }

  #disarm(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#isDue = false;
  }

  /** Only to be called in a turn of our own. */
  #cut(): void {
    if (this.#state.is !== 'open' || this.#flight !== undefined) return;
    this.#disarm();
    const group = this.#group;
    this.#group = new Group();
    if (group.writes.size === 0) this.#callbacks.run(group.waiting);
    else void this.#fly(this.#state.level, group, []);
  }

  #fly(level: Level, group: Group, unwanted: readonly Uint8Array[]): Promise<void> {
    const done = this.#write(level, group, unwanted);
    this.#flight = { group, done };
    return done;
  }

  async #write(level: Level, group: Group, unwanted: readonly Uint8Array[]): Promise<void> {
    const patience = this.#time.after(STALLED_AFTER_MS, () => {
      this.#reportFailing(
        `the disk with ${this.#path} has not answered for ${STALLED_AFTER_MS / 1000} s; check it`,
      );
    });
    try {
      await this.#batches.write(level, group, unwanted);
    } catch (error) {
      this.#fail(error, level);
      return;
    } finally {
      patience.cancel();
    }
    this.#flight = undefined;
    this.#pauseMs = FIRST_RETRY_MS;
    this.#reportWorking();
    this.#callbacks.run(group.waiting);
    if (this.#isDue) setImmediate(() => this.#cut());
  }

  async #reporting<Result>(open: (files: Files) => Promise<Result>): Promise<Result> {
    const findings: string[] = [];
    try {
      return await open({
        driver: this.#driver,
        path: this.#path,
        migrations: this.#migrations,
        findings,
      });
    } finally {
      if (findings.length > 0) {
        const detail = `the journal in ${this.#path} was damaged: ${findings.join('; ')}`;
        this.#onProblem({ problem: 'damaged', detail });
      }
    }
  }

  /** Goes on with these files; what has gathered is the first batch, and shows whether they can be written. */
  async #use({ level, ledger, number, unwanted }: Opened): Promise<void> {
    await ownTurn();
    if (this.#state.is === 'closed') return closeQuietly(level);
    this.#batches.goOnFrom(ledger, number);
    this.#state = { is: 'open', level };
    const group = this.#group;
    this.#group = new Group();
    await this.#fly(level, group, unwanted);
  }

  #fail(error: unknown, level?: Level): void {
    if (this.#flight !== undefined) this.#group = this.#group.after(this.#flight.group);
    this.#flight = undefined;
    this.#disarm();
    if (level !== undefined) this.#closing = closeQuietly(level);
    if (this.#state.is === 'closed') return;
    const retry = this.#time.after(this.#pauseMs, () => void this.#retry());
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_RETRY_MS);
    this.#state = { is: 'failing', retry };
    this.#reportFailing(
      `${explain(error, this.#path)}; until then the gateway goes on in memory, and a restart would lose it`,
    );
  }

  #retry(): Promise<void> {
    this.#retrying ??= this.#reopen().finally(() => {
      this.#retrying = undefined;
    });
    return this.#retrying;
  }

  async #reopen(): Promise<void> {
    try {
      await this.#closing;
      const known = { ledger: this.#batches.ledger, pending: this.#group.writes };
      const opened = await this.#reporting((files) =>
        openAgain(files, this.#isOurs ? known : undefined),
      );
      this.#isOurs = true;
      await this.#use(opened);
    } catch (error) {
      this.#fail(error);
    }
  }

  #reportFailing(detail: string): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#onProblem({ problem: 'failing', detail });
    this.#callbacks.run(this.#flight?.group.waiting.splice(0) ?? []);
    this.#callbacks.run(this.#group.waiting.splice(0));
  }

  #reportWorking(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const detail = `the journal in ${this.#path} works again; everything that waited is in it`;
    this.#onProblem({ problem: 'working', detail });
  }

  async #end(): Promise<void> {
    let timer: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = this.#time.after(CLOSE_TIMEOUT_MS, resolve);
    });
    await Promise.race([this.#finish(), timeout]);
    timer?.cancel();
    this.#disarm();
    if (this.#state.is === 'failing') this.#state.retry.cancel();
    this.#state = { is: 'closed' };
    const lost = this.#group.after(this.#flight?.group ?? new Group()).writes.size;
    if (lost === 0) return;
    const detail = `${records(lost)} could not be saved in ${this.#path} before the end`;
    this.#onProblem({ problem: 'failing', detail });
  }

  /** Writes all there is, if the disk lets us, and closes the files. */
  async #finish(): Promise<void> {
    await ownTurn();
    if (this.#state.is === 'failing') {
      this.#state.retry.cancel();
      await this.#retry();
    }
    while (this.#flight !== undefined || this.#group.writes.size + this.#group.waiting.length > 0) {
      if (this.#state.is !== 'open') return;
      if (this.#flight === undefined) this.#cut();
      else await this.#flight.done;
      await ownTurn();
    }
    if (this.#state.is === 'open') await closeQuietly(this.#state.level);
  }
}
