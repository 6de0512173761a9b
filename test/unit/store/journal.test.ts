import { describe, expect, it } from 'vitest';
import { subscriptionKey } from '../../../src/core/journal/keys.js';
import { KEY_SEPARATOR } from '../../../src/store/journal.js';
import { keyParts, recordKey } from '../../../src/upstream/records.js';

describe('the parts of a key', () => {
  it('are where the store separates them, in keys of the core', () => {
    expect(subscriptionKey('d', 'a/#').split(KEY_SEPARATOR)).toEqual(['f', 'd', 'a/#']);
  });

  it('are where the store separates them, in keys of the broker side', () => {
    const key = recordKey('uo', 'gw', 1);
    expect(key.split(KEY_SEPARATOR)).toEqual(['uo', 'gw', '1']);
    expect(keyParts({ key, value: null })).toEqual(['gw', '1']);
  });
});
