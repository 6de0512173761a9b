/** What a client tool needs of the process it runs in, so that tests can run tools without one. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface Terminal {
  readonly input: Readable;
  /** To standard output, as it is. */
  out(text: string | Uint8Array): void;
  /** Resolves when whoever reads standard output can take more; rejects when the signal ends the wait. */
  taken(signal: AbortSignal): Promise<void>;
  /** A line to standard error. */
  err(line: string): void;
  exitWith(code: number): void;
  /** Calls back on Ctrl-C and SIGTERM instead of ending the process; returns how to stop that. */
  onInterrupt(handler: () => void): () => void;
}

export const processTerminal: Terminal = {
  get input() {
    return process.stdin;
  },
  out: (text) => {
    stopWithReader();
    process.stdout.write(text);
  },
  taken: async (signal) => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal });
  },
  err: (line) => {
    process.stderr.write(`${line}\n`);
  },
  exitWith: (code) => {
    process.exitCode = code;
  },
  onInterrupt: (handler) => {
    process.on('SIGINT', handler).on('SIGTERM', handler);
    return () => process.off('SIGINT', handler).off('SIGTERM', handler);
  },
};

let watchesReader = false;

/** `sub … | head -1`: when nobody reads any more the work is done; that is no error. */
function stopWithReader(): void {
  if (watchesReader) return;
  watchesReader = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}
