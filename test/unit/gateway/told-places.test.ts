import { describe, expect, it } from 'vitest';
import type { JournalRecord, JournalValue } from '../../../src/core/types.js';
import { forgetPlace, formerPlaces } from '../../../src/gateway/told-places.js';
import type { Journal } from '../../../src/store/journal.js';

class OneRunAfterTheOther implements Journal {
  readonly isPersistent = true;
  readonly records = new Map<string, JournalValue>();

  take(kind: string): JournalRecord[] {
    return [...this.records]
      .filter(([key]) => key.startsWith(`${kind}\0`))
      .map(([key, value]) => ({ key, value }));
  }

  put(key: string, value: JournalValue): void {
    this.records.set(key, value);
  }

  delete(key: string): void {
    this.records.delete(key);
  }

  afterCommit(then: () => void): void {
    then();
  }
}

describe('where Home Assistant was told', () => {
  const attic = { topic: 'homeassistant', gateway: 'attic' };
  const cellar = { topic: 'homeassistant', gateway: 'cellar' };

  it('is no matter while it stays', () => {
    const journal = new OneRunAfterTheOther();
    for (let run = 0; run < 3; run++) expect(formerPlaces(journal, attic)).toEqual([]);
  });

  it('is known after it was renamed or switched off, until nothing of it is left', () => {
    const journal = new OneRunAfterTheOther();
    formerPlaces(journal, attic);
    expect(formerPlaces(journal, cellar)).toEqual([attic]);
    expect(formerPlaces(journal, undefined)).toEqual([attic, cellar]);
    forgetPlace(journal, attic);
    expect(formerPlaces(journal, undefined)).toEqual([cellar]);
  });
});
