import { expect, it } from 'vitest';
import { airBreaches, counterBreaches } from '../../support/soak/report.js';

it('a modem that was on the air for too long is found out', () => {
  const air = (worstHourMs: number) => [
    { link: 'field', sentFrames: 1, worstHourMs, limitMs: 360_000 },
    { link: 'building', sentFrames: 1, worstHourMs: 999_999 },
  ];
  expect(airBreaches(air(360_000))).toEqual([]);
  expect(airBreaches(air(360_001))).toHaveLength(1);
});

it('a gateway that has survived a bug of its own, or whose store has failed, is found out', () => {
  const counters = {
    mqttsn_gateway_internal_errors_total: 1,
    mqttsn_gateway_store_failures_total: 2,
    mqttsn_gateway_store_records_skipped_total: 0,
    mqttsn_gateway_wills_fired_total: 7,
  };
  expect(counterBreaches(counters)).toEqual([
    'mqttsn_gateway_internal_errors_total is 1',
    'mqttsn_gateway_store_failures_total is 2',
  ]);
});
