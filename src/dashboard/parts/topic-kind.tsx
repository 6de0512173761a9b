import type { TopicId } from '../../http/api/schema/topics.js';
import { Badge } from './badge.js';

/** How a topic id came to be, and whether it holds. */
export function TopicKind({
  kind,
  isConfirmed,
  isRefused,
}: Pick<TopicId, 'kind' | 'isConfirmed' | 'isRefused'>) {
  return (
    <>
      {kind}
      {isRefused && <Badge tone="bad">refused by the device</Badge>}
      {!isRefused && !isConfirmed && (
        <small>of an earlier connection; registered again before it is used</small>
      )}
    </>
  );
}
