import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { listenProblem } from '../../../src/http/problems.js';
import { Cleanup } from '../../support/cleanup.js';
import { readMetrics } from '../../support/prometheus.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { Rig } from './rig.js';

const HOUR = 3_600_000;

const cleanup = new Cleanup();
afterEach(cleanup.run);

const rigOf = async (...args: Parameters<typeof Rig.start>): Promise<Rig> =>
  cleanup.add(await Rig.start(...args), (rig) => rig.stop());

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('what it answers', () => {
  it('/metrics in the form of Prometheus', async () => {
    const rig = await rigOf();
    rig.counters.count({ notice: 'drop', what: 'frame', reason: 'malformed', link: 'lan' });
    const { status, headers, text } = await rig.ask('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = readMetrics(text);
    expect(families.get('mqttsn_gateway_dropped_total')?.samples).toContainEqual([
      'mqttsn_gateway_dropped_total{link="lan",what="frame",reason="malformed"}',
      1,
    ]);
    expect([...families.keys()]).toEqual(
      expect.arrayContaining([
        'process_resident_memory_bytes',
        'nodejs_heap_size_used_bytes',
        'nodejs_eventloop_active_seconds_total',
      ]),
    );
  });

  it('/healthz as long as it runs, whatever the gateway can do', async () => {
    const rig = await rigOf();
    rig.reasons = ['broker-away'];
    expect(await rig.ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  });

  it('/readyz by whether the gateway can be relied on, with the reasons', async () => {
    const rig = await rigOf();
    const ready = await rig.ask('/readyz');
    expect(ready).toMatchObject({ status: 200, text: '{"ready":true,"reasons":[]}' });
    expect(ready.headers['content-type']).toBe('application/json');
    rig.reasons = ['starting', 'broker-away'];
    expect(await rig.ask('/readyz')).toMatchObject({
      status: 503,
      text: '{"ready":false,"reasons":["starting","broker-away"]}',
    });
  });

  it.each(['/metrics', '/healthz', '/readyz'])('HEAD %s without a body', async (path) => {
    const rig = await rigOf();
    expect(await rig.ask(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'nothing to %s',
    async (method) => {
      const rig = await rigOf();
      for (const path of ['/metrics', '/healthz', '/readyz']) {
        const { status, headers } = await rig.ask(path, { method });
        expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
        expect(headers['content-type']).toMatch(/^text\/plain/);
      }
    },
  );

  it.each(['/', '/metrics/', '/metrics/x', '/Metrics', '/..%2fmetrics', '//metrics', '/%ff', '*'])(
    'nothing at %s',
    async (path) => {
      const rig = await rigOf();
      const { status, headers } = await rig.ask(path);
      expect([404, 400]).toContain(status);
      if (status === 404) expect(headers['content-type']).toMatch(/^text\/plain/);
    },
  );

  it.each([
    ['/metrics', {}, 200],
    ['/nothing', {}, 404],
    ['/metrics', { method: 'POST' }, 405],
    ['/metrics', { headers: { host: 'elsewhere.example' } }, 403],
    ['/readyz', {}, 503],
  ] as const)('%s %j with headers that keep browsers out', async (path, asking, status) => {
    const rig = await rigOf();
    rig.reasons = ['broker-away'];
    const answer = await rig.ask(path, asking);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) {
      expect(answer.headers).not.toHaveProperty(name);
    }
  });

  it.each(['/metrics', '/readyz', '/healthz'])(
    '%s also to who comes by a link of another site: it changes nothing, and no page can read it',
    async (path) => {
      const rig = await rigOf();
      const answer = await rig.ask(path, { headers: { 'sec-fetch-site': 'cross-site' } });
      expect(answer.status).toBe(200);
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('a bug of ours is reported, and tells the one who asks nothing', async () => {
    const rig = await rigOf();
    const bug = new Error('secret detail');
    Object.defineProperty(rig.gateway, 'reasons', {
      get: () => {
        throw bug;
      },
    });
    const { status, headers, text } = await rig.ask('/readyz');
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(rig.bugs).toEqual([bug]);
    expect((await rig.ask('/healthz')).status).toBe(200);
  });
});

describe('whom it answers', () => {
  it.each([
    'localhost',
    'localhost:8080',
    'LocalHost',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.4.5.6:8080',
    '[::1]',
    '[::1]:8080',
  ])('on this machine: who says %s', async (host) => {
    const rig = await rigOf();
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      expect((await rig.ask(path, { headers: { host } })).status).toBe(200);
    }
  });

  it.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:127.0.0.1',
    'localhost@evil.example',
    '192.0.2.1',
    '[2001:db8::1]:8080',
    '::1',
  ])('on this machine: not who says %j', async (host) => {
    const rig = await rigOf();
    for (const path of ['/metrics', '/healthz', '/nothing']) {
      const { status, text } = await rig.ask(path, { headers: { host } });
      expect([400, 403]).toContain(status);
      expect(text).not.toContain('mqttsn_gateway_');
    }
  });

  it.each(['HTTP/1.1\r\nHost:', 'HTTP/1.1\r\nHost: ', 'HTTP/1.1', 'HTTP/1.0'])(
    'on this machine: not who says no name, in %j',
    async (head) => {
      const rig = await rigOf();
      const raw = await rig.connection();
      raw.socket.write(`GET /metrics ${head}\r\nConnection: close\r\n\r\n`);
      await raw.closed;
      expect(raw.text).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(raw.text).not.toContain('mqttsn_gateway_');
    },
  );

  it('on all addresses, with a token, under any name', async () => {
    const rig = await rigOf({ listen: { host: '0.0.0.0', port: 0 }, token: 'abc' });
    const headers = { host: 'gateway.example', authorization: 'Bearer abc' };
    expect((await rig.ask('/metrics', { headers })).status).toBe(200);
  });

  it('with the token, once there is one', async () => {
    const rig = await rigOf({ token: 'correct horse / battery+staple==' });
    const right = bearer('correct horse / battery+staple==');
    expect((await rig.ask('/metrics', right)).status).toBe(200);
    expect((await rig.ask('/readyz', right)).status).toBe(200);
    expect((await rig.ask('/nothing', right)).status).toBe(404);
    expect((await rig.ask('/healthz')).status).toBe(200);
    const lower = { headers: { authorization: 'bearer correct horse / battery+staple==' } };
    expect((await rig.ask('/metrics', lower)).status).toBe(200);
  });

  it('a token need not be ASCII', async () => {
    const rig = await rigOf({ token: 'schlüssel' });
    const octets = Buffer.from('schlüssel').toString('latin1');
    expect((await rig.ask('/metrics', bearer(octets))).status).toBe(200);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer ab',
    'Bearer abcd',
    'Bearer ABC',
    'Bearer abc abc',
    'Bearerabc',
    'Basic abc',
    'abc',
  ])('not with %j', async (authorization) => {
    const rig = await rigOf({ token: 'abc' });
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/metrics', '/readyz', '/nothing']) {
      const answer = await rig.ask(path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="mqttsn-gateway"/);
      expect(answer.text).not.toContain('mqttsn_gateway_');
    }
  });
});

describe('who is slow or greedy', () => {
  it('a head that does not end is answered with 408 and closed; others are served meanwhile', async () => {
    const rig = await rigOf({}, { headTimeoutMs: 50, latenessCheckMs: 10 });
    const slow = await rig.connection();
    slow.socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect((await rig.ask('/healthz')).status).toBe(200);
    await slow.closed;
    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a body that does not end is not waited for', async () => {
    const rig = await rigOf({}, { headTimeoutMs: 50, requestTimeoutMs: 100, latenessCheckMs: 10 });
    const slow = await rig.connection();
    slow.socket.write('POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
    await slow.closed;
    expect(slow.text).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('a connection on which nothing is said is closed', async () => {
    const rig = await rigOf({}, { silenceMaxMs: 50 });
    const silent = await rig.connection();
    await silent.closed;
  });

  it('a head that is too long is refused', async () => {
    const rig = await rigOf();
    const answer = await rig.ask('/healthz', { headers: { 'x-long': 'x'.repeat(9000) } });
    expect(answer.status).toBe(431);
  });

  it('connections beyond the limit are closed, and those before them stay', async () => {
    const rig = await rigOf({}, { connectionsMax: 2 });
    const first = await rig.connection();
    await rig.connection();
    const third = await rig.connection();
    await third.closed;
    first.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => first.text.includes('200 OK'), PATIENCE_MS, 'the answer');
  });

  it('one address does not take the places of others', async () => {
    const rig = await rigOf({}, { connectionsPerAddressMax: 2 });
    const first = await rig.connection();
    await rig.connection();
    await (await rig.connection()).closed;
    const other = await rig.connection('127.0.0.2');
    other.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => other.text.includes('200 OK'), PATIENCE_MS, 'the answer');
    first.socket.destroy();
    const isServed = async (): Promise<boolean> => {
      const again = await rig.connection();
      again.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      await again.closed;
      return again.text.includes('200 OK');
    };
    await until(isServed, PATIENCE_MS, 'the place that is free again');
  });

  it('garbage is refused', async () => {
    const rig = await rigOf();
    const raw = await rig.connection();
    raw.socket.write('\u0016\u0003\u0001 what\r\n\r\n');
    await raw.closed;
    expect(raw.text).toMatch(/^HTTP\/1\.1 400 /);
    expect((await rig.ask('/healthz')).status).toBe(200);
    expect(rig.bugs).toEqual([]);
  });
});

describe('start and stop', () => {
  it('says in the `ready` line where it is, also on IPv6', async () => {
    const rig = await rigOf();
    expect(rig.server.describe()).toBe(`page http://127.0.0.1:${rig.server.port}/`);
    const six = await rigOf({ listen: { host: '::1', port: 0 } });
    expect(six.server.describe()).toBe(`page http://[::1]:${six.server.port}/`);
    expect((await six.ask('/healthz')).status).toBe(200);
  });

  it('stops at once with connections that are open, idle or half-way', async () => {
    // Were they not closed, it would wait longer than a test may.
    const rig = await rigOf(
      {},
      { headTimeoutMs: HOUR, requestTimeoutMs: HOUR, silenceMaxMs: HOUR },
    );
    const idle = await rig.connection();
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => idle.text.includes('keep-alive'), PATIENCE_MS, 'a connection kept alive');
    const half = await rig.connection();
    half.socket.write('GET /metr');
    await rig.server.stop();
    await Promise.all([idle.closed, half.closed]);
    await rig.server.stop();
  });

  it('does not start on a port that is taken, and says what to do', async () => {
    const other = cleanup.add(createServer().listen(0, '127.0.0.1'), (one) => one.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(Rig.start({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
      `http: 127.0.0.1:${port} is in use by another program; stop it or choose another port (http.listen)`,
    );
  });

  it('does not start on an address of somebody else', async () => {
    await expect(Rig.start({ listen: { host: '192.0.2.1', port: 1 }, token: 'a' })).rejects.toThrow(
      'http: this machine has no address 192.0.2.1:1',
    );
  });

  it.each(['EACCES', 'EMFILE'])('explains %s', (code) => {
    const error = Object.assign(new Error('too many open files'), { code });
    expect(listenProblem('127.0.0.1:80', error)).toMatch(
      code === 'EACCES' ? /no permission.*choose a higher one/ : /cannot listen.*too many open/,
    );
  });
});
