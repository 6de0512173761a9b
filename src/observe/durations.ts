/** How long things take, as histograms: the one place where they are named and have their buckets. */
import type { Measurement } from '../core/measurement.js';
import { Histogram } from './histogram.js';

const MINUTE = 60;
const HOUR = 3600;

/** A broker or a device on a network answers in milliseconds, one behind a slow radio in a minute. */
const ANSWER_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, MINUTE];
/** Messages may wait for a broker that is away, or for a device that sleeps. */
const DELIVERY_SEC = [
  ...[0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
  ...[MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR],
];
const AWAKE_SEC = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, MINUTE];
/** An SSD takes some milliseconds, a worn SD card seconds. */
const COMMIT_SEC = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the core measures, with its buckets. */
const OF_DEVICES: Readonly<Record<Measurement, readonly number[]>> = {
  uplink: DELIVERY_SEC,
  downlink: DELIVERY_SEC,
  'device-round-trip': ANSWER_SEC,
  'awake-window': AWAKE_SEC,
};

/** By link. */
type OfLink = Readonly<Record<Measurement, Histogram>>;

export class Durations {
  readonly brokerRoundTrip = new Histogram(ANSWER_SEC);
  readonly journalCommit = new Histogram(COMMIT_SEC);
  readonly ofLinks = new Map<string, OfLink>();

  /** @param links all that there are: a histogram is there before its first value */
  constructor(links: readonly string[]) {
    for (const link of links) this.ofLinks.set(link, histogramsOfLink());
  }

  measured(what: Measurement, link: string, ms: number): void {
    this.ofLinks.get(link)?.[what].observe(ms);
  }
}

const histogramsOfLink = (): OfLink => ({
  uplink: new Histogram(OF_DEVICES.uplink),
  downlink: new Histogram(OF_DEVICES.downlink),
  'device-round-trip': new Histogram(OF_DEVICES['device-round-trip']),
  'awake-window': new Histogram(OF_DEVICES['awake-window']),
});
