/** Runs a scene in real time, beside a gateway that takes it for the world. */
import { UdpPort } from './devices/udp-port.js';
import type { VirtualModem } from './modems/index.js';
import { openPty } from './ports/pty.js';
import { openTcp } from './ports/tcp.js';
import { Random } from './random.js';
import { RealTimeline } from './real-timeline.js';
import { reportOf, reportText } from './report.js';
import { readScene } from './scene/read.js';
import type { ModemPlan, Scene } from './scene/schema.js';
import { type ModemPort, Simulation } from './simulation.js';
import type { Timeline } from './timeline.js';

export interface RunOptions {
  /** The scene, as YAML. */
  text: string;
  /** What errors call it. */
  file: string;
  /** In place of the scene's. */
  seed?: number | undefined;
  /** Ends by itself after so many minutes of the scene. */
  minutes?: number | undefined;
  /** Minutes of the scene in one of the machine. */
  speed: number;
  /** One JSON object per line, in place of text. */
  json: boolean;
  print: (line: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** From one summary to the next, in the machine's time. */
const REPORT_MS = 10_000;
const MINUTE_MS = 60_000;

/** Returns what is wrong with the scene, line by line; nothing is started then. Rejects when a port cannot be opened. */
export async function run(options: RunOptions): Promise<readonly string[]> {
  const { scene, errors } = readScene(options.text, options.file);
  if (scene === undefined) return errors;
  const timeline = new RealTimeline(options.speed);
  try {
    await play(scene, timeline, options);
  } finally {
    timeline.stop();
  }
  return [];
}

async function play(scene: Scene, timeline: Timeline, options: RunOptions): Promise<void> {
  const { seed = scene.seed, print, json } = options;
  const tell = (line: string): void => {
    const seconds = Math.round(timeline.now() / 1000);
    print(json ? JSON.stringify({ seconds, event: line }) : `* ${line}`);
  };
  const lines = new Random(seed).branch('lines');
  const simulation = new Simulation(scene, {
    timeline,
    seed,
    tell,
    openPort: async (modem, plan) => {
      const { port, place } = await openPort(modem, plan, timeline, lines.branch(plan.id));
      tell(`${plan.id} (${plan.dialect}) at ${place}`);
      return port;
    },
    openUdp: (gateway) => UdpPort.open(gateway, (error) => tell(error.message)),
  });
  const report = (): void => {
    const now = reportOf(simulation);
    print(json ? JSON.stringify(now) : reportText(now));
  };
  try {
    await simulation.start();
    await untilTheEnd(timeline, options, report);
    report();
  } finally {
    await simulation.stop();
  }
}

function untilTheEnd(
  timeline: Timeline,
  { signal, minutes, speed }: RunOptions,
  report: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (minutes !== undefined) timeline.at(minutes * MINUTE_MS, resolve);
    const again = (): void => {
      report();
      timeline.at(timeline.now() + REPORT_MS * speed, again);
    };
    timeline.at(timeline.now() + REPORT_MS * speed, again);
  });
}

/** Also gives where a gateway finds it. */
async function openPort(
  modem: VirtualModem,
  { port: { pty, stable, tcp }, baudrate }: ModemPlan,
  timeline: Timeline,
  random: Random,
): Promise<{ port: ModemPort; place: string }> {
  const line = { timeline, random, baudRate: baudrate };
  if (tcp !== undefined) {
    const port = await openTcp(modem, { ...line, ...tcp });
    return { port, place: `tcp://${tcp.host}:${port.port}` };
  }
  const path = pty ?? '';
  const names = { path, ...(stable === undefined ? {} : { stablePath: stable }) };
  return { port: await openPty(modem, { ...line, ...names }), place: stable ?? path };
}
