/**
 * Keeps a port open: opens it, opens it again after it was lost, and says in words why it cannot. One
 * port's troubles stay its own.
 */
import { type OpenPort, PortError, type PortLine, type PortSource } from './port.js';

/** Pauses between attempts, in milliseconds; the last one repeats. */
const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000];

/** The pauses differ by this share from one attempt to the next, so that ports on one hub do not keep step. */
const PAUSE_SPREAD = 0.2;

/** The gateway does not wait longer for a port before it serves the devices of its other links. */
const START_WAIT_MS = 1000;

/** A port that was open for so long begins again with the short pauses. */
const STEADY_MS = 60_000;

/** Who closes a port sooner, and has not said a word, has not let us in: a device server that serves another, for example. */
const AT_ONCE_MS = 5000;

/** Octets that may wait for a port: at 9600 baud more than a minute's worth, and only one that is stuck has so many. */
const PENDING_BYTES_MAX = 64 * 1024;

/** Different problems of one port that are remembered. The system knows fewer; a text that differs each time is news. */
const TOLD_MAX = 16;

export interface SupervisedPortEvents {
  opened(): void;
  received(octets: Uint8Array, line?: PortLine): void;
  /** The port was open, and is not any more. */
  lost(why: string): void;
  /** It cannot be opened, or not be kept open; told once for each reason, attempts go on. */
  problem(message: string): void;
  /** It was closed at once after the opening before, and this time something is heard, or it stays open. */
  trusted(): void;
}

export class SupervisedPort {
  private port: OpenPort | undefined;
  private timer: NodeJS.Timeout | undefined;
  private unwatch: (() => void) | undefined;
  private attempts = 0;
  private openedAt = 0;
  /** Problems told since it last worked: two that take turns are no news each time. */
  private readonly told = new Set<string>();
  private opening: Promise<void> | undefined;
  private hasHeard = false;
  /** false: the last time it was open it was closed at once. */
  isTrusted = true;
  private trial: NodeJS.Timeout | undefined;
  private readonly ending = new AbortController();

  constructor(
    private readonly source: PortSource,
    private readonly events: SupervisedPortEvents,
  ) {}

  /** Resolves after the first attempt, whether it worked or not, or when that takes its time. */
  async start(): Promise<void> {
    this.unwatch = this.source.watch(() => this.hurry());
    const patience = new Promise<void>((resolve) => {
      setTimeout(resolve, START_WAIT_MS).unref();
    });
    await Promise.race([this.attempt(), patience]);
  }

  /** Octets for a port that is not open go nowhere: what was meant for the modem then is stale later. */
  write(octets: Uint8Array): void {
    const { port } = this;
    if (port === undefined) return;
    port.write(octets);
    if (port.pendingBytes > PENDING_BYTES_MAX) void this.reopen('it takes no octets any more');
  }

  /** Closes the port and opens it again, because the modem behind it does not do its work. */
  async reopen(why: string): Promise<void> {
    const { port } = this;
    if (port === undefined) return;
    this.onGone();
    this.events.lost(why);
    this.tryLater();
    await port.close();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    clearTimeout(this.timer);
    clearTimeout(this.trial);
    this.unwatch?.();
    await this.opening;
    const { port } = this;
    this.port = undefined;
    await port?.close();
  }

  private get isStopped(): boolean {
    return this.ending.signal.aborted;
  }

  private attempt(): Promise<void> {
    this.opening ??= this.open().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async open(): Promise<void> {
    clearTimeout(this.timer);
    let port: OpenPort | undefined;
    // Its own events only: a port that was given up may still have something to say.
    const isCurrent = (): boolean => port !== undefined && this.port === port;
    /** It may have gone before anybody knew that it was open. */
    let gone: string | undefined;
    try {
      const events = {
        received: (octets: Uint8Array, line?: PortLine): void => {
          if (isCurrent()) this.onReceived(octets, line);
        },
        closed: (why: string): void => {
          gone ??= why;
          if (isCurrent()) this.onClosed(why);
        },
      };
      port = await this.source.open(events, this.ending.signal);
    } catch (error) {
      this.onFailed(error as Error);
      return;
    }
    if (this.isStopped) {
      await port.close();
      return;
    }
    this.onOpened(port);
    if (gone !== undefined && isCurrent()) this.onClosed(gone);
  }

  private onOpened(port: OpenPort): void {
    this.port = port;
    this.openedAt = performance.now();
    this.hasHeard = false;
    if (this.isTrusted) this.told.clear();
    else this.trial = setTimeout(() => this.trust(), AT_ONCE_MS);
    this.events.opened();
  }

  private onReceived(octets: Uint8Array, line: PortLine | undefined): void {
    this.hasHeard = true;
    if (!this.isTrusted) this.trust();
    if (line === undefined) this.events.received(octets);
    else this.events.received(octets, line);
  }

  private trust(): void {
    clearTimeout(this.trial);
    this.isTrusted = true;
    this.told.clear();
    this.events.trusted();
  }

  private onFailed(error: Error): void {
    if (this.isStopped) return;
    this.report(error.message);
    if (error instanceof PortError && error.isPatient) this.attempts = PAUSES_MS.length - 1;
    this.tryLater();
  }

  private onClosed(why: string): void {
    const isAtOnce = !this.hasHeard && performance.now() - this.openedAt < AT_ONCE_MS;
    this.onGone();
    this.events.lost(why);
    // Once may be an unplug.
    if (isAtOnce && !this.isTrusted) this.report(this.closedAtOnce(why));
    if (isAtOnce) this.isTrusted = false;
    this.tryLater();
  }

  private closedAtOnce(why: string): string {
    return `${this.source.name} can be opened and is closed at once (${why}): somebody else may use it`;
  }

  private onGone(): void {
    this.port = undefined;
    clearTimeout(this.trial);
    if (performance.now() - this.openedAt >= STEADY_MS) this.attempts = 0;
  }

  private report(problem: string): void {
    if (this.told.has(problem)) return;
    if (this.told.size >= TOLD_MAX) this.told.clear();
    this.told.add(problem);
    this.events.problem(problem);
  }

  private tryLater(): void {
    if (this.isStopped) return;
    const pause = PAUSES_MS[Math.min(this.attempts++, PAUSES_MS.length - 1)] ?? 0;
    const spread = 1 + PAUSE_SPREAD * (2 * Math.random() - 1);
    this.timer = setTimeout(() => void this.attempt(), pause * spread);
  }

  /** Something has changed: no need to wait for the end of the pause. */
  private hurry(): void {
    if (this.isStopped || this.port !== undefined) return;
    this.attempts = 0;
    // It was plugged in again: another one, as far as we know.
    this.isTrusted = true;
    void this.attempt();
  }
}
