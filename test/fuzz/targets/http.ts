/** Raw requests to the HTTP server: never a 500, always an end, and answers that are HTTP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { HttpServer } from '../../../src/http/server.js';
import { BOUNDS } from '../../../src/http/limits.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';
import type { Target } from '../target.js';
import { octetsOf, words } from '../vectors.js';

const PATHS = [
  ...['/', '/metrics', '/healthz', '/readyz', '/nothing'],
  '/api/capture?link=lan&last=5m&live=true&payloads=masked',
  ...['/api/overview', '/api/events', '/api/config', '/api/openapi.json', '/api/login'],
  '/api/devices?state=ACTIVE&q=dev&client=dev1&offset=0&limit=5',
  ...['/api/devices/dev1', '/api/devices/dev1/buffer', '/api/devices/dev1/frames?after=1&limit=5'],
  '/api/links/lan/frames?limit=5',
  ...['/api/topics', '/api/topics/export?format=c-header'],
  '/api/log?level=debug&device=dev1&link=lan&code=BROKER_UP&after=1&limit=5',
];
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'];

/** What changes something; the body follows. */
const CHANGES: readonly [method: string, path: string, body: string][] = [
  ['POST', '/api/login', '{"token":"secret"}'],
  ['POST', '/api/logout', '{}'],
  ['POST', '/api/devices/dev1/disconnect', '{}'],
  ['POST', '/api/devices/dev1/forget', ''],
  ['POST', '/api/devices/dev2/approve', '{}'],
  ['DELETE', '/api/devices/dev1/buffer', ''],
  ['DELETE', '/api/devices/dev1/buffer/1', ''],
];

const bugs: unknown[] = [];
let started: Promise<HttpServer> | undefined;

class FuzzedGateway extends WatchedGateway {
  /** None goes on for ever: every request has to have an end. */
  override captured(...[application, request]: Parameters<WatchedGateway['captured']>) {
    return super.captured(application, { ...request, isLive: false });
  }

  override reportBug(error: unknown): void {
    bugs.push(error);
  }
}

/** One for all runs, on a port of its own. */
async function start(): Promise<HttpServer> {
  const server = new HttpServer(
    { listen: { host: '127.0.0.1', port: 0 }, version: '1.2.3', devicesMax: 9, token: 'secret' },
    new FuzzedGateway(),
    { warn: (...line: unknown[]) => bugs.push(line) },
    // Else most inputs would take a second.
    { ...BOUNDS, wrongTokenDelayMs: 0 },
  );
  await server.start();
  return server;
}

export const http: Target = {
  name: 'http',
  bytesMax: 2000,
  seeds: () => [
    ...METHODS.flatMap((method) => PATHS.map((path) => request(method, path, ''))),
    ...CHANGES.map(([method, path, body]) => request(method, path, body)),
  ],
  dictionary: words(
    ...['Content-Type: application/json', 'Cookie: mqttsn-gateway=', 'Origin: http://localhost'],
    ...['Host: localhost', 'Host: [::1]:80', 'Authorization: Bearer secret', 'Content-Length: 5'],
    ...[
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      'Upgrade: h2c',
      'Connection: upgrade',
    ],
    ...[
      '\r\n',
      '\r\n\r\n',
      'HTTP/1.0',
      'HTTP/1.1',
      'http://localhost/',
      '%',
      '?',
      '..',
      '//',
      '0\r\n\r\n',
    ],
  ),
  // Most of what is done is done by Node, and is not counted.
  work: { base: 1_000_000, perOctet: 2000 },
  run: async (input) => {
    started ??= start();
    const server = await started;
    bugs.length = 0;
    const text = await ask(server.port, input);
    assert.deepEqual(bugs, [], 'no bug of ours is reported');
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
    assert.ok(
      text === '' || /^HTTP\/1\.1 \d{3} /.test(text),
      `an answer is HTTP: ${text.slice(0, 80)}`,
    );
    assert.ok(
      statuses.every((status) => status < 500 || status === 503),
      `answers ${statuses.join(', ')}`,
    );
    assert.doesNotMatch(text, /\bat .*\.[jt]s:\d/, 'no stack goes out');
  },
};

function request(method: string, path: string, body: string): Uint8Array {
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...['Host: localhost', 'Authorization: Bearer secret', 'Content-Type: application/json'],
    ...[`Content-Length: ${body.length}`, 'Connection: close'],
  ];
  return octetsOf(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Writes everything, says that this is all, and reads to the end; events have none. */
async function ask(port: number, octets: Uint8Array): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
    if (/text\/event-stream[^]*\r\n\r\n/.test(text)) socket.destroy();
  });
  // A reset is an end, too.
  socket.on('error', () => undefined);
  socket.end(octets);
  await once(socket, 'close');
  return text;
}
