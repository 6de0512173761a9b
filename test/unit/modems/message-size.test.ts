import { describe, expect, it } from 'vitest';
import { MessageSize } from '../../../src/modems/message-size.js';
import type { Modem } from '../../../src/modems/modem.js';
import { RESERVE_SHARE } from '../../../src/radio/limits.js';
import { RadioScheduler } from '../../../src/radio/scheduler.js';
import { AirWindow } from '../../../src/radio/window.js';

const HEADER_BYTES = 4;

/** A modem that takes so much for each address, on a radio of a thousand octets a second. */
function sizeOf(
  bytes: Record<string, number>,
  dutyCycle: number | null,
  headerBytes = HEADER_BYTES,
) {
  let asked = 0;
  const modem: Modem = {
    step: () => [],
    nextDeadline: () => undefined,
    maxMessageBytes: (address) => bytes[address ?? 'everybody'] ?? 0,
    airBytes: (messageBytes) => {
      asked++;
      return messageBytes + headerBytes;
    },
  };
  const scheduler = new RadioScheduler({
    air: { kind: 'rate', bytesPerSecond: 1000, overheadMs: 0 },
    window: new AirWindow(dutyCycle),
  });
  return {
    size: new MessageSize(modem, scheduler),
    get asked() {
      return asked;
    },
    setHeader: (value: number) => {
      headerBytes = value;
    },
  };
}

/** A duty cycle whose hour has room for a message of so many octets, beside what is kept for answers. */
const lettingThrough = (octets: number): number => octets / 1000 / 3600 / (1 - RESERVE_SHARE);

describe('how long a message may be', () => {
  it('is what the modem takes, where the law allows anything', () => {
    const { size } = sizeOf({ a: 200, b: 100, everybody: 50 }, null);
    expect(['a', 'b', null, 'a'].map((address) => size.bytesMax(address))).toEqual([
      200, 100, 50, 200,
    ]);
  });

  it('is 0 for whom the modem cannot reach', () => {
    expect(sizeOf({}, null).size.bytesMax('a')).toBe(0);
  });

  it('is less where the allowance of an hour could never let it through', () => {
    const { size } = sizeOf({ a: 200, b: 50 }, lettingThrough(100.5));
    expect([size.bytesMax('a'), size.bytesMax('b'), size.bytesMax('a')]).toEqual([
      100 - HEADER_BYTES,
      50,
      100 - HEADER_BYTES,
    ]);
  });

  it('is 0 where not even the header would pass', () => {
    expect(sizeOf({ a: 200 }, lettingThrough(2)).size.bytesMax('a')).toBe(0);
  });

  it('follows a header that has grown', () => {
    const one = sizeOf({ a: 200 }, lettingThrough(100.5));
    expect(one.size.bytesMax('a')).toBe(100 - HEADER_BYTES);
    one.setHeader(10);
    expect(one.size.bytesMax('a')).toBe(90);
  });

  it('is worked out once', () => {
    const one = sizeOf({ a: 200 }, lettingThrough(100.5));
    one.size.bytesMax('a');
    const before = one.asked;
    one.size.bytesMax('a');
    expect(one.asked - before).toBe(1);
  });
});
