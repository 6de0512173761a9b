/** What is remembered of one device for those who look on, in this run: what the core has no use for. */
import type { StateName } from '../../core/types.js';
import type { LogEntry } from '../log-book.js';
import { DeviceHistory, type HeardSignal } from './history.js';
import type { PassedMessage, Tracks } from './tracks.js';

export class DeviceMemory {
  /** What it is where no session knows it: not let in, or gone with its session. */
  state: StateName | 'REFUSED' = 'DISCONNECTED';
  /** When it came into its state, and what brought it there. */
  change: { atMs: number; why: string; announcedSec?: number } | undefined;
  /** Where it spoke from last. */
  place: { link: string; address: string } | undefined;
  /** The latest warning about it. */
  warning: LogEntry | undefined;
  /** Its latest signals and lines, and its place among the tracks, as long as there is room for them. */
  history: DeviceHistory | undefined;
  track: number | undefined;
  private heardBeforeMs = Number.NEGATIVE_INFINITY;
  /** The latest of each kind: neither wake-ups nor other troubles push out the one that explains why a device is silent. */
  private troubles: Map<string, LogEntry> | undefined;

  constructor(private readonly tracks: Tracks) {}

  /** When its latest frame came; never: -Infinity. */
  get heardAtMs(): number {
    return this.track === undefined ? this.heardBeforeMs : this.tracks.heardAtMs(this.track);
  }

  onHeard(atMs: number): void {
    if (this.track === undefined) this.heardBeforeMs = atMs;
    else this.tracks.onHeard(this.track, atMs);
  }

  takeHistory(track: number): void {
    this.tracks.onHeard(track, this.heardBeforeMs);
    this.track = track;
    this.history = new DeviceHistory();
  }

  /** Another one needs the room. */
  loseHistory(): void {
    this.heardBeforeMs = this.heardAtMs;
    this.track = undefined;
    this.history = undefined;
  }

  add(entry: LogEntry): void {
    this.history?.lines.add(entry);
    if (entry.level === 'warn') this.warning = entry;
    if (!isTrouble(entry)) return;
    this.troubles ??= new Map();
    this.troubles.set(entry.code, entry);
  }

  /** It is no trouble any more. */
  settle(code: LogEntry['code']): void {
    this.troubles?.delete(code);
    if (this.warning?.code === code) this.warning = undefined;
  }

  /** The oldest first. */
  get signals(): Iterable<HeardSignal> {
    return this.history?.signals ?? [];
  }

  /** The latest lines about it, and the latest of each trouble; the oldest first. */
  get notices(): LogEntry[] {
    const entries = new Set([...(this.troubles?.values() ?? []), ...(this.history?.lines ?? [])]);
    return [...entries].sort((a, b) => a.number - b.number);
  }

  /** The oldest first. */
  get messages(): PassedMessage[] {
    return this.track === undefined ? [] : this.tracks.messages(this.track);
  }
}

/** Frames that are dropped are no warning, because anybody can send them; here they are about a device that we know. */
const isTrouble = ({ level, code }: LogEntry): boolean =>
  level === 'warn' || code.startsWith('DROP_');
