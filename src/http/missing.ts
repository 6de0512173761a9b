/** Who is missed: devices that were lost, with their session or without, and those that are late. */
import type { Inspection } from '../core/inspect/inspection.js';
import type { Instant, StateName } from '../core/types.js';
import type { Readings } from '../observe/counters.js';
import type { DeviceMemories } from '../observe/devices/memories.js';

/** What is read of the devices. */
export interface Missed {
  readonly inspect: Inspection;
  readonly watch: { readonly devices: Pick<DeviceMemories, 'strangers'> };
  readonly counters: Pick<Readings, 'traffic'>;
  /** The clock of the core. */
  now(): Instant;
  /** A moment of it in milliseconds since 1970. */
  wallTimeOf(instant: Instant): number;
  /** The machine's clock, in milliseconds since 1970. */
  nowMs(): number;
}

/** So long is who was lost with the session told of: somebody has read the alert by then, or does not miss the device. */
const LOST_FOR_MS = 24 * 60 * 60 * 1000;

interface LostDevice {
  client: string;
  link: string;
  state: StateName;
  sinceMs: number;
}

/** Those whose session has ended as they were lost, as long as that is news. */
export function lostWithSession(from: Missed): LostDevice[] {
  const newsMs = from.nowMs() - LOST_FOR_MS;
  return [...from.watch.devices.strangers()].flatMap(([client, { state, place, change }]) => {
    const sinceMs = change?.atMs ?? 0;
    const isNews = state === 'LOST' && sinceMs > newsMs && !from.inspect.has(client);
    return isNews ? [{ client, link: place?.link ?? '', state, sinceMs }] : [];
  });
}

/** By link, how many are missed since it heard its latest frame: the more there are, the less it is the fault of one of them. */
export function missingByLink(from: Missed): Map<string, number> {
  const missing = new Map<string, number>();
  const add = (link: string, sinceMs: number): void => {
    const { heardAtMs = Number.NEGATIVE_INFINITY } = from.counters.traffic.get(link) ?? {};
    if (sinceMs > heardAtMs) missing.set(link, (missing.get(link) ?? 0) + 1);
  };
  for (const { link, since } of from.inspect.missing(from.now())) add(link, from.wallTimeOf(since));
  for (const { link, sinceMs } of lostWithSession(from)) add(link, sinceMs);
  return missing;
}
