import type { LogBook, LogEntry as Remembered } from '../../../observe/log-book.js';
import type { Log, LogEntry, LogQuery } from '../schema/log.js';

export function logView(book: LogBook, query: LogQuery): Log {
  return { entries: book.entries(query).map(entryView), lastNumber: book.lastNumber };
}

export function entryView({ client, link, address, details, ...entry }: Remembered): LogEntry {
  return {
    ...entry,
    client: client ?? null,
    link: link ?? null,
    address: address ?? null,
    details: { ...details },
  };
}
