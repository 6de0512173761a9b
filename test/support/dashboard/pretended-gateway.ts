/**
 * A gateway that a test makes up: it serves the built page, and answers from what the test says. For what a real one
 * cannot be brought to in a test, such as five thousand devices; each answer is held to the schema of its operation.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { streamSSE } from 'hono/streaming';
import type { SSEStreamingApi } from 'hono/streaming';
import type { z } from 'zod';
import { EVENTS } from '../../../src/http/api/schema/events.js';
import { OPERATIONS } from '../../../src/http/api/operations.js';
import type { OnNode } from '../../../src/http/api/router.js';
import type { Buffered, Device, DeviceRow } from '../../../src/http/api/schema/devices.js';
import type { Frame } from '../../../src/http/api/schema/frames.js';
import type { LogEntry } from '../../../src/http/api/schema/log.js';
import { nameOfSegment } from '../../../src/spelling/segment.js';
import type { Overview } from '../../../src/http/api/schema/overview.js';
import type { Topics } from '../../../src/http/api/schema/topics.js';
import { PROBLEM_STATUS, type ProblemCode } from '../../../src/http/api/schema/problem.js';
import { servePage } from '../../../src/http/page.js';
import { deviceOf, overviewOf } from './world.js';

const PAGE = fileURLToPath(new URL('../../../dist/dashboard', import.meta.url));

const COOKIE = 'session';

export class PretendedGateway {
  overview: Overview = overviewOf();
  readonly rows = new Map<string, DeviceRow>();
  /** What is known of devices beside their rows. */
  readonly devices = new Map<string, Partial<Device>>();
  readonly buffers = new Map<string, Buffered['messages']>();
  frames: Frame[] = [];
  log: LogEntry[] = [];
  /** Nobody more may follow. */
  isFull = false;
  predefined: Topics['predefined'] = [];
  config: Record<string, unknown> = {};
  /** Why nothing is done of what it is asked for; undefined: all is. */
  refusal: ProblemCode | undefined;
  /** What has been done, beside reading: `POST /api/devices/node-1/forget`. */
  readonly done: string[] = [];
  /** Every question, with its query. */
  readonly asked: string[] = [];
  private readonly streams = new Set<SSEStreamingApi>();
  private readonly server: Server;
  private port = 0;

  /** With a token: whoever asks has to log in. */
  constructor(private readonly token?: string) {
    const app = new Hono<OnNode>();
    servePage(app, PAGE);
    this.route(app);
    const options = { fetch: app.fetch, overrideGlobalObjects: false, createServer };
    this.server = createAdaptorServer(options) as Server;
  }

  /** A second time: at the port where it was before. */
  async start(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  add(row: DeviceRow, more: Partial<Device> = {}): void {
    this.rows.set(row.client, row);
    this.devices.set(row.client, more);
  }

  /** Tells every page. */
  async tell<Name extends keyof typeof EVENTS>(
    event: Name,
    data: z.output<(typeof EVENTS)[Name]['schema']>,
  ): Promise<void> {
    EVENTS[event].schema.parse(data);
    for (const stream of this.streams) {
      await stream.writeSSE({ event, data: JSON.stringify(data) });
    }
  }

  private route(app: Hono<OnNode>): void {
    const answer = (operation: keyof typeof OPERATIONS, value: object): Response => {
      (OPERATIONS[operation].answer as z.ZodType).parse(value);
      return Response.json(value);
    };
    app.use('/api/*', async (c, next) => {
      this.asked.push(c.req.url);
      if (this.isLoggedIn(c.req.header('cookie')) || c.req.path === '/api/login') return next();
      return problem('token-required', 'this needs the token');
    });
    app.get('/api/login', (c) =>
      answer('loginState', {
        isRequired: this.token !== undefined,
        isLoggedIn: this.isLoggedIn(c.req.header('cookie')),
      }),
    );
    app.post('/api/login', async (c) => {
      const { token } = OPERATIONS.login.body.parse(await c.req.json());
      if (token !== this.token) return problem('wrong-token', 'this is not the token');
      setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Strict' });
      return c.body(null, 204);
    });
    app.post('/api/logout', (c) => {
      setCookie(c, COOKIE, '', { maxAge: 0 });
      return c.body(null, 204);
    });
    app.get('/api/devices', (c) => {
      const [named, states] = [c.req.queries('client'), c.req.queries('state')];
      const asked = { ...c.req.query(), client: named, state: states };
      const { q = '', offset, limit } = OPERATIONS.devices.query.parse(asked);
      const rows = [...this.rows.values()].filter(
        ({ client, state }) =>
          (named?.includes(client) ?? true) &&
          (states?.includes(state) ?? true) &&
          client.includes(q),
      );
      const devices = rows.slice(offset, offset + limit);
      return answer('devices', { nowMs: Date.now(), total: rows.length, devices });
    });
    app.get('/api/devices/:client', (c) => {
      const client = clientOf(c);
      const row = this.rows.get(client);
      if (row === undefined) return problem('unknown-device', 'no such device');
      return answer('device', { ...deviceOf(), ...row, ...this.devices.get(client) });
    });
    app.get('/api/devices/:client/buffer', (c) => {
      const messages = this.buffers.get(clientOf(c)) ?? [];
      return answer('buffer', { nowMs: Date.now(), messages });
    });
    app.get('/api/devices/:client/frames', (c) => {
      const after = Number(c.req.query('after'));
      const frames = this.frames.filter(({ number }) => number > after);
      return answer('deviceFrames', { frames, lastNumber: this.frames.at(-1)?.number ?? 0 });
    });
    app.get('/api/topics', () => answer('topics', { predefined: this.predefined }));
    app.get('/api/topics/ids', (c) => {
      const { q = '', offset, limit } = OPERATIONS.topicIds.query.parse(c.req.query());
      const found = [...this.devices]
        .flatMap(([client, { topicIds = [] }]) => topicIds.map((one) => ({ client, ...one })))
        .filter(({ client, topic }) => client.includes(q) || topic.includes(q));
      const topicIds = found.slice(offset, offset + limit);
      return answer('topicIds', { total: found.length, topicIds });
    });
    app.get('/api/config', () => answer('configuration', { config: this.config }));
    app.get('/api/log', (c) => {
      const { level = 'info', device, link, code, after } = c.req.query();
      const levels = ['debug', 'info', 'warn', 'error'];
      const entries = this.log.filter(
        (entry) =>
          entry.number > Number(after) &&
          levels.indexOf(entry.level) >= levels.indexOf(level) &&
          [device ?? entry.client, link ?? entry.link, code ?? entry.code].join() ===
            [entry.client, entry.link, entry.code].join(),
      );
      return answer('log', { entries, lastNumber: this.log.at(-1)?.number ?? 0 });
    });
    app.get('/api/overview', () => answer('overview', this.overview));
    app.get('/api/events', (c) =>
      this.isFull
        ? problem('too-many-readers', 'as many pages follow as may at once; close one')
        : streamSSE(c, (stream) => this.listen(stream)),
    );
    app.on(['POST', 'DELETE'], '/api/*', (c) => {
      if (this.refusal !== undefined) return problem(this.refusal, 'no such device');
      this.done.push(`${c.req.method} ${c.req.path}`);
      return c.body(null, 204);
    });
  }

  /** How many pages follow. */
  get readers(): number {
    return this.streams.size;
  }

  private isLoggedIn(cookie: string | undefined): boolean {
    return this.token === undefined || cookie === `${COOKIE}=${this.token}`;
  }

  private async listen(stream: SSEStreamingApi): Promise<void> {
    this.streams.add(stream);
    await stream.writeSSE({ event: 'overview', data: JSON.stringify(this.overview) });
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    this.streams.delete(stream);
  }
}

const problem = (code: ProblemCode, message: string): Response =>
  Response.json({ error: { code, message } }, { status: PROBLEM_STATUS[code] });

const clientOf = (c: Context): string => nameOfSegment(c.req.param('client') ?? '');
