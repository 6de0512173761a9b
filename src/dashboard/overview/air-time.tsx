import { useId } from 'preact/hooks';
import type { LinkOverview } from '../../http/api/schema/overview.js';
import { AIR_TIME_NEARLY_USED } from '../advice/link.js';

/** The air time of the latest hour, of what the law allows. */
export function AirTime({ airTime }: { airTime: NonNullable<LinkOverview['airTime']> }) {
  const id = useId();
  const { usedSec, allowedSec, queuedFrames, queuedSec } = airTime;
  const waiting =
    queuedFrames === 0 ? '' : `, ${queuedFrames} frames (${queuedSec.toFixed(1)} s) wait`;
  if (allowedSec === null) {
    return (
      <p>
        Air time: {usedSec.toFixed(1)} s in the latest hour, without a limit{waiting}
      </p>
    );
  }
  return (
    <div class="air-time">
      <span id={id}>
        Air time: {usedSec.toFixed(1)} of {allowedSec} s in the latest hour{waiting}
      </span>
      <meter
        aria-labelledby={id}
        min={0}
        max={allowedSec}
        low={allowedSec / 2}
        high={allowedSec * AIR_TIME_NEARLY_USED}
        optimum={0}
        value={usedSec}
      />
    </div>
  );
}
