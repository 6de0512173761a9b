/** The latest that was heard and said of one device, and for how many devices there is room for that. */
import type { Signal } from '../../core/types.js';
import { Latest } from '../latest.js';
import type { LogEntry } from '../log-book.js';
import type { DeviceMemory } from './memory.js';
import { Tracks } from './tracks.js';

/** Enough for a curve: an hour of a device that speaks once a minute. */
const SIGNALS_MAX = 60;
const LINES_MAX = 20;

/** Some 20 kB each at most, 40 MB in all. */
const HISTORIES_MAX = 2000;

/** Whoever is silent for so long has to make room for another one. */
const IDLE_MS = 3_600_000;
/** So many are looked at in one go for one that is idle. */
const LOOKS_MAX = 8;

export interface HeardSignal {
  atMs: number;
  signal: Signal;
}

export class DeviceHistory {
  readonly signals = new Latest<HeardSignal>(SIGNALS_MAX);
  readonly lines = new Latest<LogEntry>(LINES_MAX);
}

export class Histories {
  readonly tracks = new Tracks(HISTORIES_MAX);
  /** By place among the tracks. */
  private readonly holders: (DeviceMemory | undefined)[] = [];
  private hand = 0;

  /** Gives a device a history, if there is room for one more. */
  give(memory: DeviceMemory, atMs: number): void {
    const track = this.tracks.take() ?? this.takeFromIdle(atMs);
    if (track === undefined) return;
    this.holders[track] = memory;
    memory.takeHistory(track);
  }

  release({ track }: DeviceMemory): void {
    if (track === undefined) return;
    this.holders[track] = undefined;
    this.tracks.release(track);
  }

  private takeFromIdle(atMs: number): number | undefined {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      this.hand = (this.hand + 1) % HISTORIES_MAX;
      const holder = this.holders[this.hand];
      if (holder === undefined || atMs - holder.heardAtMs < IDLE_MS) continue;
      holder.loseHistory();
      this.tracks.release(this.hand);
      return this.tracks.take();
    }
    return undefined;
  }
}
