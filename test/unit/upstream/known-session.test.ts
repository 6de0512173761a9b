import { describe, expect, it } from 'vitest';
import { KnownSession } from '../../../src/upstream/known-session.js';
import { TestJournal } from '../../support/journal.js';

const recordOf = (journal: TestJournal) => {
  journal.commit();
  return journal.values('ub')[0];
};

describe('a session at a broker', () => {
  it('is new without "session present", and known only where we left it', () => {
    const known = new KnownSession(new TestJournal(), 'gateway', undefined);
    expect(known.greeted('a', false)).toBe('new');
    known.understood('a');
    expect(known.greeted('a', true)).toBe('known');
    expect(known.greeted('b', true)).toBe('unknown');
    known.understood('b');
    expect(known.greeted('a', true)).toBe('unknown');
  });

  it('is not known when the broker may have begun it without our hearing of it', () => {
    const known = new KnownSession(new TestJournal(), 'gateway', 'a');
    known.lose();
    expect(known.greeted('a', true)).toBe('unknown');
  });

  it('is not known when a restart comes before all subscriptions are in it', () => {
    const journal = new TestJournal();
    const known = new KnownSession(journal, 'gateway', 'a');
    expect(known.doubt()).toBe(true);
    expect(known.doubt()).toBe(false);
    expect(recordOf(journal)).toBe(null);
    expect(known.greeted('a', true)).toBe('known');
    known.understood('a');
    expect(recordOf(journal)).toBe(null);
    known.trust('a');
    expect(recordOf(journal)).toBe('a');
    known.forget();
    expect(recordOf(journal)).toBeUndefined();
  });

  it('leaves no record when it does not outlive the process', () => {
    const journal = new TestJournal();
    const known = new KnownSession(journal, 'd', undefined);
    known.isKept = false;
    known.greeted('a', false);
    known.trust('a');
    expect(known.doubt()).toBe(false);
    expect(recordOf(journal)).toBeUndefined();
  });
});
