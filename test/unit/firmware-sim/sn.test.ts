/** Against the golden frames, which have been checked with Wireshark and the Paho library. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../firmware-sim/sn/decode.js';
import { encode, shortTopicId } from '../../../firmware-sim/sn/encode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import { fromHex, toHex } from '../../support/hex.js';

interface Vector {
  name: string;
  hex: string;
  message?: Record<string, unknown> & { type: string };
  error?: string;
  layer?: string;
  roundTrip?: boolean;
}

const vectors = (
  JSON.parse(
    readFileSync(new URL('../../vectors/mqtt-sn-1.2.json', import.meta.url), 'utf8'),
  ) as Vector[]
).filter(({ message }) => message?.type !== 'ENCAPSULATED');

/** Names of fields here, and in the vectors. */
const NAMES: Record<string, string> = {
  gatewayId: 'gwId',
  gatewayAddress: 'gwAdd',
  durationSec: 'duration',
  messageId: 'msgId',
  code: 'returnCode',
  name: 'topicName',
};

/** A message in the words of the vectors. */
function renamed(message: SnMessage): Record<string, unknown> {
  const { type, ...fields } = message;
  const result: Record<string, unknown> = { type };
  for (const [name, value] of Object.entries(fields)) {
    const octets = value instanceof Uint8Array ? toHex(value) : (value as unknown);
    result[NAMES[name] ?? name] = octets;
  }
  return result;
}

function expected({ type, ...fields }: NonNullable<Vector['message']>): Record<string, unknown> {
  const { topicIdType, topicName, topicId, willMsg, data, willTopic, qos, retain, ...rest } =
    fields;
  const kind = ['normal', 'predefined', 'short'][Number(topicIdType ?? 0)];
  const has = (name: string): boolean => name in fields;
  switch (type) {
    case 'PUBLISH':
      return { type, ...rest, qos, retain, topicKind: kind, topicId, payload: data };
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      const topic = kind === 'predefined' ? { kind, id: topicId } : { kind, name: topicName };
      return { type, ...rest, ...(has('qos') ? { qos } : {}), topic };
    }
    case 'WILLTOPIC':
    case 'WILLTOPICUPD':
      return has('qos') ? { type, will: { qos, retain, topic: willTopic ?? '' } } : { type };
    case 'WILLMSG':
    case 'WILLMSGUPD':
      return { type, payload: willMsg };
    case 'GWINFO':
      return { type, gwAdd: '', ...rest };
    case 'PINGREQ':
      return { type, clientId: '', ...rest };
    default:
      return { type, ...fields };
  }
}

describe('the encoder and decoder of the devices', () => {
  const readable = vectors.filter(({ message }) => message !== undefined);
  it.each(readable)('reads $name', ({ hex, message }) => {
    const decoded = decode(fromHex(hex));
    expect(decoded && renamed(decoded)).toEqual(message && expected(message));
  });

  const canonical = readable.filter(({ roundTrip }) => roundTrip);
  it.each(canonical)('writes $name', ({ hex }) => {
    const decoded = decode(fromHex(hex));
    expect(decoded && toHex(encode(decoded))).toBe(hex);
  });

  const damaged = vectors.filter(({ message, hex }) => message === undefined && !isForwarded(hex));
  it.each(damaged)('refuses $name', ({ hex }) => {
    expect(decode(fromHex(hex))).toBeUndefined();
  });

  it('has all of them', () => {
    expect(readable.length).toBeGreaterThan(150);
    expect(canonical.length).toBeGreaterThan(100);
    expect(damaged.length).toBeGreaterThan(30);
  });

  it('knows a short topic by its octets', () => {
    expect(shortTopicId('ab')).toBe(0x6162);
  });
});

/** Devices take the encapsulation off before they decode. */
const isForwarded = (hex: string): boolean => hex.slice(2, 4) === 'fe';
