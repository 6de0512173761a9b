/** The list. Thousands of rows are as quick as twenty, because only those in sight are there. */
import { useRef } from 'preact/hooks';
import type { DeviceRow } from '../../http/api/schema/devices.js';
import { DeviceTableRow } from './device-table-row.js';
import type { Sort, Wish } from './selection.js';
import { useWindowing } from './windowing.js';

interface Column {
  name: string;
  sort?: Sort;
  /** Absent: also on a phone. */
  className?: 'wide' | 'wider';
}

const COLUMNS: readonly Column[] = [
  { name: 'Device', sort: 'client' },
  { name: 'State', sort: 'attention' },
  { name: 'Heard', sort: 'heard' },
  { name: 'Expected', sort: 'due', className: 'wide' },
  { name: 'Waiting', sort: 'buffered' },
  { name: 'Signal', sort: 'signal', className: 'wide' },
  { name: 'Retries', className: 'wider' },
  { name: 'Link', className: 'wider' },
];

interface DeviceTableProps {
  rows: readonly DeviceRow[];
  wish: Wish;
  onWish: (wish: Wish) => void;
}

export function DeviceTable({ rows, wish, onWish }: DeviceTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end, aboveStyle, belowStyle } = useWindowing(body, rows.length);
  const sortBy = (sort: Sort): void =>
    onWish({ ...wish, sort, isReversed: wish.sort === sort && !wish.isReversed });
  return (
    <table class="devices" aria-rowcount={rows.length + 1}>
      <thead>
        <tr aria-rowindex={1}>
          {COLUMNS.map(({ name, sort, className }) => (
            <th key={name} scope="col" class={className} aria-sort={ariaSort(wish, sort)}>
              {sort === undefined ? (
                name
              ) : (
                <button type="button" class="plain" onClick={() => sortBy(sort)}>
                  {name}
                </button>
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody aria-hidden="true">
        <tr>
          <td class="gap" style={aboveStyle} />
        </tr>
      </tbody>
      <tbody ref={body} onKeyDown={moveFocus}>
        {rows.slice(first, end).map((row, index) => (
          <DeviceTableRow key={row.client} row={row} position={first + index + 2} />
        ))}
      </tbody>
      <tbody aria-hidden="true">
        <tr>
          <td class="gap" style={belowStyle} />
        </tr>
      </tbody>
    </table>
  );
}

function ariaSort(wish: Wish, sort: Sort | undefined): 'ascending' | 'descending' | undefined {
  if (sort === undefined || wish.sort !== sort) return undefined;
  return wish.isReversed ? 'descending' : 'ascending';
}

/** Arrow keys go from device to device; the browser scrolls along, and that brings further rows. */
function moveFocus(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 'nextElementSibling' : 'previousElementSibling';
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = (event.target as Element).closest('tr')?.[step];
  const link = row?.querySelector('a');
  if (!link) return;
  event.preventDefault();
  link.focus();
}
