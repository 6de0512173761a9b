import { isValidTopic } from '../codec/index.js';
import type { CoreConfig, PredefinedTopic } from './config.js';
import { expandTemplate, matchesPattern } from './settings.js';

/** The predefined topics of the configuration (SN 6.5): global, by client id pattern, and templated. */
export class PredefinedTopics {
  /** Normal ids start above it: some peers ignore the type bits, and answers do not carry them. */
  readonly highestId: number;
  private readonly byId = new Map<number, PredefinedTopic[]>();

  constructor(config: CoreConfig) {
    for (const entry of config.predefinedTopics) {
      const entries = this.byId.get(entry.id);
      if (entries) entries.push(entry);
      else this.byId.set(entry.id, [entry]);
    }
    this.highestId = Math.max(0, ...this.byId.keys());
  }

  /** The topic behind an id for this device; null: a sender without a session. The first entry that fits wins. */
  topicOf(id: number, clientId: string | null): string | undefined {
    const entry = this.byId
      .get(id)
      ?.find(({ clients }) =>
        clientId === null
          ? clients === undefined
          : (clients?.some((pattern) => matchesPattern(pattern, clientId)) ?? true),
      );
    if (entry === undefined) return undefined;
    if (clientId === null)
      return isValidTopic(entry.topic) && !entry.topic.includes('${') ? entry.topic : undefined;
    const topic = expandTemplate(entry.topic, clientId);
    return topic !== undefined && isValidTopic(topic) ? topic : undefined;
  }
}
