/** The broker's answers, to those who have asked. */
import type { Context, Pending } from './context.js';
import { onOpened } from './session/connect.js';
import { onPublished } from './session/publish.js';
import { onSubscribed, onUnsubscribed } from './session/subscribe.js';
import { onWillSet } from './session/will.js';
import type { UpstreamEvent } from './types.js';

type Answer = Exclude<
  UpstreamEvent,
  { event: 'availability' | 'message' | 'unclaimed' | 'closed' | 'reachable' }
>;

/** Answers to requests that nobody waits for any more find no `pending` and change nothing. */
export function onAnswer(ctx: Context, event: Answer): void {
  const pending = ctx.answered(event.token);
  if (pending === undefined) return;
  if (pending.kind === 'held' || pending.kind === 'courier') {
    onOutboxAnswer(ctx, pending, event);
    return;
  }
  const { session } = pending;
  // Its session is gone, but a message may still wait in the outbox.
  if (session.removed && pending.kind !== 'publish') return;
  if (pending.kind === 'open' && event.event === 'opened') {
    onOpened(ctx, session, pending.request, event);
  } else if (pending.kind === 'publish' && event.event === 'published') {
    onPublished(ctx, pending, event);
  } else if (pending.kind === 'subscribe' && event.event === 'subscribed') {
    onSubscribed(ctx, pending, event);
  } else if (pending.kind === 'unsubscribe' && event.event === 'unsubscribed') {
    onUnsubscribed(ctx, pending);
  } else if (pending.kind === 'set-will' && event.event === 'will-set') {
    onWillSet(ctx, pending, event);
  }
  ctx.toArm.add(session);
}

function onOutboxAnswer(
  ctx: Context,
  pending: Extract<Pending, { kind: 'held' | 'courier' }>,
  event: Answer,
): void {
  if (pending.kind === 'held' && event.event === 'published') {
    ctx.outbox.onPublished(pending.held, event);
  } else if (pending.kind === 'courier' && event.event === 'opened') {
    ctx.outbox.onCourier(pending.client, event);
  }
}
