/** Topic ids, as devices and gateway have agreed on them: of one device, and of all. */
import { setImmediate } from 'node:timers/promises';
import type { DeviceDetails, Inspection } from '../../../core/inspect/inspection.js';
import type { TopicId, TopicIds, TopicIdsQuery } from '../schema/topics.js';

/** Ids, and devices, that are looked at in one go: some milliseconds on a small machine, and then others have their turn. */
const PIECE = 1000;

export const topicIdsView = (topicIds: DeviceDetails['topicIds']): TopicId[] =>
  topicIds.map(({ isPredefined, ...topicId }) => ({
    ...topicId,
    kind: isPredefined ? 'predefined' : 'registered',
  }));

/** Who the devices are is looked up in one turn, what each has registered piece by piece. */
export async function allTopicIdsView(
  inspect: Inspection,
  { q = '', offset, limit }: TopicIdsQuery,
): Promise<TopicIds> {
  const wanted = q.toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  const shown: TopicIds['topicIds'] = [];
  let total = 0;
  let looks = 0;
  for (const client of [...inspect.clients()]) {
    const topicIds = inspect.topicIds(client) ?? [];
    looks += 1 + topicIds.length;
    if (looks >= PIECE) {
      looks = 0;
      await setImmediate();
    }
    const found = has(client) ? topicIds : topicIds.filter(({ topic }) => has(topic));
    const first = Math.max(0, offset - total);
    const page = found.slice(first, first + limit - shown.length);
    shown.push(...topicIdsView(page).map((topicId) => ({ client, ...topicId })));
    total += found.length;
  }
  return { total, topicIds: shown };
}
