/** "Which copy is for whom": of several copies of a message one is for the device, and the others are acknowledged. */
import { sharedFilter, topicMatches } from '../../broker/topics.js';
import type { Fault } from '../../story.js';
import type { Scene } from '../../watcher.js';
import { whoseCommands } from '../support.js';
import { COMES_BACK_MS, hasLanes } from './network.js';
import { slowestWriteMs } from './disk.js';
import { isTransparent } from './devices.js';

interface Text {
  topic: string;
  queuedAt: number;
  /** How many copies the broker has put into sessions of the gateway's, and how many are there still. */
  copies: number;
  waiting: number;
  /** One was, when a process of the gateway ended. */
  hasSurvived: boolean;
}

export class CopiesAtBroker {
  private readonly known = new Map<string, Text>();
  /** When the broker has had the filter first and last, new or as before. */
  private readonly filters = new Map<string, { firstAt: number; lastAt: number }>();

  constructor(private readonly scene: Scene) {}

  queued(text: string, topic: string): void {
    const queuedAt = this.scene.now();
    const fresh = { topic, queuedAt, copies: 0, waiting: 0, hasSurvived: false };
    const one = this.known.get(text) ?? fresh;
    one.copies++;
    one.waiting++;
    this.known.set(text, one);
  }

  handedOver(text: string): void {
    const one = this.known.get(text);
    if (one !== undefined && one.waiting > 0) one.waiting--;
  }

  subscribed(filter: string): void {
    const [name, lastAt] = [sharedFilter(filter) ?? filter, this.scene.now()];
    this.filters.set(name, { firstAt: this.filters.get(name)?.firstAt ?? lastAt, lastAt });
  }

  /** A process of the gateway has ended. */
  ended(): void {
    for (const one of this.known.values()) if (one.waiting > 0) one.hasSurvived = true;
  }

  /** The broker loses its memory: with it goes the copy that counts, if that is still there. */
  forget(): void {
    for (const one of this.known.values()) one.waiting = 0;
  }

  /** Whether the broker has a copy still. Who gives all its filters up does not get it; who gives one up may get another. */
  has(text: string): boolean {
    return (this.known.get(text)?.waiting ?? 0) > 0;
  }

  /** When the broker had the message first. */
  queuedAt(text: string): number {
    return this.known.get(text)?.queuedAt ?? this.scene.now();
  }

  /** Those for the device of which it has one still, and had others. */
  texts(device: string): string[] {
    return [...this.known].flatMap(([text, { topic, copies, waiting }]) =>
      waiting > 0 && waiting < copies && whoseCommands(topic) === device ? [text] : [],
    );
  }

  /**
   * Whether copies for several filters, or one for an older filter, have waited since before one of them, and over a restart: it forgets
   * who has got what through another one, and that there may be no copy for this one.
   */
  areMistaken(text: string): boolean {
    const one = this.known.get(text);
    if (one?.hasSurvived !== true) return false;
    const matching = [...this.filters].filter(([filter]) => topicMatches(filter, one.topic));
    const isOlder = (at: number): boolean => at <= one.queuedAt;
    return matching.some(
      ([filter, { lastAt }]) =>
        !isOlder(lastAt) &&
        (one.copies > 1 ||
          matching.some(([other, { firstAt }]) => other !== filter && isOlder(firstAt))),
    );
  }
}

/**
 * Of filters that overlap the new one's QoS counts, though the copy was sent for the other: "with the QoS of the new one". So what was
 * published at QoS 1 may come at QoS 2.
 */
export const mayBeRaised = (scene: Scene, device: string, published: number): boolean =>
  published > 0 && !isTransparent(scene, device);

/**
 * "Which copy is for whom": of several copies the first one goes where nobody knows what the broker's session has, with the QoS that it
 * has. So after each end of a connection, until the gateway has come back to all of them.
 */
export const mayBeFirstCopy = (scene: Scene, device: string, publishedAt: number): boolean =>
  !isTransparent(scene, device) &&
  (scene.story.broker.overlaps === 'each' || hasLanes(scene)) &&
  scene.faults.some(
    ({ fault: { kind }, to }) => MAKES_DOUBT.has(kind) && to + COMES_BACK_MS >= publishedAt,
  );

const MAKES_DOUBT: ReadonlySet<Fault['kind']> = new Set([
  'partition',
  'broker-down',
  'kill',
  'restart',
]);

/**
 * "Which copy is for whom": a run whose disk had failed may have asked for filters with identifiers that no record knows, or on a
 * connection of MQTT 3.1.1 where nobody looks for them. Which copy is for which filter the gateway cannot tell then, until it has
 * asked for them anew there.
 */
export class UnknownNumbers {
  /** By session at the broker and filter, when it was asked for it there. */
  private readonly asked = new Map<string, { filter: string; times: number[] }>();

  constructor(private readonly scene: Scene) {}

  subscribed(client: string, filter: string): void {
    const key = `${client} ${filter}`;
    const { times = [] } = this.asked.get(key) ?? {};
    this.asked.set(key, { filter, times: [...times, this.scene.now()] });
  }

  /** Whether copies for the device of what was published then may bear them. */
  mayBear(device: string, topic: string, publishedAt: number): boolean {
    if (isTransparent(this.scene, device)) return false;
    const matching = [...this.asked.values()].filter(({ filter }) => topicMatches(filter, topic));
    return this.scene.lostMemory.some(({ from, to }) =>
      matching.some(({ times }) => {
        const last = times.findLast((at) => at <= publishedAt) ?? Number.POSITIVE_INFINITY;
        return from - slowestWriteMs(this.scene) <= last && last <= to && to <= publishedAt;
      }),
    );
  }
}

/** "Transparent": what the broker sends once for each of several filters are as many messages, each with the QoS of its filter. */
export const comesForEachFilter = (scene: Scene, device: string): boolean =>
  isTransparent(scene, device) && scene.story.broker.overlaps === 'each';
