import { createWriteStream, type WriteStream } from 'node:fs';
import type { CoreConfig } from '../core/config.js';
import { traceHeader, traceStep } from '../core/trace.js';
import type { Effect, Input, Instant } from '../core/types.js';

/** A disk that is this far behind is too slow to record on; the gateway's memory is worth more. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;

/** Sees every step of the core, from the start to the end of the gateway. */
export interface Recording {
  start(config: CoreConfig): void;
  record(at: Instant, input: Input, outcome: readonly Effect[] | { error: unknown }): void;
  stop(): Promise<void>;
}

/** Writes every step of the core to a file, for `replay`. */
export class Recorder implements Recording {
  private stream: WriteStream | undefined;

  /** `onProblem` hears why recording has ended before its time. */
  constructor(
    private readonly path: string,
    private readonly onProblem: (message: string) => void,
  ) {}

  start(config: CoreConfig): void {
    this.stream = createWriteStream(this.path, { flags: 'w' });
    this.stream.on('error', ({ message }) => this.giveUp(message));
    this.stream.write(`${traceHeader(config)}\n`);
  }

  record(at: Instant, input: Input, outcome: readonly Effect[] | { error: unknown }): void {
    if (this.stream === undefined) return;
    this.stream.write(`${traceStep(at, input, outcome)}\n`);
    if (this.stream.writableLength > BACKLOG_BYTES_MAX) this.giveUp('the disk is too slow');
  }

  async stop(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    if (stream) await new Promise<void>((resolve) => stream.end(resolve));
  }

  private giveUp(why: string): void {
    if (this.stream === undefined) return;
    this.stream.destroy();
    this.stream = undefined;
    this.onProblem(`recording to ${this.path} has ended: ${why}`);
  }
}
