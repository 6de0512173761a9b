import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalValue } from '../../../src/core/types.js';
import { decodeBody, encodeRecord, isIntact } from '../../../src/store/record.js';

const { value } = fc.letrec<{ value: JournalValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    // MessagePack has integers, and they have no -0.
    fc.double({ noNaN: true }).map((n) => n + 0),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const key = fc.string({ unit: 'grapheme', minLength: 1 });
const number = fc.nat(2 ** 48 - 1);

describe('a record', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(key, value, number, (name, written, batch) => {
        fc.pre(!JSON.stringify(written).includes('__proto__'));
        const record = encodeRecord(name, written, batch);
        expect(isIntact(Buffer.from(name), record)).toBe(true);
        expect(decodeBody(Uint8Array.from(record))).toEqual(written);
      }),
    );
  });

  it('is not intact when any of its octets, its end or its key has changed', () => {
    fc.assert(
      fc.property(
        key,
        value,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (name, written, at, by) => {
          const record = Uint8Array.from(encodeRecord(name, written, 7));
          const octets = Buffer.from(name);
          const index = at % record.length;
          expect(isIntact(octets, record.with(index, (record[index] ?? 0) ^ by))).toBe(false);
          expect(isIntact(octets, record.subarray(0, index))).toBe(false);
          expect(isIntact(Buffer.from(`${name}x`), record)).toBe(false);
        },
      ),
    );
  });

  it('leaves out what is undefined, and may be larger than most', () => {
    const large = new Uint8Array(100_000).fill(7);
    const record = encodeRecord('k', { large, none: undefined } as never, 1);
    expect(decodeBody(Uint8Array.from(record))).toEqual({ large });
  });
});
