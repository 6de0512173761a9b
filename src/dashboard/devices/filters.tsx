import { GROUPS, type Group, type Wish } from './selection.js';

const NAMES: Readonly<Record<Group, string>> = {
  all: 'All',
  attention: 'Need attention',
  late: 'Late',
  connected: 'Connected',
  asleep: 'Asleep',
  waiting: 'Messages wait',
  gone: 'Not connected',
};

interface FiltersProps {
  wish: Wish;
  onWish: (wish: Wish) => void;
}

/** What to look for. */
export function Filters({ wish, onWish }: FiltersProps) {
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
        {GROUPS.map((group) => (
          <label key={group} class="chip">
            <input
              type="radio"
              name="group"
              checked={wish.group === group}
              onChange={() => onWish({ ...wish, group })}
            />
            {NAMES[group]}
          </label>
        ))}
      </fieldset>
    </search>
  );
}
