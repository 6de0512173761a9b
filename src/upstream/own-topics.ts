/**
 * The gateway's own topics, on its own connection. What it says is at QoS 0 and waits for nothing: no device's message
 * comes later for it, and nothing of it is kept. What it hears it subscribes to like an aggregated device, under a name
 * that no device can have, so that filters which overlap those of devices are dealt with in one place.
 */
import { matchesFilter } from '../codec/index.js';
import type { UpstreamEvent, UpstreamRequest } from '../core/types.js';

/** No client id of a device contains U+0000. */
const OWN = '\0own';

type Request = Extract<UpstreamRequest, { op: 'subscribe' | 'unsubscribe' | 'accept' }>;

export interface OwnMessage {
  topic: string;
  payload: Uint8Array;
  /** The broker had it before we asked. */
  retain: boolean;
}

type Heard = (message: OwnMessage) => void;

/** What the rest of the gateway can do with them. */
export interface OwnTopics {
  /** false: the connection is away, or too busy. */
  publish(topic: string, payload: string, retain: boolean): boolean;
  /**
   * From the broker's next availability on, and again after each of its absences; retained messages come each time.
   * Returns how to stop that.
   */
  listen(filter: string, heard: Heard): () => void;
}

/** On the way from the broker's side: takes out what is for the gateway itself. */
export class OwnSubscriptions {
  readonly #heard = new Map<string, Set<Heard>>();
  #isUp = false;

  /** @param request asks the broker's side; @param refused hears what the broker does not allow */
  constructor(
    private readonly request: (request: Request) => void,
    private readonly refused: (why: string) => void,
  ) {}

  /** Returns how to stop that. */
  listen(filter: string, heard: Heard): () => void {
    const listeners = this.#heard.get(filter) ?? new Set();
    this.#heard.set(filter, listeners.add(heard));
    if (this.#isUp) this.#subscribe(filter);
    return () => this.#ignore(filter, heard);
  }

  /** Returns whether the event was for nobody else. */
  takes(event: UpstreamEvent): boolean {
    if (event.event === 'availability') {
      this.#isUp = event.up;
      if (event.up) for (const filter of this.#heard.keys()) this.#subscribe(filter);
      return false;
    }
    if (!('client' in event) || event.client !== OWN) return false;
    if (event.event === 'message') this.#hear(event);
    else if (event.event === 'subscribed' && event.failure === 'refused') {
      this.refused(event.detail ?? 'no reason given');
    }
    return true;
  }

  #hear(event: Extract<UpstreamEvent, { event: 'message' }>): void {
    const { token, topic, payload, retain } = event;
    if (token !== 0) this.request({ op: 'accept', token, client: OWN });
    for (const [filter, listeners] of this.#heard) {
      if (!matchesFilter(filter, topic)) continue;
      for (const heard of listeners) heard({ topic, payload, retain });
    }
  }

  #ignore(filter: string, heard: Heard): void {
    const listeners = this.#heard.get(filter);
    if (!listeners?.delete(heard) || listeners.size > 0) return;
    this.#heard.delete(filter);
    if (this.#isUp) this.request({ op: 'unsubscribe', token: 0, client: OWN, filter });
  }

  #subscribe(filter: string): void {
    this.request({ op: 'subscribe', token: 0, client: OWN, filter, qos: 0 });
  }
}
