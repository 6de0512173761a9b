/**
 * Eight serial ports at 115200 baud that are never idle, through real ptys: what the gateway's links cost
 * from the port to the datagram, beside `serialport` alone, which reads the same octets at the same time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SERIAL_KINDS } from './serial-kinds.js';
import {
  type FeederOrder,
  type FeederReport,
  Helper,
  type PortPlan,
  type ReaderOrder,
  type ReaderReport,
} from './serial-processes.js';
import { median, type Row } from './table.js';

/** The latency timer of FTDI's chips, and of others nearly: 184 octets at a time. */
const USB_LATENCY_MS = 16;
/** The same timer once low latency was asked for, as for modems that are deaf meanwhile: 11 octets at a time. For comparison, most ports are not like that. */
const LOW_LATENCY_MS = 1;
/** A gateway runs for months: what counts is code that has been compiled. So it first runs faster for a while. */
const WARM_UP = { ms: 2500, speed: 4 };
const ROUND_MS = 500;
const ROUNDS = 5;
/** Until what was fed last has been read. */
const DRAIN_MS = 200;

const PORTS = 8;
const TARGET_SHARE = 0.25;

const MIX = [
  'raw',
  'slip',
  'xbee, API mode 2',
  'ebyte-fixed, forwarder header',
  'rn2483, RadioHead',
  'rui3, RadioHead',
  'rylr, hex',
  'aquila',
];

interface Cost {
  /** Of CPU, for each octet. */
  ns: number;
  /** Of one core. */
  share: number;
  /** How many octets came at a time. */
  chunkBytes: number;
}

interface Round {
  gateway: Cost;
  bare: Cost;
}

type Comparison = Round & { ratio: number };

type Feeder = Helper<FeederOrder, FeederReport>;
type Reader = Helper<ReaderOrder, ReaderReport>;
type Readers = Record<keyof Round, Reader>;

export async function benchSerial(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, frame } of SERIAL_KINDS) {
    const ports = Array.from({ length: PORTS }, () => name);
    const comparison = await compare(ports, USB_LATENCY_MS);
    const frameUs = (comparison.gateway.ns * frame.length) / 1000;
    const what = `${name}, frame of ${frame.length} octets: ${frameUs.toFixed(0)} µs`;
    rows.push(rowOf(what, comparison));
  }
  for (const everyMs of [USB_LATENCY_MS, LOW_LATENCY_MS]) {
    const comparison = await compare(MIX, everyMs);
    const chunkBytes = comparison.gateway.chunkBytes.toFixed(0);
    const row = rowOf(`${PORTS} kinds, ${chunkBytes} octets at a time`, comparison);
    rows.push(everyMs === USB_LATENCY_MS ? row : { ...row, target: '-', met: true });
  }
  return rows;
}

function rowOf(what: string, { gateway, bare, ratio }: Comparison): Row {
  const text = ({ ns, share }: Cost): string =>
    `${(100 * share).toFixed(1)} % of a core, ${ns.toFixed(0)} ns per octet`;
  return {
    what,
    value: text(gateway),
    yardstick: `serialport alone ${text(bare)}`,
    ratio,
    target: `< ${100 * TARGET_SHARE} %`,
    met: gateway.share < TARGET_SHARE,
  };
}

async function compare(kinds: readonly string[], everyMs: number): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-serial-'));
  const plan = (reader: string): PortPlan[] =>
    kinds.map((kind, index) => ({ kind, path: join(folder, `${reader}${index}`) }));
  const feeder: Feeder = new Helper('serial-feeder.js');
  const readers: Readers = {
    gateway: new Helper('serial-reader.js'),
    bare: new Helper('serial-reader.js'),
  };
  const rounds: Round[] = [];
  try {
    const [linked, bare] = [plan('gateway'), plan('bare')];
    await feeder.ask({ order: 'open', ports: [...linked, ...bare] });
    await readers.gateway.ask({ order: 'open', reader: 'gateway', ports: linked });
    await readers.bare.ask({ order: 'open', reader: 'bare', ports: bare });
    await feeder.ask({ order: 'feed', everyMs: everyMs / WARM_UP.speed, speed: WARM_UP.speed });
    await pause(WARM_UP.ms);
    await feeder.ask({ order: 'feed', everyMs, speed: 1 });
    await pause(DRAIN_MS);
    while (rounds.length < ROUNDS) rounds.push(await measure(readers));
    await demandAll(kinds, feeder, readers.gateway);
  } finally {
    // The feeder first: nobody writes to ports that are closed.
    for (const helper of [feeder, readers.gateway, readers.bare]) await helper.stop();
    rmSync(folder, { recursive: true });
  }
  return {
    gateway: medianOf(rounds.map((round) => round.gateway)),
    bare: medianOf(rounds.map((round) => round.bare)),
    ratio: median(rounds.map((round) => round.gateway.ns / round.bare.ns)),
  };
}

/** A figure would mean nothing if the links had not read everything. */
async function demandAll(kinds: readonly string[], feeder: Feeder, reader: Reader): Promise<void> {
  const { frames = [] } = await feeder.ask({ order: 'stop' });
  await pause(DRAIN_MS);
  const { ports } = await reader.ask({ order: 'report' });
  for (const [index, { datagrams }] of ports.entries()) {
    if (datagrams !== frames[index]) {
      throw new Error(`${kinds[index]}: ${datagrams} datagrams of ${frames[index]} frames`);
    }
  }
}

async function measure({ gateway, bare }: Readers): Promise<Round> {
  const report = (): Promise<[ReaderReport, ReaderReport]> =>
    Promise.all([gateway.ask({ order: 'report' }), bare.ask({ order: 'report' })]);
  const begin = performance.now();
  const before = await report();
  await pause(ROUND_MS);
  const after = await report();
  const ms = performance.now() - begin;
  return { gateway: costOf(before[0], after[0], ms), bare: costOf(before[1], after[1], ms) };
}

function costOf(before: ReaderReport, after: ReaderReport, ms: number): Cost {
  const total = (report: ReaderReport, of: 'octets' | 'chunks'): number =>
    report.ports.reduce((sum, port) => sum + port[of], 0);
  const cpuUs = after.cpuUs - before.cpuUs;
  const octets = total(after, 'octets') - total(before, 'octets');
  const chunks = total(after, 'chunks') - total(before, 'chunks');
  return { ns: (cpuUs * 1000) / octets, share: cpuUs / (1000 * ms), chunkBytes: octets / chunks };
}

const medianOf = (costs: readonly Cost[]): Cost => ({
  ns: median(costs.map(({ ns }) => ns)),
  share: median(costs.map(({ share }) => share)),
  chunkBytes: median(costs.map(({ chunkBytes }) => chunkBytes)),
});
