/** The HTTP server on a free port, in front of a gateway that a test pretends. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { BOUNDS, type Bounds } from '../../../src/http/limits.js';
import { type HttpOptions, HttpServer } from '../../../src/http/server.js';
import type { Unready } from '../../../src/gateway/gateway.js';
import { Cleanup } from '../../support/cleanup.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export class Rig {
  readonly server: HttpServer;
  readonly warnings: unknown[] = [];
  private readonly cleanup = new Cleanup();

  private constructor(
    readonly host: string,
    private readonly options: Partial<HttpOptions>,
    private readonly bounds: Partial<Bounds>,
    readonly gateway: WatchedGateway,
  ) {
    this.server = this.create();
  }

  static async start(
    options: Partial<HttpOptions> = {},
    bounds: Partial<Bounds> = {},
    gateway = new WatchedGateway(),
  ): Promise<Rig> {
    const rig = new Rig(options.listen?.host ?? '127.0.0.1', options, bounds, gateway);
    await rig.server.start();
    return rig;
  }

  get counters(): WatchedGateway['counters'] {
    return this.gateway.counters;
  }

  get bugs(): readonly unknown[] {
    return this.gateway.bugs;
  }

  set reasons(reasons: Unready[]) {
    this.gateway.reasons = reasons;
  }

  set captured(captured: WatchedGateway['captured']) {
    this.gateway.captured = captured;
  }

  /** Not through fetch, which lets nobody choose the Host. */
  async ask(path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> {
    const asked = request({
      host: this.reachableHost,
      port: this.server.port,
      path,
      method,
      headers,
      agent: false,
    });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await once(answer, 'end');
    return { status: answer.statusCode ?? 0, headers: answer.headers, text };
  }

  /** A connection on which a test writes what it likes. */
  async connection(localAddress?: string): Promise<RawConnection> {
    const host = this.reachableHost;
    const socket = connect({ port: this.server.port, host, ...(localAddress && { localAddress }) });
    this.cleanup.add(socket, (one) => one.destroy());
    const raw = new RawConnection(socket);
    await once(socket, 'connect');
    return raw;
  }

  readonly stop = async (): Promise<void> => {
    await this.cleanup.run();
    await this.server.stop();
  };

  private get reachableHost(): string {
    return this.host === '0.0.0.0' ? '127.0.0.1' : this.host;
  }

  private create(): HttpServer {
    return new HttpServer(
      { listen: { host: this.host, port: 0 }, version: '1.2.3', devicesMax: 9, ...this.options },
      this.gateway,
      { warn: (...line: unknown[]) => this.warnings.push(line) },
      // Who wants to see how late a wrong token is answered says so.
      { ...BOUNDS, wrongTokenDelayMs: 0, ...this.bounds },
    );
  }
}

export class RawConnection {
  text = '';
  isClosed = false;
  readonly closed: Promise<void>;

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
    });
    // A reset is an end, too.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }
}
