/** Families of metrics: what they are called, and how their samples are read when somebody asks. */
import type { Histogram } from '../../observe/histogram.js';

/** A value, and what each label is for it. */
export type Sample = readonly [value: number, ...labels: string[]];

/** What a histogram has counted, and what each label is for it. */
export type HistogramSample = readonly [
  histogram: Pick<Histogram, 'boundsSec' | 'counts' | 'sum'>,
  ...labels: string[],
];

interface Named {
  name: string;
  /** A sentence. */
  help: string;
  labels: readonly string[];
}

export type Family<From> = Named &
  (
    | { type: 'counter' | 'gauge'; read: (from: From) => readonly Sample[] }
    | { type: 'histogram'; read: (from: From) => readonly HistogramSample[] }
  );

/** Names of the gateway's own metrics begin so. */
const PREFIX = 'mqttsn_gateway_';

export const counter = <From>(
  name: `${string}_total`,
  help: string,
  labels: readonly string[],
  read: (from: From) => readonly Sample[],
): Family<From> => ({ type: 'counter', name: PREFIX + name, help, labels, read });

export const gauge = <From>(
  name: string,
  help: string,
  labels: readonly string[],
  read: (from: From) => readonly Sample[],
): Family<From> => ({ type: 'gauge', name: PREFIX + name, help, labels, read });

export const histogram = <From>(
  name: `${string}_seconds`,
  help: string,
  labels: readonly string[],
  read: (from: From) => readonly HistogramSample[],
): Family<From> => ({ type: 'histogram', name: PREFIX + name, help, labels, read });

export const one = (value: number): Sample[] => [[value]];

/** By the one label. */
export const tally = (counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([label, value]) => [value, label]);
