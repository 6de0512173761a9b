/**
 * What it costs to be watched. All gateways live at once, at one broker, and are watched all the time; the same load goes to
 * one after the other, by short turns, so that whatever else the machine does meets all of them. They have a core of their own,
 * and the load and the broker another one. What counts is the CPU time of the process per message, over all turns: a scrape each
 * second is in some turns and not in others. What a start and the first looks cost is over before: it is paid once in a life of
 * months. Each life has its luck with the compiler, so there are several.
 */
import type { MqttClient } from 'mqtt';
import { keepToFirstCore, leaveFirstCore, useAllCores } from './cores.js';
import { Device } from './devices.js';
import { cpuOf, load, withBroker } from './pipe.js';
import { freePort, type Program, startGateway } from './process.js';
import { median, type Row } from './table.js';

const LIVES = 9;
const WARM_UP_TURNS = 6;
const TURNS = 12;
const MESSAGES = 5000;
const DEVICES = 100;
const LOOKED_EVERY_MS = 1000;

const WATCHES = [
  { what: 'HTTP on, nobody looks', paths: [], target: 0.95 },
  { what: 'metrics scraped each second', paths: ['/metrics'], target: 0.95 },
  { what: 'metrics and a capture', paths: ['/metrics', '/api/capture'], target: 0.8 },
  {
    what: 'metrics, a capture and a page',
    paths: ['/metrics', '/api/capture', '/api/events', '/api/devices'],
    target: 0.8,
  },
] as const;

interface Subject {
  program: Program;
  devices: readonly Device[];
}

export async function benchObservation(): Promise<Row[]> {
  leaveFirstCore(process.pid);
  try {
    return await withBroker(compare);
  } finally {
    useAllCores(process.pid);
  }
}

async function compare(brokerPort: number, observer: MqttClient): Promise<Row[]> {
  const lives: number[][] = [];
  for (let i = 0; i < LIVES; i++) lives.push(await costsOfLife(brokerPort, observer));
  return WATCHES.map(({ what, target }, i) => {
    const ratio = median(lives.map(([alone = 0, ...watched]) => alone / (watched[i] ?? 0)));
    return {
      what: `QoS 1, ${DEVICES} devices, ${what}`,
      value: `${median(lives.map(([, ...watched]) => watched[i] ?? 0)).toFixed(1)} µs`,
      yardstick: `no HTTP ${median(lives.map(([alone = 0]) => alone)).toFixed(1)} µs`,
      ratio,
      target: `>= ${target}`,
      met: ratio >= target,
    };
  });
}

/** CPU time per message, in microseconds: of the gateway without HTTP, then of each that is watched. */
async function costsOfLife(brokerPort: number, observer: MqttClient): Promise<number[]> {
  const end = new AbortController();
  const subjects = [await start(undefined, brokerPort, end.signal)];
  for (const { paths } of WATCHES) subjects.push(await start(paths, brokerPort, end.signal));
  const costs = subjects.map(() => 0);
  for (let turn = 0; turn < WARM_UP_TURNS + TURNS; turn++) {
    for (const [i, { program, devices }] of subjects.entries()) {
      const us = await cpuOf(program, MESSAGES, () => load(devices, 1, MESSAGES, observer));
      if (turn >= WARM_UP_TURNS) costs[i] = (costs[i] ?? 0) + us / TURNS;
    }
  }
  end.abort();
  for (const { program, devices } of subjects) {
    for (const device of devices) device.stop();
    await program.stop();
  }
  return costs;
}

/** `paths`: what is looked at; undefined: there is nothing to look at. */
async function start(
  paths: readonly string[] | undefined,
  brokerPort: number,
  signal: AbortSignal,
): Promise<Subject> {
  const port = await freePort();
  const httpPort = paths && (await freePort());
  const program = await startGateway(port, brokerPort, httpPort);
  keepToFirstCore(program.pid);
  const devices: Device[] = [];
  for (let i = 0; i < DEVICES; i++) devices.push(await Device.start(port, i, true));
  for (const path of paths ?? []) void look(`http://127.0.0.1:${httpPort}${path}`, signal);
  return { program, devices };
}

/** Reads again and again; what never ends is read on and on. */
async function look(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { body } = await fetch(url, { signal });
      for await (const _piece of body ?? []) if (signal.aborted) return;
    } catch {
      // The gateway has ended, or we have.
    }
    await new Promise((resolve) => setTimeout(resolve, LOOKED_EVERY_MS));
  }
}
