import { expect, it } from 'vitest';
import { isWeak, signalText } from '../../../../src/dashboard/text/signals.js';

const signal = (rssiDbm: number | null, snrDb: number | null, lqi: number | null) => ({
  rssiDbm,
  snrDb,
  lqi,
});

it.each([
  [signal(-97, 4.5, null), '-97 dBm, SNR 4.5 dB', false],
  [signal(-97, -12, null), '-97 dBm, SNR -12 dB', true],
  [signal(-125, null, null), '-125 dBm', true],
  [signal(null, null, 40), 'LQI 40', true],
  [signal(null, null, 200), 'LQI 200', false],
  [signal(null, null, null), undefined, false],
])('%j is %s', (one, text, weak) => {
  expect([signalText(one), isWeak(one)]).toEqual([text, weak]);
});
