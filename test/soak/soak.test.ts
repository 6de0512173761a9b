/** A soak test of some seconds, with all that belongs to one. The long one is `npm run soak`. */
import { expect, it } from 'vitest';
import { soak } from '../support/soak/run.js';
import { need } from '../support/requirements.js';

it('sixty devices, two radios, a kill, a restart of the broker, an unplug: nobody says no', async (context) => {
  need(context, 'socat');
  const report = await soak({
    seed: 1,
    devices: 60,
    mode: 'aggregating',
    durationMs: 1500,
    print: () => {},
  });
  expect(report.breaches).toEqual([]);
  expect(report.faults.gateway).toBeGreaterThan(0);
  expect(report.faults.broker).toBeGreaterThan(0);
  expect(report.faults.dongle).toBeGreaterThan(0);
  expect(report.messages['arrived']).toBeGreaterThan(50);
  // Some seconds; a machine with other work takes longer to start so many programs.
}, 90_000);

it('ended before its time: broker and gateway end with it, and what is known is told', async (context) => {
  need(context, 'socat');
  const end = new AbortController();
  const report = await soak({
    seed: 1,
    devices: 10,
    mode: 'aggregating',
    durationMs: 600_000,
    // All devices are there.
    print: () => end.abort(),
    signal: end.signal,
  });
  expect(report.breaches).toEqual(['Error: the run was ended before its time']);
}, 90_000);
