/**
 * Datagram in, publish out, with a real Mosquitto. The gateway and the bare pipe take turns under
 * the same load; what counts is the CPU time of their process per message that reached the broker.
 */
import mqtt, { type MqttClient } from 'mqtt';
import { Device } from './devices.js';
import { freePort, type Program, startBarePipe, startBroker, startGateway } from './process.js';
import { median, type Row } from './table.js';

const MESSAGES = 60_000;
const WARM_UP = 10_000;
const ROUNDS = 7;
/** Datagrams under way: enough to keep the program busy, few enough that no buffer overflows. */
const WINDOW = 100;
const TARGETS = { 0: 1.3, 1: 1.2 } as const;

export const benchPipe = (): Promise<Row[]> =>
  withBroker(async (brokerPort, observer) => {
    const rows: Row[] = [];
    for (const qos of [0, 1] as const) {
      for (const devices of [1, 1000]) rows.push(await compare(qos, devices, brokerPort, observer));
    }
    return rows;
  });

/** A real broker, and a client that hears all that arrives. */
export async function withBroker<Result>(
  use: (port: number, observer: MqttClient) => Promise<Result>,
): Promise<Result> {
  const port = await freePort();
  const broker = await startBroker(port);
  const observer = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  await observer.subscribeAsync('bench/#', { qos: 0 });
  const result = await use(port, observer);
  await observer.endAsync();
  await broker.stop();
  return result;
}

async function compare(
  qos: 0 | 1,
  count: number,
  brokerPort: number,
  observer: MqttClient,
): Promise<Row> {
  const gateway: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    gateway.push(
      await measure(qos, count, true, observer, (port) => startGateway(port, brokerPort)),
    );
    bare.push(
      await measure(qos, count, false, observer, (port) => startBarePipe(port, brokerPort, qos)),
    );
  }
  const ratio = median(gateway.map((value, round) => value / (bare[round] as number)));
  return {
    what: `QoS ${qos}, ${count.toLocaleString('en')} device${count === 1 ? '' : 's'}`,
    value: `${median(gateway).toFixed(1)} µs`,
    yardstick: `bare pipe ${median(bare).toFixed(1)} µs`,
    ratio,
    target: `<= ${TARGETS[qos]}`,
    met: ratio <= TARGETS[qos],
  };
}

/** CPU time per message, in microseconds. `start`: the program, with devices at that port of UDP. */
async function measure(
  qos: 0 | 1,
  count: number,
  isGateway: boolean,
  observer: MqttClient,
  start: (port: number) => Promise<Program>,
): Promise<number> {
  const port = await freePort();
  const program = await start(port);
  const devices: Device[] = [];
  for (let i = 0; i < count; i++) devices.push(await Device.start(port, i, isGateway));
  await load(devices, qos, WARM_UP, observer);
  const work = (): Promise<void> => load(devices, qos, MESSAGES, observer);
  const perMessage = await cpuOf(program, MESSAGES, work);
  for (const device of devices) device.stop();
  await program.stop();
  return perMessage;
}

/** CPU time per message, in microseconds. */
export async function cpuOf(
  program: Program,
  messages: number,
  work: () => Promise<void>,
): Promise<number> {
  const before = program.cpuMicroseconds();
  await work();
  return (program.cpuMicroseconds() - before) / messages;
}

/** Sends `total` messages, `WINDOW` under way at a time, and resolves when the last has arrived. */
export function load(
  devices: readonly Device[],
  qos: 0 | 1,
  total: number,
  observer: MqttClient,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let done = 0;
    let lastProgress = Date.now();
    const send = (): void => {
      if (sent < total) devices[sent++ % devices.length]?.publish(qos);
    };
    const onDone = (): void => {
      done++;
      lastProgress = Date.now();
      if (done === total) finish();
      else send();
    };
    const stalled = setInterval(() => {
      if (Date.now() - lastProgress < 10_000) return;
      finish(new Error(`stalled after ${done} of ${total} messages`));
    }, 1000);
    const finish = (error?: Error): void => {
      clearInterval(stalled);
      observer.off('message', onArrival);
      if (error) reject(error);
      else resolve();
    };
    const onArrival = (): void => {
      if (qos === 0) onDone();
    };
    observer.on('message', onArrival);
    for (const device of devices) device.onPuback(onDone);
    for (let i = 0; i < WINDOW; i++) send();
  });
}
