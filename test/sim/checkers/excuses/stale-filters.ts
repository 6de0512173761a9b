/**
 * "When the disk fails": a filter that a device gives up meanwhile passes for one of its own in the next run. If the broker keeps its session, the
 * gateway waits for copies that do not come.
 */
import { topicMatches } from '../../broker/topics.js';
import type { Scene } from '../../watcher.js';
import { diskHasForgotten } from './disk.js';

export class StaleFilters {
  /** When each device has given them up. */
  private readonly givenUp = new Map<string, Map<string, number>>();
  private readonly stale = new Map<string, Set<string>>();

  constructor(private readonly scene: Scene) {}

  /** The broker has it. */
  subscribed(filter: string): void {
    for (const filters of [...this.givenUp.values(), ...this.stale.values()])
      filters.delete(filter);
  }

  gaveUp(device: string, filter: string): void {
    const filters = this.givenUp.get(device) ?? new Map<string, number>();
    this.givenUp.set(device, filters.set(filter, this.scene.now()));
  }

  /** A process of the gateway has ended. */
  ended(): void {
    for (const [device, filters] of this.givenUp) {
      const forgotten = [...filters].filter(([, at]) => diskHasForgotten(this.scene, at));
      const known = this.stale.get(device) ?? [];
      this.stale.set(device, new Set([...known, ...forgotten.map(([filter]) => filter)]));
    }
  }

  /** Whether copies for such a filter are waited for in vain. */
  select(device: string, topic: string): boolean {
    return [...(this.stale.get(device) ?? [])].some((filter) => topicMatches(filter, topic));
  }
}
