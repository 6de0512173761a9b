import { useGatewayNow } from '../live/live.js';
import { momentText } from '../text/moments.js';
import { agoText, spanText } from '../text/spans.js';

/** How long ago it was; nothing known: a dash. */
export function Ago({ at }: { at: number | null }) {
  const now = useGatewayNow();
  if (at === null) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={momentText(at, now)}>
      {agoText(at, now)}
    </time>
  );
}

/** When it will be, or how late it is. */
export function Due({ at }: { at: number | null }) {
  const now = useGatewayNow();
  if (at === null) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={momentText(at, now)}>
      {dueText(at - now)}
    </time>
  );
}

/** What is due in this second is not late. */
function dueText(inMs: number): string {
  if (Math.abs(inMs) < 5000) return 'now';
  return inMs > 0 ? `in ${spanText(inMs)}` : `${spanText(-inMs)} late`;
}

/** The time of day. */
export function Moment({ at }: { at: number }) {
  const now = useGatewayNow(60_000);
  return <time dateTime={new Date(at).toISOString()}>{momentText(at, now)}</time>;
}
