import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../../../src/codec/index.js';
import { masked } from '../../../../src/observe/capture/mask.js';
import { arbitraryEncapsulated, arbitraryMessage } from '../../../support/arbitrary-messages.js';

/** The message with `*` in place of each octet of a payload. */
function hidden(message: object): object {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => {
      const isPayload = name === 'data' || name === 'willMsg';
      if (isPayload) return [name, new Uint8Array((value as Uint8Array).length).fill(0x2a)];
      return [name, name === 'message' ? hidden(value as object) : value];
    }),
  );
}

describe('a masked frame', () => {
  it('reads as before, but for what it says', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryMessage, arbitraryEncapsulated), (message) => {
        const frame = encode(message);
        const before = Uint8Array.from(frame);
        expect(decode(masked(frame))).toEqual(hidden(decode(frame)));
        expect(frame).toEqual(before);
      }),
    );
  });

  it('is another one, also of octets that are views of others', () => {
    const frame = Buffer.from('080c0000010000414243', 'hex').subarray(0, 8);
    masked(frame);
    expect(frame.toString('hex')).toBe('080c000001000041');
  });

  it.each([
    ['0c0c00000100', '0c0c0000****'],
    ['ff0c620001000131', 'ff0c6200********'],
    ['01', '01'],
    ['', ''],
  ])('of what cannot be read, %s, shows the head: %s', (frame, shown) => {
    const octets = Buffer.from(frame, 'hex');
    expect(Buffer.from(masked(octets)).toString('hex')).toBe(shown.replaceAll('**', '2a'));
  });
});
