import { pino } from 'pino';
import type { Code } from './codes/index.js';

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
  readonly fatal: Write;
}

export interface LogOptions {
  level: string;
  /** `auto`: pretty on a terminal, one JSON object a line elsewhere. */
  format: 'auto' | 'pretty' | 'json';
}

/** Writes to standard error and never blocks for it: standard output belongs to what a command answers. */
export async function createLogger({ level, format }: LogOptions): Promise<Logger> {
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const base = { level, base: null };
  if (!pretty) return pino<never>(base, pino.destination({ fd: 2, sync: false }));
  const { default: prettyStream } = await import('pino-pretty');
  return pino<never>(
    base,
    prettyStream({
      destination: 2,
      sync: false,
      translateTime: 'SYS:HH:MM:ss.l',
      hideObject: false,
    }),
  );
}
