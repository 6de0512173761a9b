import { STATE_TEXTS } from '../text/states.js';
import { GROUPS, type Group, isGroup, type Wish } from './selection.js';

const NAMES: Readonly<Record<Group, string>> = {
  all: 'All',
  attention: 'Need attention',
  late: 'Late',
  connected: 'Connected',
  ASLEEP: 'Asleep',
  waiting: 'Messages wait',
  gone: 'Not connected',
};

interface FiltersProps {
  wish: Wish;
  onWish: (wish: Wish) => void;
}

/** What to look for. */
export function Filters({ wish, onWish }: FiltersProps) {
  // A state alone is asked for elsewhere, and offered as long as it is shown.
  const offered = isGroup(wish.group) ? GROUPS : [...GROUPS, wish.group];
  return (
    <search class="filters">
      <label class="spoken" for="search">
        Search by client id, link, address or reason
      </label>
      <input
        id="search"
        type="search"
        placeholder="Client id, link, address …"
        autocomplete="off"
        value={wish.text}
        onInput={({ currentTarget }) => onWish({ ...wish, text: currentTarget.value })}
      />
      <fieldset>
        <legend class="spoken">Show</legend>
        {offered.map((group) => (
          <label key={group} class="chip">
            <input
              type="radio"
              name="group"
              checked={wish.group === group}
              onChange={() => onWish({ ...wish, group })}
            />
            {isGroup(group) ? NAMES[group] : STATE_TEXTS[group].name}
          </label>
        ))}
      </fieldset>
    </search>
  );
}
