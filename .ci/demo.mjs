/**
 * `npm run demo`: the gateway with a broker of its own, and a field of sleeping sensors behind a virtual
 * LoRa modem that it opens like a real one. The gateway is a process of its own; the field is in this one,
 * which ends both. `npm run demo -- --config FILE --scene FILE` runs others.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { summaryText } from './demo-summary.mjs';
import { ensureBuild, ensurePackages, prepare, root } from './prepare.mjs';

const SUMMARY_MS = 5000;
const COMMAND_MS = 4000;
/** The gateway promises to end in five seconds. */
const STOP_MS = 6000;

const TOPICS = 'field/+/temperature';
/** @param {string} device */
const commandTopic = (device) => `field/${device}/set`;

/** Aborted when it is to end: by a signal, by the reader of our output, or because the gateway has ended. */
const end = new AbortController();
/** @type {(() => unknown)[]} what is to be done at the end, the latest first */
const cleanup = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end.abort());
process.stdout.on('error', () => end.abort());

prepare(ensurePackages, ensureBuild);
try {
  await demo();
} catch (error) {
  if (!end.signal.aborted) process.exitCode = 1;
  if (process.exitCode) console.error(error instanceof Error ? error.message : error);
} finally {
  for (const undo of cleanup.reverse()) await undo();
}

async function demo() {
  const { config, scene } = parseArgs({
    options: {
      config: { type: 'string', short: 'c', default: join(root, 'config/demo.yaml') },
      scene: { type: 'string', default: join(root, 'config/scenes/demo.yaml') },
    },
  }).values;
  // The field first: the gateway finds its modem at once.
  const field = await startField(scene);
  const ready = await startGateway(config);
  const broker = await connect(/mqtt:\/\/[^ ]+/.exec(ready)?.[0] ?? '');
  const page = /http:\/\/[^ ,]+/.exec(ready)?.[0];
  console.log(introduction(ready, broker.url, page));
  const commands = setInterval(() => broker.command(), COMMAND_MS);
  cleanup.push(() => clearInterval(commands));
  const summary = async () =>
    console.log(`\n${summaryText(field.report(), broker.seen, await airOf(page))}`);
  while (!end.signal.aborted) {
    await delay(SUMMARY_MS, undefined, { signal: end.signal }).catch(() => {});
    await summary();
  }
}

/**
 * @param {string} ready
 * @param {string} brokerUrl
 * @param {string | undefined} page
 */
function introduction(ready, brokerUrl, page) {
  const { hostname, port } = new URL(brokerUrl);
  const at = `-h ${hostname} -p ${port}`;
  return [
    `\ngateway ${ready}`,
    '\nTwenty sensors sleep in a field. Each wakes up every 40 seconds, reports or asks for its commands by LoRa,',
    'and sleeps again; the module that the gateway talks to is simulated octet by octet, and so is the air.',
    ...(page === undefined ? [] : [`\nIn a browser: ${page}`]),
    '\nIn another terminal:',
    `  mosquitto_sub ${at} -t 'field/#' -v`,
    `  mosquitto_pub ${at} -t ${commandTopic('soil-07')} -m 'interval 60' -q 1`,
    "  node dist/main.js sub -t 'field/#' -v        (the same, as an MQTT-SN device)",
    ...(page === undefined ? [] : [`  curl -s ${page}metrics | grep _air_`]),
    '\nCtrl-C ends it.',
  ].join('\n');
}

/**
 * Plays a scene whose modems are behind TCP, which needs no program to make a serial port of it.
 * @param {string} file
 */
async function startField(file) {
  const { readScene } = /** @type {typeof import('../firmware-sim/scene/read.js')} */ (
    await simulator('scene/read.js')
  );
  const { Simulation } = /** @type {typeof import('../firmware-sim/simulation.js')} */ (
    await simulator('simulation.js')
  );
  const { RealTimeline } = /** @type {typeof import('../firmware-sim/real-timeline.js')} */ (
    await simulator('real-timeline.js')
  );
  const { Random } = /** @type {typeof import('../firmware-sim/random.js')} */ (
    await simulator('random.js')
  );
  const { openTcp } = /** @type {typeof import('../firmware-sim/ports/tcp.js')} */ (
    await simulator('ports/tcp.js')
  );
  const { reportOf } = /** @type {typeof import('../firmware-sim/report.js')} */ (
    await simulator('report.js')
  );

  const { scene, errors } = readScene(readFileSync(file, 'utf8'), file);
  if (scene === undefined) throw new Error(errors.join('\n'));
  const timeline = new RealTimeline();
  const lines = new Random(scene.seed).branch('lines');
  const simulation = new Simulation(scene, {
    timeline,
    tell: (event) => console.log(`* ${event}`),
    openPort: async (modem, { id, baudrate, port: { tcp } }) => {
      if (tcp === undefined) throw new Error(`${file}: modem ${id} is not at a TCP port`);
      const line = { timeline, random: lines.branch(id), baudRate: baudrate };
      return openTcp(modem, { ...line, ...tcp }).catch((error) => {
        throw portProblem(file, tcp, /** @type {NodeJS.ErrnoException} */ (error));
      });
    },
  });
  cleanup.push(async () => {
    timeline.stop();
    await simulation.stop();
  });
  await simulation.start();
  return { report: () => reportOf(simulation) };
}

/** @param {string} path below firmware-sim */
function simulator(path) {
  return import(pathToFileURL(join(root, 'dist/firmware-sim', path)).href);
}

/**
 * @param {string} file
 * @param {{ host: string, port: number }} address
 * @param {NodeJS.ErrnoException} error
 */
function portProblem(file, { host, port }, { code, message }) {
  if (code !== 'EADDRINUSE')
    return new Error(`the modem cannot listen at ${host}:${port}: ${message}`);
  return new Error(
    `the modem's port ${host}:${port} is in use, perhaps by another demo: end that, or change it in ${file} and in the configuration`,
  );
}

/**
 * Returns its `ready` line.
 * @param {string} config
 */
async function startGateway(config) {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-demo-'));
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
  const gateway = spawn(process.execPath, [join(root, 'dist/main.js'), 'run', '-c', config], {
    env: { ...process.env, MQTTSN_STORE_PATH: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(gateway, 'exit');
  // Whatever ends us: it must not stay behind.
  process.on('exit', () => gateway.kill('SIGKILL'));
  cleanup.push(async () => {
    gateway.kill();
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
  });
  for await (const line of createInterface({ input: gateway.stdout })) {
    if (!line.startsWith('ready: ')) continue;
    void ended.then(([code]) => {
      if (!end.signal.aborted) fail(`the gateway has ended (exit code ${code})`);
    });
    return line;
  }
  throw new Error('the gateway has not started; above it says why');
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exitCode = 1;
  end.abort();
}

/**
 * Looks on at the broker, and gives commands.
 * @param {string} url
 */
async function connect(url) {
  const { connectAsync } = await import('mqtt');
  const client = await connectAsync(url);
  cleanup.push(() => client.endAsync(true));
  client.on('error', () => {});
  /** @type {Map<string, string>} */
  const values = new Map();
  const seen = { messages: 0, commands: 0, values };
  client.on('message', (topic, payload) => {
    const [, device = ''] = topic.split('/');
    const [, celsius] = payload.toString().split(' ');
    seen.messages += 1;
    values.delete(device);
    values.set(device, `${celsius} °C`);
  });
  await client.subscribeAsync(TOPICS, { qos: 1 });
  return {
    url,
    seen,
    /** To one of those who have been heard: they have asked for commands before. */
    command() {
      const devices = [...values.keys()];
      const device = devices[Math.floor(Math.random() * devices.length)];
      if (device === undefined) return;
      seen.commands += 1;
      client.publish(commandTopic(device), `interval ${seen.commands}`, { qos: 1 });
    },
  };
}

/**
 * From the gateway's metrics; undefined when it does not answer.
 * @param {string | undefined} page
 */
async function airOf(page) {
  if (page === undefined) return undefined;
  try {
    const text = await (await fetch(`${page}metrics`)).text();
    /** @param {string} name */
    const sum = (name) =>
      [...text.matchAll(new RegExp(`^mqttsn_gateway_${name}\\{.*\\} (.*)$`, 'gm'))]
        .map(([, value]) => Number(value))
        .reduce((total, value) => total + value, 0);
    return {
      usedSec: sum('air_time_used_seconds'),
      assumedSec: sum('air_time_assumed_seconds'),
      allowedSec: sum('air_time_allowed_seconds'),
      queuedFrames: sum('air_queued_frames'),
    };
  } catch {
    return undefined;
  }
}
