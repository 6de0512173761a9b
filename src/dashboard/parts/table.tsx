import type { ComponentChildren } from 'preact';

interface Column {
  name: string;
  /** Left out where the screen is narrow, as its cells are. */
  isWide?: boolean;
  /** Its cells say to the eye what they are. */
  isOnlySpoken?: boolean;
}

interface TableProps {
  /** As a screen reader announces it. */
  name: string;
  columns: readonly (string | Column)[];
  /** Rows. */
  children: ComponentChildren;
}

/** A table that scrolls sideways where it is wider than the screen, by keyboard as well. */
export function Table({ name, columns, children }: TableProps) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <ColumnHead {...(typeof column === 'string' ? { name: column } : column)} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function ColumnHead({ name, isWide, isOnlySpoken }: Column) {
  return (
    <th scope="col" class={isWide ? 'wide' : undefined}>
      {isOnlySpoken ? <span class="spoken">{name}</span> : name}
    </th>
  );
}
