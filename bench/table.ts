export interface Row {
  what: string;
  value: string;
  /** What it is compared with, and its value. */
  yardstick?: string;
  ratio?: number;
  target: string;
  met: boolean;
}

export function printTable(title: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, value, yardstick, ratio, target, met }) => [
    what,
    value,
    yardstick ?? '',
    ratio === undefined ? '' : ratio.toFixed(2),
    target,
    met ? 'met' : 'MISSED',
  ]);
  const header = ['', 'gateway', 'yardstick', 'ratio', 'target', ''];
  const widths = header.map((_, column) =>
    Math.max(...[header, ...cells].map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  console.log(`\n${title}\n\n${[header, ...cells].map(line).join('\n')}`);
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
