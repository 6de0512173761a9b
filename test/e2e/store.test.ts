/** The disk under the journal: full, read-only, damaged, taken. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { scrape, urlOf } from '../support/scrape.js';
import { gatewayConfig, Site, udpLink } from '../support/site.js';
import { fill, smallDisk } from '../support/store/small-disk.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const setup = { mode: 'aggregating', version: 5 } as const;

const cleanup = new Cleanup();
afterEach(cleanup.run);

it('the disk is full: the gateway runs on, takes no responsibility, and makes up for it later', async (context) => {
  const disk = await smallDisk(context, cleanup);
  const site = cleanup.add(
    await Site.start(setup, {
      sections: { store: { path: join(disk, 'data') }, http: { listen: '127.0.0.1:0' } },
    }),
    (one) => one.dispose(),
  );
  const storeUp = async (): Promise<number | undefined> =>
    (await scrape(site.daemon)).get('mqttsn_gateway_store_up');
  expect(await storeUp()).toBe(1);
  const sleeper = await site.device('sleeper');
  await sleeper.connect({ clean: false });
  await sleeper.subscribe('down/#', 1);
  const device = await site.device('device');
  await device.connect({ clean: false });
  const ballast = await fill(disk);
  // Whatever still found room in files that are there is used up by and by.
  let names = 0;
  await until(
    async () => {
      await device.register(`up/${'x'.repeat(200)}/${names++}`);
      return site.daemon.count({ code: 'STORE_FAILING' }) > 0;
    },
    PATIENCE_MS,
    'STORE_FAILING',
  );
  expect(await storeUp()).toBe(0);
  const notReady = await fetch(urlOf(site.daemon, '/readyz'));
  expect([notReady.status, await notReady.json()]).toEqual([
    503,
    { ready: false, reasons: ['store-failing'] },
  ]);
  await sleeper.sleep(600);
  const witness = await site.witness('up/#');
  await witness.publish('down/a', 'from memory');
  expect(await device.publish(await device.register('up/a'), 'still here', 1)).toBe(0);
  await witness.saw('up/a still here 1');
  expect(site.daemon.count({ code: 'STORE_WORKING' })).toBe(0);

  await rm(ballast);
  await site.daemon.logged('STORE_WORKING');
  expect(await storeUp()).toBe(1);
  expect((await scrape(site.daemon)).get('mqttsn_gateway_store_failures_total')).toBe(1);
  await site.daemon.kill();
  await site.restart();
  await sleeper.wake();
  expect(sleeper.received).toEqual(['down/a from memory 1']);
  await site.stop();
});

it('a store that cannot be made: the gateway runs in memory and says so', async () => {
  const config = gatewayConfig(
    { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } },
    { store: { path: '/dev/null/data' } },
  );
  const daemon = cleanup.add(await Daemon.start(config), (one) => one.dispose());
  expect((await daemon.logged('STORE_FAILING')).msg).toContain('/dev/null/data');
  await daemon.stop();
});

it('two gateways on one store: the second one says why it does not start', async () => {
  const config = gatewayConfig({ server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } });
  const first = cleanup.add(await Daemon.start(config), (one) => one.dispose());
  const path = join(first.folder, 'data');
  const second = cleanup.add(await Daemon.spawn({ ...config, store: { path } }), (one) =>
    one.dispose(),
  );
  expect(await second.exitCode()).toBe(1);
  expect((await second.logged('START_FAILED')).msg).toContain(path);
  await first.stop();
});

it('garbage in the files of the store: reported, and the gateway starts', async () => {
  const site = cleanup.add(await Site.start(setup), (one) => one.dispose());
  const device = await site.device('device');
  await device.connect({ clean: false });
  await device.register('up/a');
  await site.daemon.kill();
  const folder = join(site.daemon.folder, 'data');
  for (const name of await readdir(folder)) {
    if (/^MANIFEST|^CURRENT$|\.log$/.test(name)) await writeFile(join(folder, name), 'garbage');
  }
  await site.restart();
  await site.daemon.logged('STORE_DAMAGED');
  await device.connect({ clean: false });
  expect(await device.publish(await device.register('up/a'), 'again', 1)).toBe(0);
  await site.stop();
});

it('store.path memory leaves nothing on the disk', async () => {
  const config = gatewayConfig(
    { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } },
    { store: { path: 'memory' }, links: [udpLink()] },
  );
  const daemon = cleanup.add(await Daemon.start(config), (one) => one.dispose());
  expect(await readdir(daemon.folder)).toEqual(['gateway.yaml']);
  await daemon.stop();
});
