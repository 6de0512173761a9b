import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Code } from './codes/index.js';
import { plain } from '../spelling/plain.js';

/** What belongs to an event beside its words. */
export interface Fields {
  code: Code;
  [field: string]: unknown;
}

/** Writes one line per event. */
type Write = (fields: Fields, message: string) => void;

export interface Logger {
  level: string;
  isLevelEnabled(level: string): boolean;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export interface LogOptions {
  level: string;
  /** `auto`: pretty on a terminal, one JSON object a line elsewhere. */
  format: 'auto' | 'pretty' | 'json';
}

/** Writes to a file of the system without ever blocking for it: a terminal may have been stopped with Ctrl-S. */
export const unblocking = (fd: 1 | 2): { write(text: string): unknown } =>
  pino.destination({ fd, sync: false });

/** Of the control characters JSON leaves the upper ones as they are, and marks that turn lines and their direction. */
const UPPER_CONTROLS = /[\u0080-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Fields come as JSON, and colours as they are: what else would control the terminal is spelled out. */
function harmless(terminal: { write(text: string): unknown }): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string | Buffer, _encoding, done) => {
      terminal.write(line.toString().replace(UPPER_CONTROLS, plain));
      done();
    },
  });
}

/**
 * Writes to standard error and never blocks for it: standard output belongs to what a command answers.
 * @param shared in place of standard error, where something else is written there, too
 */
export async function createLogger(
  { level, format }: LogOptions,
  shared?: Writable,
): Promise<Logger> {
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const base = { level, base: null };
  if (!pretty) return pino<never>(base, shared ?? pino.destination({ fd: 2, sync: false }));
  const { default: prettyStream } = await import('pino-pretty');
  return pino<never>(
    base,
    prettyStream({
      destination: harmless(shared ?? unblocking(2)),
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
      // An error is a field like others: its stack would make lines of its own.
      errorLikeObjectKeys: [],
      messageFormat: (line, key) => plain(String(line[key])),
    }),
  );
}
