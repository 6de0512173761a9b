/** How long things take. */
import type { Measurement } from '../../core/measurement.js';
import type { Durations } from '../../observe/durations.js';
import { type Family, histogram } from './family.js';

export const DURATION_METRICS: readonly Family<Durations>[] = [
  ofLinks(
    'uplink_latency_seconds',
    'From a message of a device at QoS 1 or 2 until the broker had it, outages included.',
    'uplink',
  ),
  ofLinks(
    'downlink_latency_seconds',
    'From a message for a device at QoS 1 or 2 until it acknowledged it, sleep included.',
    'downlink',
  ),
  ofLinks(
    'device_round_trip_seconds',
    'From a frame that was sent once until the answer of its device to it.',
    'device-round-trip',
  ),
  ofLinks(
    'awake_window_seconds',
    'How long a sleeping device was awake for its messages.',
    'awake-window',
  ),
  histogram(
    'broker_round_trip_seconds',
    'From a message at QoS 1 or 2 to the broker until its acknowledgement.',
    [],
    ({ brokerRoundTrip }) => [[brokerRoundTrip]],
  ),
  histogram(
    'journal_commit_seconds',
    'From a batch of the journal until it would survive a power cut.',
    [],
    ({ journalCommit }) => [[journalCommit]],
  ),
];

function ofLinks(name: `${string}_seconds`, help: string, what: Measurement): Family<Durations> {
  return histogram(name, help, ['link'], (durations) =>
    [...durations.ofLinks].map(([link, histograms]) => [histograms[what], link] as const),
  );
}
