/**
 * The HTTP server: metrics and health for programs that watch over the gateway, and for people a page and its API.
 * Loaded only when the configuration asks for it.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { isLoopback, type ListenAddress, listenAddressText } from '../config/values.js';
import type { Logger } from '../observe/logger.js';
import { Events } from './api/events.js';
import { createHandlers } from './api/handlers.js';
import { Rates } from './api/rates.js';
import type { Overview } from './api/schema/overview.js';
import { overviewView } from './api/views/overview.js';
import { createApp } from './app.js';
import { limitEachAddress } from './crowd.js';
import { BOUNDS } from './limits.js';
import { LateAnswers } from './login/late-answers.js';
import { Login } from './login/login.js';
import { metricsText } from './metrics/index.js';
import type { Watched } from './observed.js';
import { listenProblem } from './problems.js';

export interface HttpOptions {
  listen: ListenAddress;
  /** What requests must carry; required where other machines reach the server (see src/config). */
  token?: string | undefined;
  /** Of the gateway. */
  version: string;
  /** So many devices have metrics of their own. */
  devicesMax: number;
  /** Where the build has left the files of the page; undefined: there is no page. */
  pageFolder?: string | undefined;
}

export class HttpServer {
  private server: Server | undefined;
  private readonly rates: Rates;
  private readonly events: Events;
  private readonly overview: () => Overview;

  constructor(
    private readonly options: HttpOptions,
    private readonly gateway: Watched,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly bounds = BOUNDS,
  ) {
    this.rates = new Rates(gateway.counters);
    const run = { version: options.version, startedAtMs: gateway.nowMs() };
    this.overview = () => overviewView(gateway, this.rates, run);
    this.events = new Events(gateway, this.overview);
  }

  /** The port in use: the configured one, or what the system chose for 0. */
  get port(): number {
    return (
      (this.server?.address() as AddressInfo | null | undefined)?.port ?? this.options.listen.port
    );
  }

  /** For the `ready` line. */
  describe(): string {
    const { host } = this.options.listen;
    return `page http://${listenAddressText({ host, port: this.port })}/`;
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
    this.rates.start();
    server.on('error', ({ message }) =>
      this.log.warn({ code: 'HTTP_SOCKET_ERROR' }, `the HTTP server: ${message}`),
    );
  }

  /** At once, whoever is connected. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    this.rates.stop();
    this.events.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  private create(): Server {
    const { options, gateway, overview, events, bounds } = this;
    const { version, token, listen, devicesMax } = options;
    const late = new LateAnswers(bounds.wrongTokenDelayMs);
    const login = new Login(token, late);
    const app = createApp({
      isLocal: isLoopback(listen.host),
      login,
      metrics: () => metricsText(gateway, version, devicesMax),
      handlers: createHandlers({
        gateway,
        login,
        events,
        overview,
        version,
        onUnreadCapture: () =>
          this.log.warn(
            { code: 'CAPTURE_UNREAD' },
            'a capture was ended because nobody took what it sent',
          ),
      }),
      pageFolder: options.pageFolder,
      unready: () => gateway.unready(),
      onBug: (error) => gateway.reportBug(error),
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
    limitEachAddress(server, bounds.connectionsPerAddressMax, (socket) => late.restMs(socket));
    server.setTimeout(bounds.silenceMaxMs);
    return server;
  }
}
