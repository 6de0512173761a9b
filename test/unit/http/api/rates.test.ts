import { expect, it } from 'vitest';
import { Rates } from '../../../../src/http/api/rates.js';
import { Counters } from '../../../../src/observe/counters.js';

it('frames per second are those of the latest sample, and the same until the next', () => {
  const counters = new Counters();
  const traffic = counters.trafficOf('lan');
  let now = 0;
  const rates = new Rates(counters, () => now);
  traffic.receivedFrames = 10;
  expect(rates.of('lan')).toEqual({ received: 0, sent: 0 });
  now = 4000;
  traffic.sentFrames = 1;
  rates.sample();
  expect(rates.of('lan')).toEqual({ received: 2.5, sent: 0.25 });
  traffic.receivedFrames = 1000;
  expect(rates.of('lan')).toEqual({ received: 2.5, sent: 0.25 });
  now = 9000;
  rates.sample();
  expect(rates.of('lan')).toEqual({ received: 198, sent: 0 });
  expect(rates.of('attic')).toEqual({ received: 0, sent: 0 });
});
