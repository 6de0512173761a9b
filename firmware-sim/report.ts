/** What a running simulation has come to, as plain data and as a few lines for people. */
import type { DeviceState } from './devices/firmware.js';
import type { LossReason, StationStatistics } from './radio/statistics.js';
import type { Simulation } from './simulation.js';

export interface Report {
  /** Since the start. */
  seconds: number;
  devices: Record<DeviceState, number>;
  /** `sent` is those that devices repeat until they are acknowledged or refused; `open` of them are not yet. */
  messages: Record<(typeof MESSAGES)[number], number>;
  troubles: Record<(typeof TROUBLES)[number], number>;
  modems: ModemReport[];
}

export interface ModemReport {
  id: string;
  sentFrames: number;
  receivedFrames: number;
  /** In the last hour. */
  airTimeMs: number;
  /** The most in any hour so far. */
  worstHourMs: number;
  /** Frames that were meant for it. */
  lost: Record<LossReason, number>;
}

const MESSAGES = [
  'sent',
  'acknowledged',
  'open',
  'refused',
  'forgotten',
  'unawaited',
  'dropped',
  'received',
] as const;

const TROUBLES = [
  'repeats',
  'unanswered',
  'thrownOut',
  'refusedConnects',
  'malformed',
  'reboots',
] as const;

const HOUR_MS = 3_600_000;

export function reportOf(simulation: Simulation): Report {
  const devices = { active: 0, asleep: 0, disconnected: 0, off: 0 };
  const messages = {
    sent: 0,
    acknowledged: 0,
    open: 0,
    refused: 0,
    forgotten: 0,
    unawaited: 0,
    dropped: 0,
    received: 0,
  };
  const troubles = {
    repeats: 0,
    unanswered: 0,
    thrownOut: 0,
    refusedConnects: 0,
    malformed: 0,
    reboots: 0,
  };
  for (const { state, ledger } of simulation.devices.values()) {
    devices[state] += 1;
    messages.sent += ledger.sentCount - ledger.unawaitedCount;
    messages.open += ledger.openCount;
    messages.acknowledged += ledger.acknowledgedCount;
    messages.refused += ledger.refusedCount;
    messages.forgotten += ledger.forgottenCount;
    messages.unawaited += ledger.unawaitedCount;
    messages.dropped += ledger.droppedCount;
    messages.received += ledger.receivedCount;
    for (const name of TROUBLES) troubles[name] += ledger[name];
  }
  const now = simulation.timeline.now();
  const modems = simulation
    .statisticsOfModems()
    .map(([id, statistics]) => modemReport(id, statistics, now));
  return { seconds: Math.round(now / 1000), devices, messages, troubles, modems };
}

function modemReport(id: string, statistics: StationStatistics, now: number): ModemReport {
  const { sentFrames, receivedFrames, worstHourMs, lost } = statistics;
  const airTimeMs = Math.round(statistics.lastHourMs(now));
  return {
    id,
    sentFrames,
    receivedFrames,
    airTimeMs,
    worstHourMs: Math.round(worstHourMs),
    lost: { ...lost },
  };
}

export function reportText({ seconds, devices, messages, troubles, modems }: Report): string {
  const lines = [
    `${clock(seconds)}  devices: ${counts(devices)}`,
    `messages: ${messagesText(messages)}`,
    ...(sum(troubles) > 0 ? [`troubles: ${counts(troubles)}`] : []),
    ...modems.map(modemText),
  ];
  const indent = `\n${' '.repeat(clock(seconds).length + 2)}`;
  return lines.join(indent);
}

/** Who compares what was sent with what was acknowledged wants to know about the rest. */
function messagesText({ open, unawaited, ...rest }: Report['messages']): string {
  return counts({ ...rest, 'under way': open, 'without acknowledgement': unawaited });
}

function modemText({ id, sentFrames, receivedFrames, airTimeMs, worstHourMs, lost }: ModemReport) {
  const percent = ((worstHourMs / HOUR_MS) * 100).toFixed(2);
  const losses = sum(lost) > 0 ? `; lost ${counts(lost)}` : '';
  const airTime = `${(airTimeMs / 1000).toFixed(1)} s on the air in the last hour`;
  return `${id}: sent ${sentFrames}, received ${receivedFrames}${losses}; ${airTime} (worst hour ${percent} %)`;
}

/** `3 asleep, 1 thrown out`; nothing of what there is none of. */
function counts(of: Record<string, number>): string {
  const some = Object.entries(of).filter(([, count]) => count > 0);
  if (some.length === 0) return 'none';
  return some.map(([name, count]) => `${count} ${words(name)}`).join(', ');
}

/** `thrownOut` as `thrown out`. */
const words = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const sum = (of: Record<string, number>): number =>
  Object.values(of).reduce((total, one) => total + one, 0);

/** `1:02:03` */
function clock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
