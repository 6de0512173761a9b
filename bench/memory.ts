/** Ten thousand devices that are connected, have a topic and say nothing. They speak through a forwarder: one socket, ten thousand node ids. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encapsulate } from '../src/codec/index.js';
import { connectFrame, registerFrame } from './frames.js';
import { freePort, startBroker, startGateway } from './process.js';
import type { Row } from './table.js';

const SESSIONS = 10_000;
const TARGET_BYTES = 150e6;
const MIB = 1024 * 1024;

export async function benchMemory(): Promise<Row[]> {
  const brokerPort = await freePort();
  const broker = await startBroker(brokerPort);
  const port = await freePort();
  const gateway = await startGateway(port, brokerPort);
  const empty = gateway.residentBytes();
  await connectAll(port);
  const full = gateway.residentBytes();
  await gateway.stop();
  await broker.stop();
  return [
    {
      what: `resident with ${SESSIONS.toLocaleString('en')} idle sessions`,
      value: `${(full / MIB).toFixed(0)} MiB`,
      yardstick: `empty gateway ${(empty / MIB).toFixed(0)} MiB`,
      ratio: full / empty,
      target: `< ${(TARGET_BYTES / 1e6).toFixed(0)} MB`,
      met: full < TARGET_BYTES,
    },
  ];
}

async function connectAll(port: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  for (let i = 0; i < SESSIONS; i++) {
    const node = Buffer.from([i >> 8, i & 255]);
    const clientId = `sensor-${i}`;
    await ask(connectFrame(clientId));
    await ask(registerFrame(`sensors/${clientId}/temperature`));
    async function ask(frame: Uint8Array): Promise<void> {
      socket.send(encapsulate(frame, node), port, '127.0.0.1');
      await once(socket, 'message');
    }
  }
  socket.close();
}
