/**
 * "A session in doubt": a filter is asked for anew after a restart, and copies that have waited since before for this one and for
 * another come then. An earlier run may have handed one of them over: nothing tells the other one from a new message.
 */
import { sharedFilter, topicMatches } from '../broker/topics.js';
import type { Scene } from '../watcher.js';
import { hasLanes } from './excuses/index.js';

export class LateCopies {
  /** When the broker has put a text into the session of a client, by both. */
  private readonly queuedAt = new Map<string, number>();
  /** When it has had its filters last, by client. */
  private readonly askedAt = new Map<string, Map<string, number>>();
  private endedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly scene: Scene) {}

  ended(): void {
    this.endedAt = this.scene.now();
  }

  queued(client: string, text: string): void {
    const key = `${client} ${text}`;
    if (!this.queuedAt.has(key)) this.queuedAt.set(key, this.scene.now());
  }

  subscribed(client: string, filter: string): void {
    const filters = this.askedAt.get(client) ?? new Map<string, number>();
    this.askedAt.set(client, filters.set(sharedFilter(filter) ?? filter, this.scene.now()));
  }

  /** Whether the text, which the client acknowledges at this moment, is one. */
  isOne(client: string, topic: string, text: string): boolean {
    if (!hasLanes(this.scene)) return false;
    const queuedAt = this.queuedAt.get(`${client} ${text}`) ?? this.scene.now();
    if (queuedAt > this.endedAt) return false;
    const filters = this.askedAt.get(client) ?? [];
    return [...filters].some(([filter, at]) => at > this.endedAt && topicMatches(filter, topic));
  }
}
