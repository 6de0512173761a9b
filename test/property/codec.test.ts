import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecs, decode, encapsulate, encode, type Message } from '../../src/codec/index.js';
import {
  arbitraryEncapsulated,
  arbitraryMessage,
  arbitraryMessages,
} from '../support/arbitrary-messages.js';

const octet = fc.integer({ min: 0, max: 0xff });

/** A frame whose length and type are right and whose body is anything. */
const plausibleFrame = fc
  .tuple(fc.constantFrom(...Object.values(codecs)), fc.uint8Array({ maxLength: 300 }))
  .map(([{ code }, body]) =>
    body.length <= 0xff - 2
      ? Uint8Array.of(body.length + 2, code, ...body)
      : Uint8Array.of(1, (body.length + 4) >> 8, body.length + 4, code, ...body),
  );

const anyFrame = arbitraryMessage.map(encode);

/** A valid frame, in the middle of which octets are overwritten, lost, or inserted. */
const damagedFrame = fc
  .tuple(anyFrame, fc.nat(), fc.nat({ max: 4 }), fc.uint8Array({ maxLength: 4 }))
  .map(([frame, seed, lost, inserted]) => {
    const at = seed % frame.length;
    return Uint8Array.of(...frame.subarray(0, at), ...inserted, ...frame.subarray(at + lost));
  });

/** Whatever is accepted means the same after a round trip; whatever is not is a value, never a throw. */
function holdsFor(frame: Uint8Array): void {
  const decoded = decode(frame);
  if (decoded.type !== 'MALFORMED') expect(decode(encode(decoded))).toEqual(decoded);
  else if (decoded.reply) expect(decode(encode(decoded.reply))).toEqual(decoded.reply);
}

describe('round trips', () => {
  it('cover every message', () => {
    expect(arbitraryMessages.map(([type]) => type)).toEqual(Object.keys(codecs));
  });

  it.each(arbitraryMessages)('%s comes back as it was', (type, messages) => {
    fc.assert(
      fc.property(messages, (message) => {
        const frame = encode(message);
        expect(message.type).toBe(type);
        expect(decode(frame)).toEqual(message);
        // SN 1.2, 5.2.1: the long form only where the short one cannot do it.
        expect(frame[0] === 1).toBe(frame.length > 0xff);
      }),
    );
  });

  it('an encapsulated message comes back as it was', () => {
    fc.assert(
      fc.property(arbitraryEncapsulated, (frame) => {
        expect(decode(encode(frame))).toEqual(frame);
      }),
    );
  });

  it('a wrapped frame holds the same message as the frame alone', () => {
    fc.assert(
      fc.property(anyFrame, fc.uint8Array({ maxLength: 252 }), octet, (frame, node, ctrl) => {
        expect(decode(encapsulate(frame, node, ctrl))).toMatchObject({
          ctrl,
          wirelessNodeId: node,
          message: decode(frame),
        });
      }),
    );
  });
});

describe('outside data', () => {
  const runs = { numRuns: 1000 };

  it('of any kind are decoded or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), holdsFor), runs);
  });

  it('that look like a message are decoded or refused', () => {
    fc.assert(fc.property(plausibleFrame, holdsFor), runs);
  });

  it('that were a message once are decoded or refused', () => {
    fc.assert(fc.property(damagedFrame, holdsFor), runs);
  });

  it('that were cut short are refused', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (frame, seed) => {
        expect(decode(frame.subarray(0, seed % frame.length)).type).toBe('MALFORMED');
      }),
    );
  });

  it('with padding mean the same where the link allows it', () => {
    fc.assert(
      fc.property(anyFrame, fc.uint8Array({ minLength: 1 }), (frame, padding) => {
        const padded = Uint8Array.of(...frame, ...padding);
        expect(decode(padded)).toMatchObject({ type: 'MALFORMED', error: 'trailing-bytes' });
        expect(decode(padded, { allowPadding: true })).toEqual(decode(frame));
      }),
    );
  });

  it('cost no memory by what they declare: payloads are views', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const message: Message = {
          type: 'PUBLISH',
          dup: false,
          qos: 0,
          retain: false,
          topicIdType: 0,
          topicId: 1,
          msgId: 0,
          data,
        };
        const frame = encode(message);
        const decoded = decode(frame);
        if (decoded.type !== 'PUBLISH') throw new Error(`decoded as ${decoded.type}`);
        expect(decoded.data.buffer).toBe(frame.buffer);
      }),
    );
  });
});
