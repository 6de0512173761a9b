/**
 * Decides what one modem sends next, and when. One frame at a time; the most important first; within
 * a priority in the order of arrival, and never one to an address before an earlier one to the same,
 * but for acknowledgements of the link (`isFirst`): who waits for one hears nothing else.
 *
 * While a frame waits for the allowance of the hour nothing less important is sent: it would use up
 * what the other waits for. The same while an answer waits for its device to listen: a frame of two
 * seconds in between, and the device listens no more. Priorities 3 to 5 leave a part of the
 * allowance to answers, so that a device never repeats what has been understood.
 *
 * What would wait too long is refused at once, so that its sender hears "congestion" and not silence.
 * Time comes in as whole milliseconds, and a deadline comes out; chance comes in with the frames.
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
  QUEUE_WAIT_MAX_MS,
  RESERVE_SHARE,
  TURNAROUND_MS,
  TURNAROUNDS_MAX,
  TURNAROUNDS_WAITED_MAX,
} from './limits.js';
import { FrameQueue, type Waiting } from './queue.js';
import type { AirResult, AirWindow } from './window.js';
import { RecentWorst } from './worst.js';

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
}

export class RadioScheduler {
  private readonly air: AirInterface;
  private readonly window: AirWindow;
  private readonly turnaroundMs: number;
  private readonly waitMaxMs: number;

  private readonly queue = new FrameQueue();
  /** When addresses that have just been heard will listen, and count as listening however much they say; the oldest first. */
  private readonly listening = new Map<string, { at: number; atLatest: number }>();
  private onAir: { waiting: Waiting; since: number } | undefined;
  /** Nothing is sent until then: an answer is expected from somebody, or the modem was busy. */
  private quiet: { untilMs: number; answerOf: string | null } = { untilMs: 0, answerOf: null };
  private isPaused = false;
  private overheadMs = OVERHEAD_MS;
  private now = 0;

  private dropped: DroppedFrame[] = [];
  private readonly worstWait = new RecentWorst();
  private readonly sentTotal = { frames: 0, airMs: 0, deferred: 0 };
  private readonly refusals: Record<Refusal, number> = {
    congested: 0,
    'expired-before-sent': 0,
    'too-big': 0,
  };
  private readonly drops: Record<DropReason, number> = { expired: 0, displaced: 0, busy: 0 };

  constructor(settings: SchedulerSettings) {
    this.air = settings.air;
    this.window = settings.window;
    this.turnaroundMs = settings.turnaroundMs ?? TURNAROUND_MS;
    this.waitMaxMs = settings.waitMaxMs ?? QUEUE_WAIT_MAX_MS;
  }

  /** Queues a frame, or says why not. */
  offer(frame: RadioFrame, now: number): Offer {
    this.now = now;
    const airMs = airTimeMs(this.air, frame.bytes);
    const backoffMs = Math.ceil((frame.backoff ?? 0) * BACKOFF_AIR_TIMES * airMs);
    const waitMs = Math.max(this.waitMs(frame.priority, airMs), backoffMs);
    const reason = this.refusalOf(frame, airMs, waitMs);
    const victims = reason === undefined ? this.queue.makeRoom(frame) : [];
    if (reason !== undefined || victims === undefined) {
      this.refusals[reason ?? 'congested']++;
      return { accepted: false, reason: reason ?? 'congested', waitMs };
    }
    for (const victim of victims) this.drop(victim, 'displaced');
    const notBefore = now + backoffMs;
    this.queue.add({ frame, airMs, since: now, notBefore, isDeferred: false, tries: 0 });
    return { accepted: true, waitMs };
  }

  /** What to do now. To be called after each of the other methods, and at `nextDeadline`. */
  next(now: number): Turn {
    this.now = now;
    for (const one of this.queue.takeExpired(now)) this.drop(one, 'expired');
    const { dropped } = this;
    this.dropped = [];
    const choice = this.choose();
    if (choice === undefined) return { dropped };
    const { waiting, at, waitsForAllowance } = choice;
    if (at > now) {
      if (waitsForAllowance && !waiting.isDeferred) {
        waiting.isDeferred = true;
        this.sentTotal.deferred++;
      }
      return { dropped };
    }
    const { frame, airMs, since } = waiting;
    const records = this.window.reserve(airMs, now);
    this.queue.remove(waiting);
    this.onAir = { waiting, since: now };
    this.worstWait.add(now - since, now);
    return { send: { frame, airMs, records }, dropped };
  }

  /**
   * What has become of the frame that `next` gave. `again`: it waits for another try, or has had its
   * last; what becomes of it then is told later, by `sent` or among the dropped of `next`.
   */
  sent(id: number, outcome: Outcome, now: number): 'over' | 'again' {
    this.now = now;
    if (this.onAir === undefined || this.onAir.waiting.frame.id !== id) return 'over';
    const { waiting, since } = this.onAir;
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
        this.tryAgain(waiting);
        return 'again';
      default:
        return outcome satisfies never;
    }
  }

  /** A device has been heard. */
  received(address: string, now: number): void {
    this.now = now;
    this.expectToListen(address);
    if (this.quiet.answerOf === address) this.quiet = { untilMs: 0, answerOf: null };
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
   * How long a new frame would wait: for those before it, and for the allowance; where that is used up
   * a slot of the window may add to it. Infinity: for ever.
   */
  estimatedWaitMs(priority: Priority, bytes: number, now: number): number {
    this.now = now;
    return this.waitMs(priority, airTimeMs(this.air, bytes));
  }

  /**
   * After what time a message that was not answered may be repeated: not before it would have left the
   * queue, been on the air, and been answered.
   */
  retryIntervalMs(bytesUp: number, bytesDown: number, now: number): number {
    this.now = now;
    const [upMs, downMs] = [airTimeMs(this.air, bytesUp), airTimeMs(this.air, bytesDown)];
    const answerMs = this.turnaroundMs + upMs + this.overheadMs + ANSWER_MS;
    const waitMs = this.waitMs(RETRIED, downMs) + this.turnaroundMs;
    return Math.ceil(waitMs + downMs + this.overheadMs + answerMs);
  }

  /** Whether so much can be sent at all: it is no longer than what messages may use of an hour. */
  fitsTheHour(bytes: number): boolean {
    return airTimeMs(this.air, bytes) <= this.window.limitMs * shareOf(RETRIED);
  }

  usage(now: number): AirUsage {
    this.now = now;
    const { limitMs } = this.window;
    return {
      usedMs: this.window.usedMs(now),
      limitMs: limitMs === Number.POSITIVE_INFINITY ? null : limitMs,
      queuedFrames: this.queue.frames,
      queuedBytes: this.queue.bytes,
      queuedAirMs: this.queue.ahead(5).airMs,
      worstWaitMs: this.worstWait.value(now),
      sentFrames: this.sentTotal.frames,
      sentAirMs: this.sentTotal.airMs,
      deferred: this.sentTotal.deferred,
      refused: { ...this.refusals },
      dropped: { ...this.drops },
    };
  }

  private refusalOf(frame: RadioFrame, airMs: number, waitMs: number): Refusal | undefined {
    if (waitMs === Number.POSITIVE_INFINITY) return 'too-big';
    if (this.now + waitMs + airMs > frame.expiresAt) return 'expired-before-sent';
    return waitMs > this.waitMaxMs ? 'congested' : undefined;
  }

  private waitMs(priority: Priority, airMs: number): number {
    const { now, window } = this;
    const share = shareOf(priority);
    const aloneAt = window.earliest(airMs, share, now);
    if (aloneAt === undefined) return Number.POSITIVE_INFINITY;
    const ahead = this.queue.ahead(priority);
    const allMs = ahead.airMs + airMs;
    // More than an hour's allowance waits: each hour brings no more than one.
    const roomAt =
      ahead.frames === 0
        ? aloneAt
        : (window.roomFor(allMs, share, now) ??
          now + HOUR_MS * Math.ceil(1 + allMs / (window.limitMs * share)));
    const aheadMs = ahead.airMs + ahead.frames * this.overheadMs;
    const quietMs = Math.max(this.quiet.untilMs - now, 0);
    return Math.ceil(this.onAirMs() + quietMs + (roomAt - now) + aheadMs);
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
    for (const list of this.queue.byPriority()) {
      const choice = this.firstOf(list);
      if (best === undefined || (choice !== undefined && choice.at < best.at)) best = choice;
      if (choice !== undefined && (choice.at <= this.now || choice.holdsOthers)) break;
    }
    return best;
  }

  private firstOf(list: readonly Waiting[]): Choice | undefined {
    const addresses = new Set<string | null>();
    let first: { waiting: Waiting; readyAt: number } | undefined;
    for (const waiting of list) {
      const { address } = waiting.frame;
      if (addresses.has(address)) continue;
      addresses.add(address);
      const readyAt = this.readyAt(waiting);
      if (first === undefined || readyAt < first.readyAt) first = { waiting, readyAt };
      if (readyAt <= this.now) break;
    }
    return first && this.withAllowance(first.waiting, first.readyAt);
  }

  private withAllowance(waiting: Waiting, readyAt: number): Choice {
    const { frame, airMs } = waiting;
    // Never undefined for what was accepted; if it were, the frame would wait here and expire.
    const roomAt =
      this.window.earliest(airMs, shareOf(frame.priority), this.now) ?? Number.POSITIVE_INFINITY;
    const waitsForAllowance = roomAt > this.now;
    const holdsOthers = waitsForAllowance || (isAnswer(frame.priority) && readyAt > this.now);
    return { waiting, at: Math.max(readyAt, roomAt), waitsForAllowance, holdsOthers };
  }

  private expectToListen(address: string): void {
    const { now, listening, turnaroundMs } = this;
    const before = listening.get(address);
    const atLatest =
      before !== undefined && before.at > now
        ? before.atLatest
        : now + TURNAROUNDS_WAITED_MAX * turnaroundMs;
    listening.delete(address);
    listening.set(address, { at: Math.min(now + turnaroundMs, atLatest), atLatest });
    for (const [oldest, { at }] of listening) {
      if (at > now && listening.size <= TURNAROUNDS_MAX) break;
      listening.delete(oldest);
    }
  }

  private readyAt({ frame, notBefore }: Waiting): number {
    const listensAt = frame.address === null ? 0 : (this.listening.get(frame.address)?.at ?? 0);
    return Math.max(notBefore, listensAt, this.quiet.untilMs);
  }

  private count({ airMs }: Waiting, tookMs: number | undefined): void {
    this.sentTotal.frames++;
    this.sentTotal.airMs += airMs;
    if (tookMs === undefined) return;
    const overheadMs = Math.min(Math.max(tookMs - airMs, 0), OVERHEAD_MAX_MS);
    this.overheadMs += (overheadMs - this.overheadMs) / 8;
  }

  private expect({ address, answer }: RadioFrame): void {
    if (address === null || answer === undefined) return;
    this.quiet = { untilMs: this.now + answer.withinMs, answerOf: address };
  }

  private tryAgain(waiting: Waiting): void {
    waiting.tries++;
    this.quiet = {
      untilMs: this.now + BUSY_PAUSE_MS * 2 ** (waiting.tries - 1),
      answerOf: null,
    };
    if (waiting.tries < BUSY_TRIES_MAX) this.queue.putBack(waiting);
    else this.drop(waiting, 'busy');
  }

  private drop({ frame, since }: Waiting, reason: DropReason): void {
    this.drops[reason]++;
    this.worstWait.add(this.now - since, this.now);
    this.dropped.push({ frame, reason, waitedMs: this.now - since });
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

const shareOf = (priority: Priority): number => (isAnswer(priority) ? 1 : 1 - RESERVE_SHARE);
