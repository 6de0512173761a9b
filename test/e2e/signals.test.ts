/** How the gateway ends, and takes over a new configuration while it runs. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { freePort } from '../support/ports.js';
import { gatewayConfig, MODES, Site } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const NOT_SUPPORTED = 3;
const PINO_DEBUG = 20;

const cleanup = new Cleanup();
afterEach(cleanup.run);

const siteOf = async (...args: Parameters<typeof Site.start>): Promise<Site> =>
  cleanup.add(await Site.start(...args), (one) => one.dispose());

/** By SIGTERM under load, with each setup: see the wills. */
describe('the end', () => {
  it.each(MODES)(
    '%s: SIGINT ends it while the broker is away, and devices hear nothing',
    async (mode) => {
      const site = await siteOf({ mode, version: 5 });
      const device = await site.connected('device');
      await site.broker.kill();
      await site.daemon.logged('BROKER_DOWN');
      await site.daemon.stop('SIGINT');
      expect(device.frames).toEqual([]);
    },
  );

  it('without any broker it serves devices with congestion, and ends in good order', async () => {
    const config = gatewayConfig({ server: `mqtt://127.0.0.1:${await freePort()}` });
    const daemon = cleanup.add(await Daemon.spawn(config), (one) => one.dispose());
    await daemon.ready();
    await daemon.stop();
  });

  it('`shutdown: disconnect` tells devices, without firing their wills', async () => {
    const site = await siteOf(
      { mode: 'transparent', version: 5 },
      { sections: { gateway: { name: 'e2e', shutdown: 'disconnect' } } },
    );
    const witness = await site.witness('will/#');
    const device = await site.connected('device', { will: { topic: 'will/a', payload: 'gone' } });
    await site.daemon.stop();
    await device.expect('DISCONNECT');
    await witness.publish('will/end', '');
    await witness.saw('will/end  1');
    expect(witness.seen).toHaveLength(1);
  });

  it('a second signal ends it at once when the first takes too long', async () => {
    const site = await siteOf({ mode: 'aggregating', version: 5 });
    site.broker.freeze();
    site.daemon.signal('SIGTERM');
    await site.daemon.logged('STOPPING');
    // npm repeats a Ctrl-C: what comes within half a second is the same one.
    const again = setInterval(() => site.daemon.signal('SIGTERM'), 100);
    cleanup.add(again, clearInterval);
    expect(await site.daemon.exitCode()).toBe(1);
    site.broker.thaw();
  });

  it('goes on when nobody reads its log any more', async () => {
    const site = await siteOf({ mode: 'aggregating', version: 5 });
    site.daemon.deafen();
    const device = await site.connected('device');
    const id = await device.register('up/a');
    for (let i = 0; i < 20; i++) expect(await device.publish(id, 'one', 1)).toBe(0);
    await site.daemon.stop();
  });
});

describe('SIGHUP', () => {
  const sections = (allowed: string, predefined: object[]): object => ({
    topics: { predefined },
    devices: [{ match: 'door-*', allow: { publish: [allowed] } }],
  });

  it.each(MODES)(
    '%s: new topics, rules and log level count at once, and nobody is dropped',
    async (mode) => {
      const site = await siteOf({ mode, version: 5 }, { sections: { ...sections('old/#', []) } });
      const witness = await site.witness();
      const door = await site.connected('door-1');
      const oldId = await door.register('old/a');
      const newId = await door.register('new/a');
      expect(await door.publish(newId, 'x', 1)).toBe(NOT_SUPPORTED);
      const sleeper = await site.connected('sleeper');
      await sleeper.subscribe('down/a', 1);
      await sleeper.sleep(60);

      await site.daemon.reload({
        ...site.config,
        ...sections('new/#', [{ id: 7, topic: 'pre/${clientId}' }]),
        log: { level: 'info', format: 'json' },
      });
      expect(await door.publish(newId, 'x', 1)).toBe(0);
      expect(await door.publish(oldId, 'x', 1)).toBe(NOT_SUPPORTED);
      expect(await sleeper.subscribePredefined(7, 1)).toMatchObject({ topicId: 7, returnCode: 0 });
      await witness.publish('down/a', 'hello');
      await witness.publish('pre/sleeper', 'hello');
      await until(
        async () => {
          await sleeper.wake();
          return sleeper.received.length === 2;
        },
        PATIENCE_MS,
        'two messages',
      );
      expect([...sleeper.received].sort()).toEqual(['#7 hello 1', 'down/a hello 1']);
      const quietFrom = site.daemon.lines.length;
      await site.connected('another');
      await door.ping();
      const levels = site.daemon.lines.slice(quietFrom).map(({ level }) => level);
      expect(levels).not.toContain(PINO_DEBUG);
      await site.stop();
    },
  );
});

describe('SIGHUP, at a gateway that goes on', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start({ mode: 'aggregating', version: 5 });
  });
  afterEach(() => site.sweep());
  afterAll(() => site.stop());

  it('a broken file keeps the configuration in force, and says where it is broken', async () => {
    const { daemon } = site;
    const before = daemon.count({ code: 'CONFIG_RELOADED' });
    await daemon.reload('gateway:\n  name: e2e\ndevises: []\n', 'CONFIG_KEPT');
    expect(daemon.lines.find(({ code }) => code === 'CONFIG_INVALID')?.msg).toMatch(
      /gateway\.yaml:3:1: devises: .*\(did you mean "devices"\?\)/,
    );
    expect(daemon.count({ code: 'CONFIG_RELOADED' })).toBe(before);
  });

  it('what needs a restart is named, everything else counts', async () => {
    const { daemon, config } = site;
    const before = daemon.lines.length;
    await daemon.reload({
      ...config,
      mqtt: { ...config['mqtt'], keepalive: '30s' },
      limits: { devices: 5 },
      log: { level: 'info', format: 'pretty' },
    });
    const line = await daemon.logged('CONFIG_NEEDS_RESTART', before);
    expect(line['sections']).toEqual(['mqtt', 'limits', 'log.format']);
    expect(line.msg).toBe('changes in mqtt, limits, log.format take effect at the next start');
  });

  it('a base topic of the next start: until then devices stay out of the one in force', async () => {
    const { daemon, config } = site;
    const witness = await site.witness('mqttsn/e2e/bridge/response/#');
    const door = await site.connected('door-1');
    const request = await door.register('mqttsn/e2e/bridge/request/health_check');
    await daemon.reload({ ...config, mqtt: { ...config['mqtt'], base_topic: 'elsewhere' } });
    expect(await door.publish(request, '', 1)).toBe(NOT_SUPPORTED);
    expect(witness.seen).toEqual([]);
  });
});
