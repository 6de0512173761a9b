/** Connections of one address: it may not take the places of all others, a probe of the gateway's health among them. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes what is beyond `max` connections from one address at a time.
 * @param restMs for how long the place of one that has ended stays taken
 */
export function limitEachAddress(
  server: Server,
  max: number,
  restMs: (connection: Socket) => number,
): void {
  const counts = new Map<string, number>();
  const resting = new Set<NodeJS.Timeout>();
  const leave = (address: string): void => {
    const left = (counts.get(address) ?? 1) - 1;
    if (left > 0) counts.set(address, left);
    else counts.delete(address);
  };
  server.once('close', () => {
    for (const timer of resting) clearTimeout(timer);
  });
  server.on('connection', (socket) => {
    const { remoteAddress: address = '' } = socket;
    const count = (counts.get(address) ?? 0) + 1;
    if (count > max) {
      socket.destroy();
      return;
    }
    counts.set(address, count);
    socket.once('close', () => {
      const ms = restMs(socket);
      // Of a server that has stopped nobody wants a place.
      if (ms === 0 || !server.listening) return leave(address);
      const timer = setTimeout(() => {
        resting.delete(timer);
        leave(address);
      }, ms);
      resting.add(timer);
    });
  });
}
