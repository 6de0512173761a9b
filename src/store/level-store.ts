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
 * A disk that is full or read-only when the gateway starts still has its records: they are read
 * through a copy of the files elsewhere, and the disk then is one that has failed after opening.
 *
 * Only files that could not even be read, or had not given a sign for OPEN_TIMEOUT_MS, may turn up
 * later with records of an earlier run. Those cannot be merged into sessions that have gone on
 * without them. They are set aside and reported, and what this run knows begins a new journal.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';
import { Batches, type Written } from './batches.js';
import { Callbacks } from './callbacks.js';
import { explain, records, silentFor, textOf } from './causes.js';
import { Group } from './group.js';
import { type JournalProblem, KEY_SEPARATOR, type Store } from './journal.js';
import { type Driver, type Level, levelDb } from './level.js';
import { Lookout } from './lookout.js';
import {
  CLOSE_TIMEOUT_MS,
  FIRST_RETRY_MS,
  LAZY_COMMIT_MS,
  LONGEST_RETRY_MS,
  OPEN_TIMEOUT_MS,
  STALLED_AFTER_MS,
  URGENT_COMMIT_MS,
} from './limits.js';
import {
  beginAnew,
  type Files,
  type Legacy,
  type Opened,
  openAgain,
  openFirst,
  Refusal,
} from './opening.js';
import { Patience } from './patience.js';
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
  | { is: 'failing'; retry: Timer | undefined }
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
  readonly #patience: Patience;
  readonly #lookout: Lookout;
  #state: State = { is: 'new' };
  /** Records of the earlier run that nobody has taken yet, by kind. */
  readonly #recovered = new Map<string, JournalRecord[]>();
  /** Whether what is on the disk is this run's: it has read or begun it. */
  #isOurs = false;
  /** Why the disk fails, as reported; while it does callbacks do not wait. */
  #failure: string | undefined;
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
    this.#patience = new Patience(this.#time);
    this.#lookout = new Lookout(this.#time, () => this.#look());
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
    const opening = this.#reporting(openFirst);
    try {
      const legacy = await this.#patience.inTime(opening);
      if (legacy === 'late') return this.#goOnWithout(opening);
      this.#isOurs = true;
      this.#batches.goOnFrom(legacy);
      for (const record of legacy.records) this.#recover(record);
      this.#group = this.#group.after(legacy.changes);
      if ('failure' in legacy.files) this.#fail(legacy.files.failure);
      else await this.#patience.inTime(this.#use(legacy.files.opened));
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
      this.#group.takeBack(key);
    }
  }

  afterCommit(then: () => void): void {
    if (this.#state.is === 'closed') return;
    if (this.#failure !== undefined) {
      this.#callbacks.run([then]);
    } else if (!this.#group.isUntouched) {
      this.#group.waiting.push(then);
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

  /** The files have not been opened in time; should they ever be, what is in them comes too late. */
  #goOnWithout(opening: Promise<Legacy>): void {
    this.#state = { is: 'failing', retry: undefined };
    this.#reportFailing(silentFor(this.#path, OPEN_TIMEOUT_MS));
    void this.#retry(async () => {
      const { files } = await opening;
      if ('failure' in files) throw files.failure;
      if (this.#state.is === 'closed') return files.opened;
      return this.#reporting((source) => beginAnew(source, files.opened));
    });
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
    else void this.#write(this.#state.level, group, []);
  }

  /** Like a batch, with nothing to write. One that is under way is looked after in its turn. */
  #look(): void {
    if (this.#state.is !== 'open' || this.#flight !== undefined) return;
    const { level } = this.#state;
    void this.#fly(level, new Group(), () => this.#lookout.look(level));
  }

  #write(level: Level, group: Group, unwanted: readonly Uint8Array[]): Promise<void> {
    return this.#fly(level, group, async () => {
      await this.#batches.write(level, group, unwanted);
      if (this.#state.is === 'closed') return;
      await this.#lookout.afterBatch(level, this.#ending !== undefined);
    });
  }

  #fly(level: Level, group: Group, work: () => Promise<void>): Promise<void> {
    const done = this.#land(level, group, work);
    this.#flight = { group, done };
    return done;
  }

  async #land(level: Level, group: Group, work: () => Promise<void>): Promise<void> {
    const patience = this.#time.after(STALLED_AFTER_MS, () => {
      this.#reportFailing(silentFor(this.#path, STALLED_AFTER_MS));
    });
    try {
      await work();
    } catch (error) {
      this.#fail(error, level);
      return;
    } finally {
      patience.cancel();
    }
    this.#flight = undefined;
    if (this.#state.is === 'closed') return closeQuietly(level);
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
        onAnswer: this.#patience.onAnswer,
      });
    } finally {
      if (findings.length > 0) {
        const detail = `the journal in ${this.#path} was damaged: ${findings.join('; ')}`;
        this.#onProblem({ problem: 'damaged', detail });
      }
    }
  }

  /** Goes on with these files; what has gathered is the first batch, and shows whether they can be written. */
  async #use(opened: Opened): Promise<void> {
    await ownTurn();
    const { level, unwanted } = opened;
    if (this.#state.is === 'closed') return closeQuietly(level);
    this.#batches.goOnFrom(opened);
    this.#state = { is: 'open', level };
    const group = this.#group;
    this.#group = new Group();
    await this.#write(level, group, unwanted);
  }

  #fail(error: unknown, level?: Level): void {
    if (this.#flight !== undefined) this.#group = this.#group.after(this.#flight.group);
    this.#flight = undefined;
    this.#disarm();
    this.#lookout.stop();
    if (level !== undefined) this.#closing = closeQuietly(level);
    if (this.#state.is === 'closed') return;
    const retry = this.#time.after(this.#pauseMs, () => void this.#retry(() => this.#reopen()));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_RETRY_MS);
    this.#state = { is: 'failing', retry };
    this.#reportFailing(explain(error, this.#path), ` (${textOf(error)})`);
  }

  /** One attempt at a time. */
  #retry(open: () => Promise<Opened>): Promise<void> {
    this.#retrying ??= this.#useAgain(open).finally(() => {
      this.#retrying = undefined;
    });
    return this.#retrying;
  }

  async #useAgain(open: () => Promise<Opened>): Promise<void> {
    try {
      const opened = await open();
      this.#isOurs = true;
      await this.#use(opened);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #reopen(): Promise<Opened> {
    await this.#closing;
    const { ledger, number } = this.#batches;
    const known = { ledger, number, pending: this.#group.writes };
    return this.#reporting((files) => openAgain(files, this.#isOurs ? known : undefined));
  }

  #reportFailing(failure: string, text = ''): void {
    if (this.#failure === failure) return;
    this.#failure = failure;
    const detail = `${failure}${text}; until then the gateway goes on in memory, and a restart would lose it`;
    this.#tell({ problem: 'failing', detail });
    this.#callbacks.run(this.#flight?.group.waiting.splice(0) ?? []);
    this.#callbacks.run(this.#group.waiting.splice(0));
  }

  #reportWorking(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    const detail = `the journal in ${this.#path} works again; everything that waited is in it`;
    this.#tell({ problem: 'working', detail });
  }

  /** Among the callbacks: those before it ran for what was so then. */
  #tell(problem: JournalProblem): void {
    this.#callbacks.run([() => this.#onProblem(problem)]);
  }

  async #end(): Promise<void> {
    let timer: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = this.#time.after(CLOSE_TIMEOUT_MS, resolve);
    });
    await Promise.race([this.#finish(), timeout]);
    timer?.cancel();
    this.#disarm();
    this.#lookout.stop();
    if (this.#state.is === 'failing') this.#state.retry?.cancel();
    this.#state = { is: 'closed' };
    const lost = this.#group.after(this.#flight?.group ?? new Group()).writes.size;
    if (lost === 0) return;
    const detail = `${records(lost)} could not be saved in ${this.#path} before the end`;
    this.#onProblem({ problem: 'failing', detail });
  }

  /** Writes all there is, if the disk lets us, and closes the files. */
  async #finish(): Promise<void> {
    await ownTurn();
    await this.#flush();
    if (this.#state.is === 'failing') {
      this.#state.retry?.cancel();
      await this.#retry(() => this.#reopen());
      await this.#flush();
    }
    if (this.#state.is === 'open') await closeQuietly(this.#state.level);
  }

  async #flush(): Promise<void> {
    while (this.#state.is === 'open') {
      if (this.#flight !== undefined) await this.#flight.done;
      else if (this.#group.writes.size + this.#group.waiting.length > 0) this.#cut();
      else if (this.#lookout.isOwed) this.#look();
      else return;
      await ownTurn();
    }
  }
}
