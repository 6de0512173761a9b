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

/** Octets that may wait for a port: at 9600 baud more than a minute's worth, and only one that is stuck has so many. */
const PENDING_BYTES_MAX = 64 * 1024;

export interface SupervisedPortEvents {
  opened(): void;
  received(octets: Uint8Array, line?: PortLine): void;
  /** The port was open, and is not any more. */
  lost(why: string): void;
  /** It cannot be opened; told once for each reason, attempts go on. */
  problem(message: string): void;
}

export class SupervisedPort {
  private port: OpenPort | undefined;
  private timer: NodeJS.Timeout | undefined;
  private unwatch: (() => void) | undefined;
  private attempts = 0;
  private openedAt = 0;
  private lastProblem: string | undefined;
  private opening: Promise<void> | undefined;
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
    this.onLost(why);
    await port.close();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    clearTimeout(this.timer);
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
    let port: OpenPort;
    // Its own events only: a port that was given up may still have something to say.
    const isCurrent = (): boolean => this.port === port;
    try {
      const events = {
        received: (octets: Uint8Array, line?: PortLine): void => {
          if (isCurrent()) this.events.received(octets, line);
        },
        closed: (why: string): void => {
          if (isCurrent()) this.onLost(why);
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
    this.port = port;
    this.openedAt = performance.now();
    this.lastProblem = undefined;
    this.events.opened();
  }

  private onFailed(error: Error): void {
    if (this.isStopped) return;
    const { message } = error;
    if (message !== this.lastProblem) this.events.problem(message);
    this.lastProblem = message;
    if (error instanceof PortError && error.isPatient) this.attempts = PAUSES_MS.length - 1;
    this.tryLater();
  }

  private onLost(why: string): void {
    this.port = undefined;
    if (performance.now() - this.openedAt >= STEADY_MS) this.attempts = 0;
    this.events.lost(why);
    this.tryLater();
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
    void this.attempt();
  }
}
