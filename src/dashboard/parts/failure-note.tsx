import type { Failure } from '../live/api.js';

/** Why something cannot be shown as it is now. */
export function FailureNote({ failure }: { failure: Failure | undefined }) {
  return <div role="alert">{failure && <p class="banner bad">{failure.message}</p>}</div>;
}
