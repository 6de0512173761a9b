import type { TopicReference } from '../sn/messages.js';

export const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As it stands in ledgers. */
export const topicText = (topic: TopicReference): string =>
  topic.kind === 'predefined' ? `id ${topic.id}` : topic.name;
