/**
 * Ports for those who need to know them beforehand. They lie outside of what systems give to sockets that ask
 * for any port, and each process has some of its own, so that nobody else gets one meanwhile.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const FIRST_PORT = 20_000;
const PROCESSES = 400;
const PORTS_EACH = 25;

let latest = 0;

function nextPort(): number {
  latest = (latest + 1) % PORTS_EACH;
  return FIRST_PORT + (process.pid % PROCESSES) * PORTS_EACH + latest;
}

/** A UDP port that nobody listens on. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = nextPort();
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false)).bind(port, () => resolve(true));
    });
    await new Promise<void>((closed) => socket.close(closed));
    if (isFree) return port;
  }
}

/** A TCP port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort();
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise<void>((closed) => server.close(() => closed()));
    if (isFree) return port;
  }
}
