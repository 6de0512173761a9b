import { createSocket } from 'node:dgram';

/** Outside of what systems give to sockets that ask for any port, so that no other test gets it meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** A UDP port that nobody listens on, for those who need to know it beforehand. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false)).bind(port, () => resolve(true));
    });
    await new Promise<void>((closed) => socket.close(closed));
    if (isFree) return port;
  }
}
