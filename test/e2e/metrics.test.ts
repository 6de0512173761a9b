/** What programs see that watch over the gateway: metrics, health, and that it is open to nobody else. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { gatewayConfig, Site } from '../support/site.js';
import { scrape, urlOf } from '../support/scrape.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

it('a frame that is dropped, a request that is refused and a broker that is gone are seen from outside', async () => {
  const site = cleanup.add(
    await Site.start(
      { mode: 'aggregating', version: 5 },
      {
        sections: {
          http: { listen: '127.0.0.1:0' },
          defaults: { allow: { subscribe: ['open/#'] } },
        },
      },
    ),
    (one) => one.dispose(),
  );
  const { daemon } = site;
  const value = async (sample: string): Promise<number | undefined> =>
    (await scrape(daemon)).get(`mqttsn_gateway_${sample}`);
  expect(await value('broker_up')).toBe(1);
  expect(await value('link_up{link="lan"}')).toBe(1);
  expect(await value('dropped_total{link="lan",what="frame",reason="malformed"}')).toBe(0);
  expect((await fetch(urlOf(daemon, '/readyz'))).status).toBe(200);

  const device = await site.connected('device');
  const [frames, octets] = [
    await value('received_frames_total{link="lan"}'),
    await value('received_bytes_total{link="lan"}'),
  ];
  device.sendOctets(Buffer.from('051800', 'hex'));
  await until(
    async () => (await value('dropped_total{link="lan",what="frame",reason="malformed"}')) === 1,
    PATIENCE_MS,
    'the drop',
  );
  expect(await value('received_frames_total{link="lan"}')).toBe((frames ?? 0) + 1);
  expect(await value('received_bytes_total{link="lan"}')).toBe((octets ?? 0) + 3);
  await device.subscribe('secret/#', 1);
  expect(await value('refused_requests_total{link="lan",request="SUBSCRIBE",code="3"}')).toBe(1);
  expect(await value('session_transitions_total{state="ACTIVE"}')).toBe(1);

  await daemon.reload({ ...site.config, http: { listen: '127.0.0.1:1' } });
  expect((await daemon.logged('CONFIG_NEEDS_RESTART'))['sections']).toEqual(['http']);
  expect(await value('config_reloads_total')).toBe(1);

  await site.broker.kill();
  await until(async () => (await value('broker_up')) === 0, PATIENCE_MS, 'the broker to be gone');
  expect(await value('broker_connections_lost_total')).toBe(1);
  const answer = await fetch(urlOf(daemon, '/readyz'));
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { ready: false, reasons: ['broker-away'] },
  ]);
  expect((await fetch(urlOf(daemon, '/healthz'))).status).toBe(200);
  // The connections of these requests are kept alive, and keep nobody from ending.
  await site.stop();
});

/** A gateway with the embedded broker, as soon as it says `ready`. */
async function first(): Promise<Daemon> {
  const config = gatewayConfig(
    { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } },
    { http: { listen: '127.0.0.1:0' } },
  );
  return cleanup.add(await Daemon.start(config), (one) => one.dispose());
}

it('who waits for `ready` finds the embedded broker there', async () => {
  const daemon = await first();
  expect((await fetch(urlOf(daemon, '/readyz'))).status).toBe(200);
});

it('a bad address is refused by what is built, too', async () => {
  const daemon = await first();
  const headers = { 'Content-Type': 'application/json' };
  const statuses = [
    await fetch(urlOf(daemon, '/api/devices/%ff')),
    await fetch(urlOf(daemon, '/api/devices?q=%zz')),
    await fetch(urlOf(daemon, '/api/devices/%zz/approve'), { method: 'POST', headers, body: '{}' }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 400]);
});

it('without the port it was asked for the gateway does not run, and says why', async () => {
  const other = cleanup.add(createServer().listen(0, '127.0.0.1'), (one) => one.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const config = gatewayConfig(
    { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } },
    { http: { listen: `127.0.0.1:${port}` } },
  );
  const daemon = cleanup.add(await Daemon.spawn(config), (one) => one.dispose());
  expect(await daemon.exitCode()).toBe(1);
  expect((await daemon.logged('START_FAILED')).msg).toContain(`127.0.0.1:${port} is in use`);
  expect(daemon.output).toBe('');
});
