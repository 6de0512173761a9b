/** Listens once, to see whether the HTTP server could. */
import { createServer } from 'node:net';
import { type ListenAddress, listenAddressText } from '../config/values.js';
import { listenProblem } from './problems.js';

/** A message for people; undefined: it can. */
export function tryListen(listen: ListenAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(listenProblem(listenAddressText(listen), error)));
    server.listen(listen.port, listen.host, () => server.close(() => resolve(undefined)));
  });
}
