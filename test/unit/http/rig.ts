/** The HTTP server on a free port, in front of a gateway that a test pretends. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Captured } from '../../../src/http/captures.js';
import { BOUNDS, type Bounds } from '../../../src/http/limits.js';
import { type HttpOptions, HttpServer } from '../../../src/http/server.js';
import { Counters } from '../../../src/observe/counters.js';
import { Durations } from '../../../src/observe/durations.js';
import { Cleanup } from '../../support/cleanup.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

interface Asking {
  method?: string;
  headers?: Record<string, string>;
}

export class Rig {
  readonly server: HttpServer;
  readonly counters = new Counters();
  readonly warnings: unknown[] = [];
  readonly bugs: unknown[] = [];
  reasons: string[] = [];
  captured: Captured['captured'] = () => undefined;
  private readonly cleanup = new Cleanup();

  private constructor(
    readonly host: string,
    private readonly options: Partial<HttpOptions>,
    private readonly bounds: Partial<Bounds>,
  ) {
    this.counters.trafficOf('lan');
    this.server = this.create();
  }

  static async start(
    options: Partial<HttpOptions> = {},
    bounds: Partial<Bounds> = {},
  ): Promise<Rig> {
    const rig = new Rig(options.listen?.host ?? '127.0.0.1', options, bounds);
    await rig.server.start();
    return rig;
  }

  /** Not through fetch, which lets nobody choose the Host. */
  async ask(path: string, { method = 'GET', headers = {} }: Asking = {}): Promise<Answer> {
    const asked = request({
      host: this.reachableHost,
      port: this.server.port,
      path,
      method,
      headers,
      agent: false,
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await once(answer, 'end');
    return { status: answer.statusCode ?? 0, headers: answer.headers, text };
  }

  /** A connection on which a test writes what it likes. */
  async connection(): Promise<RawConnection> {
    const socket = connect(this.server.port, this.reachableHost);
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
      { listen: { host: this.host, port: 0 }, version: '1.2.3', ...this.options },
      {
        counters: this.counters,
        durations: new Durations(['lan']),
        airUsage: () => new Map(),
        linkNames: ['lan', 'field'],
        captured: (...asked) => this.captured(...asked),
        unready: () => this.reasons,
        reportBug: (error) => this.bugs.push(error),
      },
      { warn: (...line: unknown[]) => this.warnings.push(line) },
      { ...BOUNDS, ...this.bounds },
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
