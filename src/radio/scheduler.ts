/**
 * Decides what one modem sends next, and when. One frame at a time, by three rules:
 *
 * 1. The most important rank first.
 * 2. Within a rank addresses take turns (`rank.ts`), and of one address the first come goes first.
 * 3. No rank is overtaken for ever: once OVERTAKEN_MAX frames in a row have gone while something less
 *    important could have, one goes of the lesser rank whose turn was longest ago.
 *
 * So of the frames that go at least one in six is of a lesser rank, and at least one in twenty-four of each
 * rank that has any; and within a rank nobody has two turns before all who were there have had one. Turns
 * are remembered when nothing waits any more: who was refused, or has expired, comes first the next time.
 *
 * While a frame waits for the allowance of the hour nothing less important is sent, because it would use up what the
 * other waits for; but messages are sent within what no answer can have. The same while an answer waits for its device to
 * listen: a frame of two seconds in between, and the device listens no more. Priorities 3 to 5 leave a part of the
 * allowance to answers, so that a device never repeats what has been understood.
 *
 * What would wait too long is refused at once, so that its sender hears "congestion" and not silence.
 * Time comes in as whole milliseconds, and a deadline comes out; chance comes in with the frames.
 * The work for a frame grows with the queue, which is bounded, and not faster.
 */
import { type AirInterface, airTimeMs } from './air.js';
import type {
  AirUsage,
  DropReason,
  DroppedFrame,
  Offer,
  Outcome,
  Priority,
  RadioFrame,
  Refusal,
  Turn,
} from './frames.js';
import {
  ANSWER_MS,
  BACKOFF_AIR_TIMES,
  BUSY_PAUSE_MS,
  BUSY_TRIES_MAX,
  HOUR_MS,
  OVERHEAD_MAX_MS,
  OVERHEAD_MS,
  OVERTAKEN_MAX,
  QUEUE_WAIT_MAX_MS,
  TURNAROUND_MS,
} from './limits.js';
import { Listening } from './listening.js';
import { FrameQueue, sumOf } from './queue.js';
import type { Rank, Waiting } from './rank.js';
import type { AirResult } from './sliding-hour.js';
import { Tally } from './tally.js';
import type { AirUse, AirWindow } from './window.js';

export interface SchedulerSettings {
  air: AirInterface;
  /** Of this modem alone: the law counts each transmitter by itself. */
  window: AirWindow;
  /** How long a node needs after a frame of its own before it hears; TURNAROUND_MS unless told. */
  turnaroundMs?: number;
  /** What would wait longer is refused; QUEUE_WAIT_MAX_MS unless told. */
  waitMaxMs?: number;
}

interface Choice {
  waiting: Waiting;
  at: number;
  waitsForAllowance: boolean;
  /** Nothing less important may go before it. */
  holdsOthers: boolean;
  /** It goes by rule 3. */
  isOwed: boolean;
}

export class RadioScheduler {
  private readonly air: AirInterface;
  private readonly window: AirWindow;
  private readonly turnaroundMs: number;
  private readonly waitMaxMs: number;

  private readonly queue = new FrameQueue();
  private readonly listening: Listening;
  private onAir: { waiting: Waiting; since: number; overtakenBefore: number } | undefined;
  /** Frames in a row that have gone before what was less important and could have gone. */
  private overtaken = 0;
  private isPaused = false;
  private overheadMs = OVERHEAD_MS;
  private now = 0;

  private dropped: DroppedFrame[] = [];
  private readonly tally = new Tally();

  constructor(settings: SchedulerSettings) {
    this.air = settings.air;
    this.window = settings.window;
    this.turnaroundMs = settings.turnaroundMs ?? TURNAROUND_MS;
    this.listening = new Listening(this.turnaroundMs);
    this.waitMaxMs = settings.waitMaxMs ?? QUEUE_WAIT_MAX_MS;
  }

  /** Queues a frame, or says why not. */
  offer(frame: RadioFrame, now: number): Offer {
    this.now = now;
    const airMs = airTimeMs(this.air, frame.bytes);
    const backoffMs = Math.ceil((frame.backoff ?? 0) * BACKOFF_AIR_TIMES * airMs);
    const ahead = this.queue.ahead(frame.priority, frame);
    const waitMs = Math.max(this.waitMs(frame.priority, airMs, ahead), backoffMs);
    const reason = this.refusalOf(frame, airMs, waitMs);
    const victims = reason === undefined ? this.queue.makeRoom(frame) : [];
    if (reason !== undefined || victims === undefined) {
      this.tally.onRefused(reason ?? 'congested');
      return { accepted: false, reason: reason ?? 'congested', waitMs };
    }
    for (const victim of victims) this.drop(victim, 'displaced');
    const notBefore = now + backoffMs;
    this.queue.add({ frame, airMs, since: now, notBefore, isDeferred: false, tries: 0 });
    return { accepted: true, waitMs };
  }

  /**
   * The waiting frame of this number is wanted anew, until then: it goes out once, behind what waits for
   * its address. false: it does not wait any more.
   */
  renew(id: number, expiresAt: number): boolean {
    const isWaiting = this.queue.renew(id, expiresAt);
    if (isWaiting) this.tally.onRenewed();
    return isWaiting;
  }

  /** What to do now. To be called after each of the other methods, and at `nextDeadline`. */
  next(now: number): Turn {
    this.now = now;
    for (const one of this.queue.takeExpired(now)) this.drop(one, 'expired');
    const { dropped } = this;
    this.dropped = [];
    const choice = this.choose();
    if (choice === undefined) return { dropped };
    const { waiting, at, waitsForAllowance, isOwed } = choice;
    if (at > now) {
      if (waitsForAllowance && !waiting.isDeferred) {
        waiting.isDeferred = true;
        this.tally.onDeferred();
      }
      return { dropped };
    }
    const { frame, airMs, since } = waiting;
    const overtakes = !isOwed && this.lesserThan(waiting) !== undefined;
    const records = this.window.reserve(airMs, useOf(frame.priority), now);
    this.queue.take(waiting);
    this.onAir = { waiting, since: now, overtakenBefore: this.overtaken };
    this.overtaken = overtakes ? this.overtaken + 1 : 0;
    this.tally.onTurn(now - since, now);
    return { send: { frame, airMs, records }, dropped };
  }

  /**
   * What has become of the frame that `next` gave. `again`: it waits for another try, or has had its
   * last; what becomes of it then is told later, by `sent` or among the dropped of `next`.
   */
  sent(id: number, outcome: Outcome, now: number): 'over' | 'again' {
    this.now = now;
    if (this.onAir === undefined || this.onAir.waiting.frame.id !== id) return 'over';
    const { waiting, since, overtakenBefore } = this.onAir;
    this.onAir = undefined;
    this.window.settle(RESULTS[outcome], now);
    switch (outcome) {
      case 'sent':
      case 'unknown':
        this.count(waiting, outcome === 'sent' ? now - since : undefined);
        this.expect(waiting.frame);
        return 'over';
      case 'refused':
        return 'over';
      case 'busy':
        this.overtaken = overtakenBefore;
        this.tryAgain(waiting);
        return 'again';
      default:
        return outcome satisfies never;
    }
  }

  /** The frame that `next` gave has not gone to the modem, and waits again. */
  takeBack(now: number): void {
    this.now = now;
    if (this.onAir === undefined) return;
    const { waiting, overtakenBefore } = this.onAir;
    this.onAir = undefined;
    this.overtaken = overtakenBefore;
    this.window.settle('unsent', now);
    this.queue.putBack(waiting);
  }

  /** A device has been heard. */
  received(address: string, now: number): void {
    this.now = now;
    this.listening.heard(address, now);
  }

  /** While the modem takes nothing; what waits may expire meanwhile. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  /** When to call `next` at the latest; undefined: nothing waits. */
  nextDeadline(): number | undefined {
    if (this.dropped.length > 0) return this.now;
    const at = Math.min(this.queue.nextExpiry(), this.choose()?.at ?? Number.POSITIVE_INFINITY);
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /**
   * How long a new frame would wait that goes last in its rank: for those before it, and for the allowance; where
   * that is used up a slot of the window may add to it. Infinity: for ever.
   */
  estimatedWaitMs(priority: Priority, bytes: number, now: number): number {
    this.now = now;
    return this.waitMs(priority, airTimeMs(this.air, bytes), this.queue.ahead(priority));
  }

  /**
   * After what time a message that was not answered may be repeated: not before it would have left the
   * queue, been on the air, and been answered.
   */
  retryIntervalMs(bytesUp: number, bytesDown: number, now: number): number {
    this.now = now;
    const [upMs, downMs] = [airTimeMs(this.air, bytesUp), airTimeMs(this.air, bytesDown)];
    const answerMs = this.turnaroundMs + upMs + this.overheadMs + ANSWER_MS;
    const waitMs = this.waitMs(RETRIED, downMs, this.queue.ahead(RETRIED)) + this.turnaroundMs;
    return Math.ceil(waitMs + downMs + this.overheadMs + answerMs);
  }

  /** Whether so much can be sent at all: it is no longer than what messages may use of an hour. */
  fitsTheHour(bytes: number): boolean {
    return airTimeMs(this.air, bytes) <= this.window.longestMs(useOf(RETRIED));
  }

  usage(now: number): AirUsage {
    this.now = now;
    const { limitMs, reliableMs } = this.window;
    return {
      usedMs: this.window.usedMs(now),
      assumedMs: this.window.assumedMs(now),
      limitMs: limitMs === Number.POSITIVE_INFINITY ? null : limitMs,
      isReduced: reliableMs < limitMs,
      queuedFrames: this.queue.frames,
      queuedBytes: this.queue.bytes,
      queuedAirMs: sumOf(this.queue.all()),
      ...this.tally.figures(now),
    };
  }

  private refusalOf(frame: RadioFrame, airMs: number, waitMs: number): Refusal | undefined {
    if (waitMs === Number.POSITIVE_INFINITY) return 'too-big';
    if (this.now + waitMs + airMs > frame.expiresAt) return 'expired-before-sent';
    return waitMs > this.waitMaxMs ? 'congested' : undefined;
  }

  private waitMs(priority: Priority, airMs: number, ahead: readonly Waiting[]): number {
    const { now, window } = this;
    const use = useOf(priority);
    const aloneAt = window.earliest(airMs, use, now);
    if (aloneAt === undefined) return Number.POSITIVE_INFINITY;
    const lesser = this.lesserBefore(ahead, priority);
    const frames = ahead.length + lesser.frames;
    const aheadAirMs = sumOf(ahead) + lesser.airMs;
    const allMs = aheadAirMs + airMs;
    // More than an hour's allowance waits: each hour brings no more than one.
    const roomAt =
      frames === 0
        ? aloneAt
        : (window.roomFor(allMs, use, now) ??
          now + HOUR_MS * Math.ceil(1 + allMs / window.longestMs(use)));
    const aheadMs = aheadAirMs + frames * this.overheadMs;
    const quietMs = this.listening.quietMs(now);
    return Math.ceil(this.onAirMs() + quietMs + (roomAt - now) + aheadMs);
  }

  /** What of lesser ranks will go before all these have gone, at most. */
  private lesserBefore(
    ahead: readonly Waiting[],
    priority: Priority,
  ): { frames: number; airMs: number } {
    const turns = Math.floor((this.overtaken + ahead.length) / OVERTAKEN_MAX);
    if (turns === 0) return { frames: 0, airMs: 0 };
    const lesser = this.queue.behind(priority);
    const frames = Math.min(turns, lesser.length);
    let longestMs = 0;
    for (const { airMs } of lesser) longestMs = Math.max(longestMs, airMs);
    return { frames, airMs: frames * longestMs };
  }

  /** How long the frame on the air will take. */
  private onAirMs(): number {
    if (this.onAir === undefined) return 0;
    const { waiting, since } = this.onAir;
    return Math.max(since + waiting.airMs + this.overheadMs - this.now, 0);
  }

  /** The frame whose turn it is, or will be. */
  private choose(): Choice | undefined {
    if (this.onAir !== undefined || this.isPaused) return undefined;
    let best: Choice | undefined;
    for (const rank of this.queue.byImportance()) {
      const choice = this.firstOf(rank, best?.waitsForAllowance);
      if (best === undefined || choice.at < best.at) best = choice;
      if (choice.at <= this.now || choice.holdsOthers) break;
    }
    if (best === undefined || best.at > this.now || this.overtaken < OVERTAKEN_MAX) return best;
    const owed = this.lesserThan(best.waiting);
    return owed ? { ...owed, isOwed: true } : best;
  }

  /** Of those that are ready the one whose turn it is; else the one that is ready first. */
  private firstOf(rank: Rank, isSpared = false): Choice {
    let first: { waiting: Waiting; readyAt: number } | undefined;
    for (const waiting of rank.heads()) {
      const readyAt = Math.max(this.readyAt(waiting), this.now);
      const isBefore =
        first === undefined ||
        readyAt < first.readyAt ||
        (readyAt === first.readyAt && rank.precedes(waiting, first.waiting));
      if (isBefore) first = { waiting, readyAt };
    }
    if (first === undefined) throw new Error('broken invariant: a rank in which nothing waits');
    return this.withAllowance(first.waiting, first.readyAt, isSpared);
  }

  /** What is less important and could go now: of the rank whose turn was longest ago. */
  private lesserThan({ frame: { priority } }: Waiting): Choice | undefined {
    let chosen: { rank: Rank; choice: Choice } | undefined;
    for (const rank of this.queue.byImportance(priority)) {
      if (chosen !== undefined && rank.latestTurn >= chosen.rank.latestTurn) continue;
      const choice = this.firstOf(rank);
      if (choice.at <= this.now) chosen = { rank, choice };
    }
    return chosen?.choice;
  }

  /** @param isSpared something more important waits for the allowance: only what it cannot have may be used */
  private withAllowance(waiting: Waiting, readyAt: number, isSpared: boolean): Choice {
    const { frame, airMs } = waiting;
    const use = useOf(frame.priority);
    const room = isSpared ? 'kept for messages' : use;
    // Never undefined for what was accepted; if it were, the frame would wait here and expire.
    const earliest =
      isSpared && use === 'answer' ? undefined : this.window.earliest(airMs, room, this.now);
    const roomAt = earliest ?? Number.POSITIVE_INFINITY;
    const waitsForAllowance = roomAt > this.now;
    // While answers wait for theirs messages may have what is kept for them.
    const holdsOthers = isAnswer(frame.priority) ? readyAt > this.now : waitsForAllowance;
    return {
      waiting,
      at: Math.max(readyAt, roomAt),
      waitsForAllowance,
      holdsOthers,
      isOwed: false,
    };
  }

  private readyAt({ frame, notBefore }: Waiting): number {
    return Math.max(notBefore, this.listening.at(frame.address));
  }

  private count({ airMs }: Waiting, tookMs: number | undefined): void {
    this.tally.onSent(airMs);
    if (tookMs === undefined) return;
    const overheadMs = Math.min(Math.max(tookMs - airMs, 0), OVERHEAD_MAX_MS);
    this.overheadMs += (overheadMs - this.overheadMs) / 8;
  }

  private expect({ address, answer }: RadioFrame): void {
    if (address === null || answer === undefined) return;
    this.listening.keepQuiet(this.now + answer.withinMs, address);
  }

  private tryAgain(waiting: Waiting): void {
    waiting.tries++;
    this.listening.keepQuiet(this.now + BUSY_PAUSE_MS * 2 ** (waiting.tries - 1), null);
    if (waiting.tries < BUSY_TRIES_MAX) this.queue.putBack(waiting);
    else this.drop(waiting, 'busy');
  }

  private drop({ frame, since }: Waiting, reason: DropReason): void {
    const waitedMs = this.now - since;
    this.tally.onDropped(reason, waitedMs, this.now);
    this.dropped.push({ frame, reason, waitedMs });
  }
}

/** Messages that the gateway repeats are those at QoS 1 and 2. */
const RETRIED: Priority = 3;
const RESULTS: Readonly<Record<Outcome, AirResult>> = {
  sent: 'sent',
  busy: 'unsent',
  refused: 'unsent',
  unknown: 'unknown',
};

const isAnswer = (priority: Priority): boolean => priority <= 2;

const useOf = (priority: Priority): AirUse => (isAnswer(priority) ? 'answer' : 'message');
