import { STATE_TEXTS, type State } from '../text/states.js';
import { Badge } from './badge.js';

/** The state of a device. */
export function StateBadge({ state }: { state: State }) {
  const { name, tone, meaning } = STATE_TEXTS[state];
  return (
    <Badge tone={tone}>
      <span title={meaning}>{name}</span>
    </Badge>
  );
}
