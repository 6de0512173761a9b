/**
 * What it costs to be watched: the same load with nobody watching, with metrics scraped each second, and with a
 * capture and what a page asks for read at the same time. What counts is the CPU time of the gateway's process per message.
 */
import type { MqttClient } from 'mqtt';
import { measure, withBroker } from './pipe.js';
import { freePort, type Program, startGateway } from './process.js';
import { median, type Row } from './table.js';

const ROUNDS = 5;
const DEVICES = 100;
const SCRAPED_EVERY_MS = 1000;

const WATCHES = [
  { what: 'metrics scraped each second', paths: ['/metrics'], target: 0.95 },
  { what: 'metrics and a capture', paths: ['/metrics', '/api/capture'], target: 0.8 },
  {
    what: 'metrics, a capture and a page',
    paths: ['/metrics', '/api/capture', '/api/events', '/api/devices'],
    target: 0.8,
  },
] as const;

type Watch = (typeof WATCHES)[number];

export const benchObservation = (): Promise<Row[]> =>
  withBroker(async (brokerPort, observer) => {
    const alone: number[] = [];
    const watched = WATCHES.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await measureWatched(undefined, brokerPort, observer));
      for (const [i, watch] of WATCHES.entries()) {
        watched[i]?.push(await measureWatched(watch, brokerPort, observer));
      }
    }
    return WATCHES.map(({ what, target }, i) => {
      const costs = watched[i] ?? [];
      const ratio = median(costs.map((cost, round) => (alone[round] ?? 0) / cost));
      return {
        what: `QoS 1, ${DEVICES} devices, ${what}`,
        value: `${median(costs).toFixed(1)} µs`,
        yardstick: `nobody watches ${median(alone).toFixed(1)} µs`,
        ratio,
        target: `>= ${target}`,
        met: ratio >= target,
      };
    });
  });

async function measureWatched(
  watch: Watch | undefined,
  brokerPort: number,
  observer: MqttClient,
): Promise<number> {
  const end = new AbortController();
  const start = async (port: number): Promise<Program> => {
    if (watch === undefined) return startGateway(port, brokerPort);
    const httpPort = await freePort();
    const program = await startGateway(port, brokerPort, httpPort);
    for (const path of watch.paths) void look(`http://127.0.0.1:${httpPort}${path}`, end.signal);
    return program;
  };
  try {
    return await measure(1, DEVICES, true, observer, start);
  } finally {
    end.abort();
  }
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
    await new Promise((resolve) => setTimeout(resolve, SCRAPED_EVERY_MS));
  }
}
