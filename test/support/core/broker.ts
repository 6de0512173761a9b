/** The broker's side at the level of requests and events: answers at once, late, or with a failure. */
import type { UpstreamEvent, UpstreamFailure, UpstreamRequest } from '../../../src/core/types.js';

export type Mood = 'prompt' | 'slow' | UpstreamFailure;

export class VirtualBroker {
  mood: Mood = 'prompt';
  private readonly waiting: UpstreamRequest[] = [];

  /** Takes a request; returns the answer unless it comes later or never. */
  take(request: UpstreamRequest): UpstreamEvent | undefined {
    if (this.mood === 'slow') {
      this.waiting.push(request);
      return undefined;
    }
    return answerTo(request, this.mood === 'prompt' ? undefined : this.mood);
  }

  /** The answers to the oldest requests that were left waiting, whatever has become of their clients. */
  catchUp(count: number): UpstreamEvent[] {
    return this.waiting.splice(0, count).flatMap((request) => answerTo(request, undefined) ?? []);
  }
}

export function answerTo(
  request: UpstreamRequest,
  failure: UpstreamFailure | undefined,
): UpstreamEvent | undefined {
  const failed = failure === undefined ? {} : { failure };
  switch (request.op) {
    case 'open':
      return { event: 'opened', token: request.token, client: request.client, ...failed };
    case 'set-will':
      return { event: 'will-set', token: request.token, client: request.client, ...failed };
    case 'publish':
      if (request.token === 0 && failure === undefined) return undefined;
      return { event: 'published', token: request.token, client: request.client, ...failed };
    case 'subscribe':
      return {
        event: 'subscribed',
        token: request.token,
        client: request.client,
        grantedQos: request.qos,
        ...failed,
      };
    case 'unsubscribe':
      return { event: 'unsubscribed', token: request.token, client: request.client };
    case 'adopt':
      return {
        event: 'published',
        token: request.token,
        client: request.client,
        failure: failure ?? 'unavailable',
      };
    case 'close':
    case 'accept':
    case 'hold':
    case 'give-up':
    case 'resume':
      return undefined;
    default:
      return request satisfies never;
  }
}
