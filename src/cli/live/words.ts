/** How the state of the gateway is written in a terminal: short, and in columns. */

const STEPS: readonly [seconds: number, unit: string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 d 4 h`, `12 min`, `5 s`: the two largest units at most. */
export function lasting(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const at = STEPS.findIndex(([size]) => seconds >= size);
  const [size, unit] = STEPS[at] ?? [1, 's'];
  const whole = `${Math.floor(seconds / size)} ${unit}`;
  const [smaller, smallerUnit] = STEPS[at + 1] ?? [1, ''];
  const rest = Math.floor((seconds % size) / smaller);
  // Minutes and seconds would change while they are read.
  return rest === 0 || size <= 60 ? whole : `${whole} ${rest} ${smallerUnit}`;
}

/** `12 min ago`, `in 5 s`; `-` where the moment is not known. */
export function relative(atMs: number | null, nowMs: number): string {
  if (atMs === null) return '-';
  return atMs > nowMs ? `in ${lasting(atMs - nowMs)}` : `${lasting(nowMs - atMs)} ago`;
}

/** When the device has to speak: `in 5 min`, `4 min late`. */
export function dueText(dueAtMs: number | null, nowMs: number): string {
  if (dueAtMs === null) return '-';
  return dueAtMs >= nowMs ? `in ${lasting(dueAtMs - nowMs)}` : `${lasting(nowMs - dueAtMs)} late`;
}

export function signalWords(
  signal: { rssiDbm: number | null; snrDb: number | null; lqi: number | null } | null,
): string {
  const { rssiDbm = null, snrDb = null, lqi = null } = signal ?? {};
  const parts = [
    rssiDbm === null ? [] : `${rssiDbm} dBm`,
    snrDb === null ? [] : `${snrDb} dB`,
    lqi === null ? [] : `lqi ${lqi}`,
  ];
  return parts.flat().join(', ') || '-';
}

const GAP = '  ';

/** Rows below their heads, each column as wide as its widest text. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) => line.map((text, at) => text.padEnd(widths[at] ?? 0)).join(GAP))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const NAME_COLUMN = 15;

/** Named values, one a line; without those that have none. */
export function list(lines: readonly (readonly [name: string, text: string | null])[]): string {
  return lines
    .filter(([, text]) => text !== null && text !== '')
    .map(([name, text]) => `${name.padEnd(NAME_COLUMN)}${text}\n`)
    .join('');
}
