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
  /** Until when they pass for one of its own: the broker is asked for them once more. */
  private readonly stale = new Map<string, Map<string, number>>();

  constructor(private readonly scene: Scene) {}

  /** The broker has it. */
  subscribed(filter: string): void {
    for (const filters of this.givenUp.values()) filters.delete(filter);
    for (const filters of this.stale.values())
      if (filters.get(filter) === Number.POSITIVE_INFINITY) filters.set(filter, this.scene.now());
  }

  gaveUp(device: string, filter: string): void {
    const filters = this.givenUp.get(device) ?? new Map<string, number>();
    this.givenUp.set(device, filters.set(filter, this.scene.now()));
  }

  /** A process of the gateway has ended. */
  ended(): void {
    for (const [device, filters] of this.givenUp) {
      const forgotten = [...filters].filter(([, at]) => diskHasForgotten(this.scene, at));
      const known = this.stale.get(device) ?? new Map<string, number>();
      for (const [filter] of forgotten) known.set(filter, Number.POSITIVE_INFINITY);
      this.stale.set(device, known);
    }
  }

  /** Whether of a message that the broker had then a copy for such a filter is waited for in vain. */
  select(device: string, topic: string, queuedAt: number): boolean {
    return [...(this.stale.get(device) ?? [])].some(
      ([filter, until]) => queuedAt < until && topicMatches(filter, topic),
    );
  }
}
