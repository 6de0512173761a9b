import { describe, expect, it } from 'vitest';
import { LogBook, type LogEntry } from '../../../src/observe/log-book.js';
import { SharedLog } from '../../../src/observe/shared-log.js';
import { Thinning } from '../../../src/observe/thinning.js';

const ALL = { level: 'debug', after: 0, limit: 10_000 } as const;
const garbage = (book: LogBook): LogEntry =>
  book.notice({ notice: 'drop', what: 'frame', reason: 'malformed', link: 'lan', address: 'a' });

describe('the latest lines of the log', () => {
  it('have the words and the code of the log, and what the line has beside them', () => {
    const book = new LogBook(() => 1000);
    book.notice({
      notice: 'roamed',
      client: 'a',
      link: 'l',
      address: 'x',
      fromLink: 'm',
      fromAddress: 'y',
    });
    expect(book.entries(ALL)).toEqual([
      {
        number: 1,
        atMs: 1000,
        level: 'info',
        code: 'SESSION_ROAMED',
        message: 'a has moved from m y to l x',
        client: 'a',
        link: 'l',
        address: 'x',
        details: { fromLink: 'm', fromAddress: 'y' },
      },
    ]);
  });

  it('a flood of garbage does not push out the warning before it', () => {
    const book = new LogBook(() => 0);
    book.notice({ notice: 'link-congestion', link: 'lan', isOver: false });
    for (let i = 0; i < 5000; i++) garbage(book);
    const entries = book.entries(ALL);
    expect(entries).toHaveLength(501);
    expect(entries[0]?.code).toBe('LINK_CONGESTED');
    expect(entries.map(({ number }) => number)).toEqual(
      entries.map(({ number }) => number).toSorted((a, b) => a - b),
    );
    expect(book.lastNumber).toBe(5001);
  });

  it('are told to those who listen, until they stop', () => {
    const book = new LogBook(() => 0);
    const heard: LogEntry[] = [];
    const stop = book.listen((entry) => heard.push(entry));
    garbage(book);
    stop();
    garbage(book);
    expect(heard.map(({ number }) => number)).toEqual([1]);
  });
});

describe('a line that is no notice', () => {
  it('is written and shown', () => {
    const book = new LogBook(() => 0);
    const written: unknown[] = [];
    const write = (...line: unknown[]): void => void written.push(line);
    const lines = { debug: write, info: write, warn: write, error: write };
    const thinning = new Thinning({ isLevelEnabled: () => true, warn: write }, () => 0);
    const log = new SharedLog(lines, book, thinning);
    log.warn({ code: 'LINK_NOISE', link: 'field' }, 'octets made no sense');
    expect(written).toHaveLength(1);
    expect(book.entries(ALL)).toMatchObject([
      {
        level: 'warn',
        code: 'LINK_NOISE',
        link: 'field',
        message: 'octets made no sense',
        details: {},
      },
    ]);
  });
});
