import type { Overview } from '../../http/api/schema/overview.js';
import { addressOf } from '../route.js';
import { bytesText } from '../text/spans.js';
import { STATE_TEXTS, STATES, type State } from '../text/states.js';

/** Shown also where there are none. */
const ALWAYS: readonly State[] = ['ACTIVE', 'ASLEEP', 'LOST'];

/** How many devices are in which state, which leads to them, and what waits for them. */
export function DeviceCounts({ overview: { sessions, buffered, outbox } }: { overview: Overview }) {
  const shown = STATES.filter((state) => sessions[state] > 0 || ALWAYS.includes(state));
  return (
    <ul class="counts">
      {shown.map((state) => (
        <li key={state}>
          <a
            class={sessions[state] > 0 ? STATE_TEXTS[state].tone : 'none'}
            href={addressOf({ view: 'devices', state })}
          >
            <strong>{sessions[state]}</strong> {STATE_TEXTS[state].name.toLowerCase()}
          </a>
        </li>
      ))}
      <li>
        <span>
          <strong>{buffered.messages}</strong> waiting for devices
          <small>{bytesText(buffered.bytes)}</small>
        </span>
      </li>
      <li>
        <span>
          <strong>{outbox.messages}</strong> waiting for the broker
          <small>{bytesText(outbox.bytes)}</small>
        </span>
      </li>
    </ul>
  );
}
