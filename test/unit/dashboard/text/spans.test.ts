import { describe, expect, it } from 'vitest';
import {
  agoText,
  bytesText,
  countText,
  rateText,
  spanText,
} from '../../../../src/dashboard/text/spans.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('a duration', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [MINUTE_MS, '1 min'],
    [HOUR_MS - 1, '59 min'],
    [HOUR_MS, '1 h'],
    [3 * HOUR_MS + 5 * MINUTE_MS, '3 h 5 min'],
    [DAY_MS - 1, '23 h 59 min'],
    [DAY_MS, '1 d'],
    [2 * DAY_MS + 4 * HOUR_MS + 59 * MINUTE_MS, '2 d 4 h'],
  ])('of %i ms is %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it('that has just begun is now, also by a clock that is behind', () => {
    expect([agoText(1000, 900), agoText(1000, 2500), agoText(1000, 4000)]).toEqual([
      'now',
      'now',
      '3 s ago',
    ]);
  });
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [2 * 1024 * 1024, '2.0 MiB'],
])('%i octets are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

it('rates have the digits that say something, and one thing is one', () => {
  expect([0, 0.04, 0.4, 9.94, 12.6].map(rateText)).toEqual([
    '0/s',
    '0.0/s',
    '0.4/s',
    '9.9/s',
    '13/s',
  ]);
  expect([countText(1, 'device'), countText(2, 'device')]).toEqual(['1 device', '2 devices']);
});
