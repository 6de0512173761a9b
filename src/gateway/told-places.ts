/**
 * Where Home Assistant has been told something, over restarts: a run that tells it nothing, or elsewhere, finds out that
 * there is something to take back. With `store: memory` nobody knows.
 */
import type { DiscoveryPlace } from '../observe/state-topics/discovery-topics.js';
import { type Journal, KEY_SEPARATOR } from '../store/journal.js';

const KIND = 'hd';

const keyOf = ({ topic, gateway }: DiscoveryPlace): string =>
  [KIND, topic, gateway].join(KEY_SEPARATOR);

/** Notes where this run tells something; returns where earlier ones did. To be called when the journal is open. */
export function formerPlaces(
  journal: Journal,
  current: DiscoveryPlace | undefined,
): DiscoveryPlace[] {
  const currentKey = current && keyOf(current);
  const records = journal.take(KIND);
  if (currentKey !== undefined) journal.put(currentKey, true);
  return records.flatMap(({ key }) => {
    const [, topic, gateway] = key.split(KEY_SEPARATOR);
    if (key === currentKey || topic === undefined || gateway === undefined) return [];
    return [{ topic, gateway }];
  });
}

/** Nothing is there any more. */
export const forgetPlace = (journal: Journal, place: DiscoveryPlace): void =>
  journal.delete(keyOf(place));
