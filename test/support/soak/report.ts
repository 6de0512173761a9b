/** What a soak test has come to: one line each minute, a summary for people, and everything as JSON. */
import { type Grower, type Growth, growthBreaches, growthOf, tellTrend } from './growth.js';
import type { Percentiles } from './latencies.js';
import type { Probe } from './probe.js';
import { RADIOS } from './radio-kinds.js';
import type { SoakWorld } from './world.js';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const VICTIMS = ['gateway', 'broker', 'dongle'] as const;

/** Air time of the modem of a link, as somebody beside it measures it. */
interface Air {
  link: string;
  sentFrames: number;
  worstHourMs: number;
  limitMs?: number;
}

export interface Minute {
  /** Since the traffic began. */
  minutes: number;
  upPerSec: number;
  downPerSec: number;
  residentBytes: number;
  heapBytes: number;
  journalBytes: number;
  files: number;
  handles: number;
  /** Of one core. */
  cpuShare: number;
  /** Of the process that makes the traffic. */
  ownCpuShare: number;
  loopDelayP99Ms: number;
  owed: number;
  latencies: Record<string, Percentiles>;
}

export interface Report {
  breaches: string[];
  breachCount: number;
  growth: Growth;
  latencies: Record<string, Percentiles>;
  air: Air[];
  messages: Record<string, number>;
  devices: Record<string, number>;
  faults: Record<(typeof VICTIMS)[number], number>;
  /** Of the gateway, over all its lives, without what is 0. */
  counters: Record<string, number>;
  minutes: Minute[];
  looks: Probe['looks'];
  insideLooks: Probe['insideLooks'];
}

/** CPU time is counted in hundredths of a second: over less than this it says nothing. */
const CPU_LOOK_MS_MIN = 1000;

/** Counters of which none may ever be more than 0. */
const NEVER = ['internal_errors_total', 'store_failures_total', 'store_records_skipped_total'];

/** Watches the rates from one minute to the next. */
export class Minutes {
  readonly all: Minute[] = [];
  private before = { at: performance.now(), up: 0, down: 0, own: process.cpuUsage() };
  private readonly begunAt = performance.now();

  constructor(
    private readonly world: SoakWorld,
    private readonly probe: Probe,
  ) {}

  next(): string {
    const { books, downlinks } = this.world;
    const now = {
      at: performance.now(),
      up: books.uplinkCount,
      down: downlinks.sentCount,
      own: process.cpuUsage(),
    };
    const seconds = (now.at - this.before.at) / 1000;
    const ownMicroseconds =
      now.own.user + now.own.system - this.before.own.user - this.before.own.system;
    const looks = this.probe.looks.filter(({ at }) => at >= this.before.at);
    const look = looks.at(-1);
    const inside = this.probe.insideLooks.at(-1);
    const minute: Minute = {
      minutes: (now.at - this.begunAt) / MINUTE_MS,
      upPerSec: (now.up - this.before.up) / seconds,
      downPerSec: (now.down - this.before.down) / seconds,
      residentBytes: look?.residentBytes ?? 0,
      heapBytes: inside?.heapBytes ?? 0,
      journalBytes: look?.journalBytes ?? 0,
      files: look?.files ?? 0,
      handles: inside?.handles ?? 0,
      cpuShare: cpuShareOf(looks),
      ownCpuShare: ownMicroseconds / 1e6 / seconds,
      loopDelayP99Ms: Math.max(0, ...looks.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
      owed: books.deliveries.owed,
      latencies: books.recent.percentiles(),
    };
    books.recent.clear();
    this.before = now;
    this.all.push(minute);
    return this.tell(minute);
  }

  private tell(minute: Minute): string {
    const { books } = this.world;
    const { faults, deliveries } = books;
    const delay = (group: string): string => tellLatency(minute.latencies[group]);
    return [
      `${minute.minutes.toFixed(1).padStart(5)} min`,
      `${minute.upPerSec.toFixed(0)} up and ${minute.downPerSec.toFixed(0)} down a second`,
      `UDP ${delay('UDP up')} up, ${delay('UDP down')} down`,
      `${percent(minute.cpuShare)} of a core (traffic ${percent(minute.ownCpuShare)})`,
      `loop ${minute.loopDelayP99Ms.toFixed(0)} ms`,
      `RSS ${mib(minute.residentBytes)}, heap ${mib(minute.heapBytes)}, journal ${mib(minute.journalBytes)} MiB`,
      `${minute.files} files, ${minute.handles} handles`,
      VICTIMS.map((victim) => `${faults.count(victim)} ${victim}`).join(' '),
      `${minute.owed} owed, ${deliveries.breachCount + books.wills.breaches.length} breaches`,
    ].join(' | ');
  }
}

/** To be called when everything has ended. */
export function reportOf(world: SoakWorld, probe: Probe, minutes: Minutes): Report {
  const { books, gateway, population, downlinks } = world;
  const { deliveries, wills, faults } = books;
  const counters = gateway.counters('mqttsn_gateway_');
  const growth = growthOf(probe.looks, probe.insideLooks, population.members.length);
  const air = RADIOS.map(({ link, limitMs }): Air => {
    const { sentFrames, worstHourMs } = world.field(link).transmissions;
    return { link, sentFrames, worstHourMs, ...(limitMs === undefined ? {} : { limitMs }) };
  });
  const thrownOut = population.count('thrownOut');
  const breaches = [
    ...world.failures,
    ...gateway.failures,
    ...deliveries.breaches,
    ...wills.breaches,
    ...growthBreaches(growth),
    ...airBreaches(air),
    ...counterBreaches(counters),
    ...(thrownOut > 0 ? [`devices were sent away ${thrownOut} times`] : []),
  ];
  return {
    breaches,
    breachCount: breaches.length - deliveries.breaches.length + deliveries.breachCount,
    growth,
    latencies: books.latencies.percentiles(),
    air,
    messages: {
      'from devices': books.uplinkCount,
      'to devices': downlinks.sentCount,
      arrived: deliveries.arrivedCount,
      'QoS 1, repeated': deliveries.repeatedCount,
      'QoS 0, lost': deliveries.lostQos0.all,
      'QoS 0, lost without a fault': deliveries.lostQos0.unexplained,
      'wills published': wills.seenCount,
    },
    devices: {
      repeats: population.count('repeats'),
      unanswered: population.count('unanswered'),
      refused: population.count('refusedCount'),
      malformed: population.count('malformed'),
      thrownOut,
      'datagrams lost in front of the gateway': probe.overflows,
    },
    faults: {
      gateway: faults.count('gateway'),
      broker: faults.count('broker'),
      dongle: faults.count('dongle'),
    },
    counters,
    minutes: minutes.all,
    looks: probe.looks,
    insideLooks: probe.insideLooks,
  };
}

export function airBreaches(air: readonly Air[]): string[] {
  return air
    .filter(({ worstHourMs, limitMs }) => limitMs !== undefined && worstHourMs > limitMs)
    .map(({ link, worstHourMs, limitMs }) => {
      return `link ${link}: ${worstHourMs.toFixed(0)} ms on the air in an hour that allows ${limitMs}`;
    });
}

export function counterBreaches(counters: Readonly<Record<string, number>>): string[] {
  return Object.entries(counters)
    .filter(([name, count]) => count > 0 && NEVER.some((never) => name.endsWith(never)))
    .map(([name, count]) => `${name} is ${count}`);
}

export function tellReport(report: Report): string {
  const { growth, latencies, air, messages, devices, faults, counters } = report;
  const reasons = Object.entries(counters)
    .filter(([name]) => /dropped_total|refused_requests|delivery_pauses/.test(name))
    .map(([name, count]) => `  ${name.replace('mqttsn_gateway_', '')} ${count}`);
  return [
    `messages: ${tellCounts(messages)}`,
    `faults: ${tellCounts(faults)}`,
    `devices: ${tellCounts(devices)}`,
    'latency of messages that met no fault, p50 / p95 / p99 / worst:',
    ...Object.entries(latencies).map(
      ([group, one]) => `  ${group}: ${tellPercentiles(one)} (${one.count})`,
    ),
    'growth in the last life of the gateway:',
    ...Object.entries(growth).map(
      ([grower, trend]) => `  ${grower}: ${tellTrend(grower as Grower, trend)}`,
    ),
    'on the air in the worst hour:',
    ...air.map(({ link, sentFrames, worstHourMs, limitMs }) => {
      const allowed = limitMs === undefined ? '' : ` of ${limitMs / 1000} s allowed`;
      return `  ${link}: ${(worstHourMs / 1000).toFixed(1)} s${allowed}, ${sentFrames} frames`;
    }),
    'dropped, refused, waited for:',
    ...(reasons.length > 0 ? reasons : ['  nothing']),
    report.breachCount === 0 ? 'no breaches' : `${report.breachCount} BREACHES`,
    ...report.breaches.map((breach) => `  ${breach}`),
  ].join('\n');
}

/** Over each pair of looks at the same process. */
function cpuShareOf(looks: readonly { at: number; life: number; cpuMs: number }[]): number {
  let busyMs = 0;
  let wallMs = 0;
  for (const [index, look] of looks.entries()) {
    const before = looks[index - 1];
    if (before?.life !== look.life || look.at - before.at < CPU_LOOK_MS_MIN) continue;
    busyMs += look.cpuMs - before.cpuMs;
    wallMs += look.at - before.at;
  }
  return wallMs === 0 ? 0 : busyMs / wallMs;
}

const tellCounts = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

const tellPercentiles = ({ p50Ms, p95Ms, p99Ms, maxMs }: Percentiles): string =>
  `${[p50Ms, p95Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)).join(' / ')} ms`;

const tellLatency = (one: Percentiles | undefined): string =>
  one === undefined ? '-' : `${one.p50Ms.toFixed(1)}/${one.p99Ms.toFixed(0)} ms`;

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
