import type { LogEntry } from '../../http/api/schema/log.js';
import { useOverview } from '../live/live.js';
import type { LogWish } from './use-log.js';

const LEVELS: readonly LogEntry['level'][] = ['debug', 'info', 'warn', 'error'];

interface LogFiltersProps {
  wish: LogWish;
  onWish: (wish: LogWish) => void;
}

/** The fields to type into keep what they hold themselves: each new line draws them once more, in the middle of a word. */
export function LogFilters({ wish, onWish }: LogFiltersProps) {
  const links = useOverview()?.links ?? [];
  return (
    <search class="filters fields">
      <label>
        From level
        <select
          value={wish.level}
          onChange={({ currentTarget }) =>
            onWish({ ...wish, level: LEVELS[currentTarget.selectedIndex] ?? 'info' })
          }
        >
          {LEVELS.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </select>
      </label>
      <label>
        Device
        <input
          type="search"
          autocomplete="off"
          onChange={({ currentTarget }) => onWish({ ...wish, device: currentTarget.value.trim() })}
        />
      </label>
      <label>
        Link
        <select
          value={wish.link}
          onChange={({ currentTarget }) => onWish({ ...wish, link: currentTarget.value })}
        >
          <option value="">all</option>
          {links.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Code
        <input
          type="search"
          autocomplete="off"
          onChange={({ currentTarget }) =>
            onWish({ ...wish, code: currentTarget.value.trim().toUpperCase() })
          }
        />
      </label>
    </search>
  );
}
