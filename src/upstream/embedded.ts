/**
 * A small broker inside the process, for first contact and sites without network: MQTT 3.1.1, all in
 * memory. The gateway uses it over TCP like any other broker.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Aedes } from 'aedes';
import type { UpstreamLog } from './options.js';

export class EmbeddedBroker {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #aedes: Aedes | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly log: UpstreamLog,
  ) {}

  /** Resolves with the address for the gateway's own connections. Rejects when it cannot listen, saying why. */
  async start(): Promise<string> {
    // Most gateways have a broker elsewhere: they start sooner without this one.
    const { Aedes } = await import('aedes');
    const aedes = await Aedes.createBroker();
    const server = createServer((socket) => this.#accept(aedes, socket));
    this.#aedes = aedes;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        aedes.close();
        reject(new Error(this.#explain(error), { cause: error }));
      });
      server.listen(this.port, this.host, resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : this.port;
    this.log.info(
      { code: 'EMBEDDED_BROKER_LISTENS', host: this.host, port },
      `embedded broker listens on ${this.host}:${port}`,
    );
    return `mqtt://${loopbackOf(this.host)}:${port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.#aedes?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(aedes: Aedes, socket: Socket): void {
    // As the gateway does at its end: no message waits for the TCP acknowledgement of another one.
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) =>
      this.log.debug(
        { code: 'EMBEDDED_BROKER_SOCKET', error: error.message },
        'embedded broker: a client has gone',
      ),
    );
    aedes.handle(socket);
  }

  #explain(error: NodeJS.ErrnoException): string {
    const where = `the embedded broker cannot listen on ${this.host}:${this.port}`;
    switch (error.code) {
      case 'EADDRINUSE':
        return (
          `${where}: another program uses the port (perhaps Mosquitto). Stop it, choose another ` +
          'mqtt.embedded.port, or set mqtt.server to that broker.'
        );
      case 'EACCES':
        return `${where}: ports below 1024 need privileges. Choose another mqtt.embedded.port.`;
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        return `${where}: this machine has no such address. Correct mqtt.embedded.host.`;
      default:
        return `${where}: ${error.message}`;
    }
  }
}

/** How to reach a listener of ours from within. */
function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
