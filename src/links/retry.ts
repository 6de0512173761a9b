/** The first pause after a failure; each further one is twice as long. */
const PAUSE_MIN_MS = 1000;
/** The longest pause: a network that comes back after a night is noticed within a minute. */
const PAUSE_MAX_MS = 60_000;

export interface RetryReport {
  /** The first attempt failed; those that follow fail in silence. */
  failed(error: Error): void;
  /** It works now, after a failure. */
  recovered(): void;
}

/** Attempts something again and again, with growing pauses, until it works once. */
export class Retry {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private pauseMs = PAUSE_MIN_MS;
  private hasFailed = false;

  constructor(
    private readonly attempt: () => Promise<void>,
    private readonly report: RetryReport,
  ) {}

  /** Resolves after the first attempt, whether it worked or not. */
  start(): Promise<void> {
    this.running = this.run();
    return this.running;
  }

  /** Resolves when no attempt is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.attempt();
    } catch (error) {
      this.onFailure(error as Error);
      return;
    }
    if (this.hasFailed) this.report.recovered();
  }

  private onFailure(error: Error): void {
    if (this.stopped) return;
    if (!this.hasFailed) this.report.failed(error);
    this.hasFailed = true;
    this.timer = setTimeout(() => void this.start(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, PAUSE_MAX_MS);
  }
}
