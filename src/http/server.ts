/**
 * The HTTP server: metrics, health and captures, for programs that watch over the gateway. It reads and changes
 * nothing. Loaded only when the configuration asks for it.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { isLoopback, type ListenAddress, listenAddressText } from '../config/values.js';
import type { Logger } from '../observe/logger.js';
import { createApp } from './app.js';
import type { Captured } from './captures.js';
import { BOUNDS } from './limits.js';
import { type Measured, metricsText } from './metrics/index.js';
import { listenProblem } from './problems.js';

export interface HttpOptions {
  listen: ListenAddress;
  /** What requests must carry; required where other machines reach the server (see src/config). */
  token?: string | undefined;
  /** Of the gateway. */
  version: string;
}

/** What the server tells of. */
export interface Observed extends Measured, Captured {
  /** Why the gateway should not be relied on now, as stable codes; none: it may be. */
  unready(): readonly string[];
  reportBug(error: unknown): void;
}

export class HttpServer {
  private server: Server | undefined;

  constructor(
    private readonly options: HttpOptions,
    private readonly observed: Observed,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly bounds = BOUNDS,
  ) {}

  /** The port in use: the configured one, or what the system chose for 0. */
  get port(): number {
    return (
      (this.server?.address() as AddressInfo | null | undefined)?.port ?? this.options.listen.port
    );
  }

  /** For the `ready` line. */
  describe(): string {
    const { host } = this.options.listen;
    return `metrics http://${listenAddressText({ host, port: this.port })}/metrics`;
  }

  /** Resolves when requests are answered; rejects with a message for people when they never will be. */
  async start(): Promise<void> {
    const { listen } = this.options;
    const server = this.create();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(listen.port, listen.host, resolve);
      });
    } catch (error) {
      const address = listenAddressText(listen);
      throw new Error(listenProblem(address, error as NodeJS.ErrnoException), { cause: error });
    }
    this.server = server;
    server.on('error', ({ message }) =>
      this.log.warn({ code: 'HTTP_SOCKET_ERROR' }, `the HTTP server: ${message}`),
    );
  }

  /** At once, whoever is connected. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  private create(): Server {
    const { options, observed, bounds } = this;
    const app = createApp({
      isLocal: isLoopback(options.listen.host),
      token: options.token,
      metrics: () => metricsText(observed, options.version),
      captured: observed,
      version: options.version,
      unready: () => observed.unready(),
      onBug: (error) => observed.reportBug(error),
    });
    const server = createAdaptorServer({
      fetch: app.fetch,
      // Request and Response of Node stay what they are for everybody else.
      overrideGlobalObjects: false,
      createServer,
      serverOptions: {
        maxHeaderSize: bounds.headBytesMax,
        headersTimeout: bounds.headTimeoutMs,
        requestTimeout: bounds.requestTimeoutMs,
        connectionsCheckingInterval: bounds.latenessCheckMs,
      },
    }) as Server;
    server.maxConnections = bounds.connectionsMax;
    server.setTimeout(bounds.silenceMaxMs);
    return server;
  }
}
