import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  level: string;
  /** `auto`: pretty on a terminal, one JSON object a line elsewhere. */
  format: 'auto' | 'pretty' | 'json';
}

/** Writes to standard error and never blocks for it: standard output belongs to what a command answers. */
export async function createLogger({ level, format }: LogOptions): Promise<Logger> {
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const base = { level, base: null };
  if (!pretty) return pino(base, pino.destination({ fd: 2, sync: false }));
  const { default: prettyStream } = await import('pino-pretty');
  return pino(
    base,
    prettyStream({
      destination: 2,
      sync: false,
      translateTime: 'SYS:HH:MM:ss.l',
      hideObject: false,
    }),
  );
}
