import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/mqtt-sn-1.2.json' with { type: 'json' };
import { type Decoded, decode, encode, type Message } from '../../../src/codec/index.js';
import { fromHex, toHex } from '../../support/hex.js';

interface Vector {
  name: string;
  hex: string;
  message?: Record<string, unknown>;
  error?: string;
  layer?: string;
  roundTrip?: boolean;
}

/** The vectors write octets as hex. */
function plain(value: Decoded): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) =>
      member instanceof Uint8Array ? toHex(member) : member,
    ),
  );
}

function revive(message: Record<string, unknown>): Message {
  return Object.fromEntries(
    Object.entries(message).map(([key, member]) => {
      if (['data', 'willMsg', 'gwAdd', 'wirelessNodeId'].includes(key)) {
        return [key, fromHex(member as string)];
      }
      return [key, key === 'message' ? revive(member as Record<string, unknown>) : member];
    }),
  ) as unknown as Message;
}

const all = vectors as unknown as Vector[];
const decodable = all.filter((vector) => vector.message !== undefined);
const refused = all.filter((vector) => vector.message === undefined);

describe('vectors of MQTT-SN 1.2', () => {
  it('are all there', () => {
    expect(all.filter((vector) => vector.error === undefined)).toHaveLength(205);
    expect(all.filter((vector) => vector.error !== undefined)).toHaveLength(104);
  });

  it.each(decodable)('$name decodes', ({ hex, message }) => {
    expect(plain(decode(fromHex(hex)))).toEqual(message);
  });

  it.each(decodable.filter((vector) => vector.roundTrip))('$name encodes', ({ hex, message }) => {
    expect(toHex(encode(revive(message ?? {})))).toBe(hex);
  });

  it.each(refused)('$name is refused as $error', ({ hex, error }) => {
    expect(decode(fromHex(hex))).toMatchObject({ type: 'MALFORMED', error });
  });

  it.each(decodable)('every prefix of $name is refused', ({ hex }) => {
    const bytes = fromHex(hex);
    for (let end = 0; end < bytes.length; end++) {
      expect(decode(bytes.subarray(0, end)).type, `${end} octets`).toBe('MALFORMED');
    }
  });
});
