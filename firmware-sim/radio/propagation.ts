/** How much of a signal arrives, and how often none does. */
import type { Random } from '../random.js';

export interface Propagation {
  /** From one station to another; undefined: out of reach. */
  path(from: string, to: string): Path | undefined;
}

interface Path {
  /** Of the signal's strength. */
  lossDb: number;
  /** Frames lost beside those that are too weak or collide, 0 to 1. */
  lossRate: number;
}

/** Metres. */
export interface Position {
  x: number;
  y: number;
}

export interface PathLossOptions {
  /** 2 in free space, 2.7 to 3.5 in towns, up to 5 through walls. */
  exponent: number;
  /** At a distance of one metre: 31 dB at 868 MHz, 40 dB at 2.4 GHz. */
  lossAt1mDb: number;
  /** Standard deviation of what hills and walls add to a path, the same in both directions. */
  shadowingDb: number;
  random: Random;
}

/** Log-distance path loss between positions. */
export class PathLoss implements Propagation {
  private readonly positions = new Map<string, Position>();

  constructor(private readonly options: PathLossOptions) {}

  place(id: string, position: Position): void {
    this.positions.set(id, position);
  }

  path(from: string, to: string): Path | undefined {
    const [a, b] = [this.positions.get(from), this.positions.get(to)];
    if (a === undefined || b === undefined) return undefined;
    const { exponent, lossAt1mDb, shadowingDb, random } = this.options;
    const distance = Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
    // By name, so that a station more elsewhere changes nothing here.
    const shadow = shadowingDb && random.branch([from, to].toSorted().join('\n')).normal();
    return {
      lossDb: lossAt1mDb + 10 * exponent * Math.log10(distance) + shadow * shadowingDb,
      lossRate: 0,
    };
  }
}

export interface LossEntry {
  from: string;
  to: string;
  /** 0 to 1; 1: out of reach. */
  lossRate: number;
  lossDb?: number;
  /** Not the other way round. */
  oneWay?: boolean;
}

/** A matrix of losses, for a field whose map does not matter. Pairs that it lacks have `rest`. */
export class LossMatrix implements Propagation {
  private readonly entries = new Map<string, Path>();
  private readonly rest: Path;

  constructor(entries: readonly LossEntry[] = [], rest: Partial<Path> = {}) {
    this.rest = { lossDb: NEAR_LOSS_DB, lossRate: 0, ...rest };
    for (const { from, to, lossRate, lossDb = this.rest.lossDb, oneWay } of entries) {
      this.entries.set(`${from}\n${to}`, { lossDb, lossRate });
      if (!oneWay) this.entries.set(`${to}\n${from}`, { lossDb, lossRate });
    }
  }

  path(from: string, to: string): Path | undefined {
    const path = this.entries.get(`${from}\n${to}`) ?? this.rest;
    return path.lossRate >= 1 ? undefined : path;
  }
}

/** A strong signal: at 14 dBm it comes in with -76 dBm. */
const NEAR_LOSS_DB = 90;
