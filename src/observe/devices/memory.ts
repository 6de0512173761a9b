/** What is remembered of one device for those who look on, in this run: what the core has no use for. */
import type { Signal, StateName } from '../../core/types.js';
import { Latest } from '../latest.js';
import type { LogEntry } from '../log-book.js';
import type { PassedMessage, Tracks } from './tracks.js';

/** Enough for a curve: an hour of a device that speaks once a minute. */
const SIGNALS_MAX = 60;
const NOTICES_MAX = 20;

export interface HeardSignal {
  atMs: number;
  signal: Signal;
}

export class DeviceMemory {
  /** What it is where no session knows it: not let in, or gone with its session. */
  state: StateName | 'REFUSED' = 'DISCONNECTED';
  /** When it came into its state, and what brought it there. */
  change: { atMs: number; why: string; announcedSec?: number } | undefined;
  /** Where it spoke from last. */
  place: { link: string; address: string } | undefined;
  /** The latest warning about it. */
  warning: LogEntry | undefined;
  readonly signals = new Latest<HeardSignal>(SIGNALS_MAX);
  readonly notices = new Latest<LogEntry>(NOTICES_MAX);

  /** @param track its place among the tracks */
  constructor(
    private readonly tracks: Tracks,
    readonly track: number,
  ) {}

  /** When its latest frame came; never: -Infinity. */
  get heardAtMs(): number {
    return this.tracks.heardAtMs(this.track);
  }

  /** The latest, the oldest of them first. */
  get messages(): PassedMessage[] {
    return this.tracks.messages(this.track);
  }
}
