/** What the device is known to know: topic ids that it has agreed on, and predefined ones that it has used. */
import type { Context } from '../context.js';
import { keepPredefined, keepTopicId } from '../journal/keep.js';
import type { Session } from './session.js';
import type { TopicId } from './topic-ids.js';

/** The device has used a predefined id itself, so that it certainly knows it. */
export function usePredefined(ctx: Context, session: Session, topic: string, id: number): void {
  if (session.predefinedUsed.get(topic) === id) return;
  session.predefinedUsed.set(topic, id);
  keepPredefined(ctx, session, topic);
}

export function forgetPredefined(ctx: Context, session: Session, topic: string): void {
  session.predefinedUsed.delete(topic);
  keepPredefined(ctx, session, topic);
}

/** The id of a name, a new one if needed; undefined when the device has used up its ids. */
export function assignTopicId(ctx: Context, session: Session, name: string): TopicId | undefined {
  const known = session.topicIds.get(name);
  if (known) return known;
  const entry = session.topicIds.assign(name, ctx.predefined.highestId);
  if (entry) keepTopicId(ctx, session, entry);
  return entry;
}

/** The device has seen the id of a name, in a REGISTER of its own or in SUBACK. */
export function confirmTopicId(ctx: Context, session: Session, entry: TopicId): void {
  entry.refused = false;
  if (entry.confirmed) return;
  entry.confirmed = true;
  keepTopicId(ctx, session, entry);
}
