/** How long messages take, in percentiles by group. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

export interface Percentiles {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

const LONGEST_US = 3_600_000_000;

export class Latencies {
  private readonly histograms = new Map<string, RecordableHistogram>();

  record(group: string, durationMs: number): void {
    const histogram =
      this.histograms.get(group) ?? createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });
    this.histograms.set(group, histogram);
    histogram.record(Math.min(Math.max(Math.round(durationMs * 1000), 1), LONGEST_US));
  }

  /** By group, in the order of their names. */
  percentiles(): Record<string, Percentiles> {
    const groups = [...this.histograms].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(groups.map(([group, one]) => [group, percentilesOf(one)]));
  }

  clear(): void {
    this.histograms.clear();
  }
}

function percentilesOf(histogram: RecordableHistogram): Percentiles {
  const at = (share: number): number => histogram.percentile(share) / 1000;
  return {
    count: histogram.count,
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
    maxMs: histogram.max / 1000,
  };
}
