/**
 * The latest lines of the log, for those who look on: all of them, also those that the log leaves out because of its level
 * or because there are too many of a kind. Each weight has its own ring: a flood of garbage on a radio does not push out
 * the warning that explains it.
 */
import type { Notice } from '../core/types.js';
import { type Description, describe } from './describe.js';
import { Latest } from './latest.js';

export type Level = Description['level'];

export interface LogEntry extends Description {
  /** Counts the entries of this run, from 1. */
  number: number;
  /** Milliseconds since 1970. */
  atMs: number;
  client: string | undefined;
  link: string | undefined;
  address: string | undefined;
  /** What else the line has. */
  details: Readonly<Record<string, unknown>>;
}

/** Entries of one weight that are remembered: some hundred octets each. */
const ENTRIES_MAX = 500;

/** From the least important to the most. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

export interface LogFilter {
  /** The least important entries. */
  level: Level;
  device?: string | undefined;
  link?: string | undefined;
  code?: string | undefined;
  /** Only entries with higher numbers. */
  after: number;
  /** The latest so many. */
  limit: number;
}

export class LogBook {
  private readonly rings: Record<Level, Latest<LogEntry>> = {
    debug: new Latest(ENTRIES_MAX),
    info: new Latest(ENTRIES_MAX),
    warn: new Latest(ENTRIES_MAX),
    error: new Latest(ENTRIES_MAX),
  };
  private readonly listeners = new Set<(entry: LogEntry) => void>();
  private last = 0;

  /** `wallMs`: milliseconds since 1970. */
  constructor(private readonly wallMs: () => number) {}

  get lastNumber(): number {
    return this.last;
  }

  notice(notice: Notice): LogEntry {
    const { notice: _kind, ...fields } = notice;
    return this.add(describe(notice), fields);
  }

  /** `fields`: as the log line has them, without its code. */
  add({ code, level, message }: Description, fields: Readonly<Record<string, unknown>>): LogEntry {
    const { client, link, address, ...details } = fields;
    const entry: LogEntry = {
      number: ++this.last,
      atMs: this.wallMs(),
      level,
      code,
      message,
      client: textOf(client),
      link: textOf(link),
      address: textOf(address),
      details,
    };
    this.rings[level].add(entry);
    for (const listener of this.listeners) listener(entry);
    return entry;
  }

  /** In the order of their numbers. */
  entries({ level, device, link, code, after, limit }: LogFilter): LogEntry[] {
    return LEVELS.slice(LEVELS.indexOf(level))
      .flatMap((one) => [...this.rings[one]])
      .filter(
        (entry) =>
          entry.number > after &&
          (device === undefined || entry.client === device) &&
          (link === undefined || entry.link === link) &&
          (code === undefined || entry.code === code),
      )
      .sort((a, b) => a.number - b.number)
      .slice(-limit);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Calls back for each entry to come; returns how to stop that. */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
