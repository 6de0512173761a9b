/** The table of codes in `docs/codes.md`. */
import { BROKER } from '../../src/observe/codes/broker.js';
import { DEVICES } from '../../src/observe/codes/devices.js';
import { DROPS } from '../../src/observe/codes/drops.js';
import { GATEWAY } from '../../src/observe/codes/gateway.js';
import { LINKS } from '../../src/observe/codes/links.js';
import { type Row, screaming } from '../../src/observe/codes/row.js';
import type { DropReason } from '../../src/core/types.js';

type Rows = Readonly<Record<string, Row>>;

const drops: Rows = Object.fromEntries(
  Object.entries(DROPS).map(([reason, { because, remedy }]) => [
    `DROP_${screaming(reason as DropReason)}`,
    { cause: `Dropped: ${because}.`, remedy: sentence(remedy) },
  ]),
);

/** Every code, in the order of the page. */
export const SECTIONS: readonly (readonly [heading: string, rows: Rows])[] = [
  ['Devices', DEVICES],
  ['What was dropped', drops],
  ['The broker', BROKER],
  ['Links and modems', LINKS],
  ['The gateway', GATEWAY],
];

export function codesPage(): string {
  return SECTIONS.flatMap(([heading, rows]) => [
    `## ${heading}`,
    '',
    '| Code | Cause | Remedy |',
    '|---|---|---|',
    ...Object.entries(rows).map(
      ([code, { cause, remedy }]) => `| \`${code}\` | ${cause} | ${remedy} |`,
    ),
    '',
  ])
    .join('\n')
    .trimEnd();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
