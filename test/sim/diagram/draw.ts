/**
 * A sequence diagram for a terminal: narrow lanes from the devices to the disk, a line for each event, its words at
 * the right. Faults and breaches go across; the last lane is thick while a fault lasts.
 */
import type { Event, Place } from './event.js';

const COLUMNS = 120;
const LANE_COLUMNS = 8;
const TIME_COLUMNS = 10;

/** More devices share a lane, and their names stand in front of the words. */
const DEVICE_LANES_MAX = 3;

const PLACES: readonly Exclude<Place, 'device'>[] = ['network', 'gateway', 'broker', 'disk'];
const SHARED = 'devices';

export interface Frame {
  /** Whose lanes are drawn. Events that are about none of them are left out. */
  devices: readonly string[];
  fromMs: number;
  toMs: number;
}

/** `events` from the beginning of the story: a fault may have begun before the frame. */
export function draw(events: readonly Event[], { devices, fromMs, toMs }: Frame): string[] {
  const isShared = devices.length > DEVICE_LANES_MAX;
  const lanes = [...(isShared ? [SHARED] : devices), ...PLACES];
  const concerning = events.filter((event) => concerns(event, devices));
  const shown = concerning.filter(({ at }) => at >= fromMs && at <= toMs);
  const faults = concerning.filter((event) => event.kind === 'fault');
  return [
    headOf(lanes),
    ...shown.flatMap((event) => {
      const time = (event.at / 1000).toFixed(3).padStart(TIME_COLUMNS);
      if (event.kind === 'fault') return [across(`${time}  ━━ ${event.text} `, '━')];
      if (event.kind === 'breach') return wrapped(`${time}  !! BREACH ${event.text}`);
      const isFault = faults.some(({ at, to }) => at <= event.at && event.at < to);
      const picture = lanesOf(lanes, event, isShared, isFault);
      const name = isShared && isAtDevice(event) ? `${event.devices.join(', ')}: ` : '';
      return [cut(`${time}${picture} ${name}${event.text}`)];
    }),
  ];
}

function concerns({ kind, devices: about }: Event, devices: readonly string[]): boolean {
  return kind === 'breach' || about.length === 0 || about.some((one) => devices.includes(one));
}

function headOf(lanes: readonly string[]): string {
  const names = lanes.map((lane) => {
    const name = lane.slice(0, LANE_COLUMNS - 1);
    const before = Math.ceil((LANE_COLUMNS - name.length) / 2);
    return `${' '.repeat(before)}${name}`.padEnd(LANE_COLUMNS);
  });
  return `${'s'.padStart(TIME_COLUMNS)}${names.join('')}`.trimEnd();
}

function lanesOf(
  lanes: readonly string[],
  event: Extract<Event, { kind: 'message' | 'mark' }>,
  isShared: boolean,
  isFault: boolean,
): string {
  const last = lanes.length - 1;
  const picture = Array.from({ length: lanes.length * LANE_COLUMNS }, () => ' ');
  for (const lane of lanes.keys()) {
    picture[middleOf(lane)] = lane === last && isFault ? '┃' : '│';
  }
  const laneOf = (place: Place): number => {
    if (place !== 'device') return lanes.indexOf(place);
    return isShared ? 0 : lanes.indexOf(event.devices[0] ?? '');
  };
  if (event.kind === 'mark') {
    picture[middleOf(laneOf(event.place))] = '●';
    return picture.join('');
  }
  const [from, to] = [middleOf(laneOf(event.from)), middleOf(laneOf(event.to))];
  const step = Math.sign(to - from);
  for (let at = from + step; at !== to; at += step) picture[at] = picture[at] === ' ' ? '─' : '┼';
  picture[to - step] = step > 0 ? '>' : '<';
  return picture.join('');
}

const middleOf = (lane: number): number => lane * LANE_COLUMNS + LANE_COLUMNS / 2;

const isAtDevice = (event: Event): boolean => event.devices.length > 0 && event.kind === 'message';

const cut = (line: string): string =>
  line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;

const across = (line: string, bar: string): string => cut(line.padEnd(COLUMNS, bar));

/** Nothing of a breach is cut off. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\n| (?=\S)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < COLUMNS)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(last === undefined ? word : `${' '.repeat(TIME_COLUMNS + 5)}${word}`);
  }
  return lines;
}
