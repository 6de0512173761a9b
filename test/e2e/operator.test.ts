/** What an operator sees and does over HTTP and in a terminal, with the built gateway, and what a kill leaves of it. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Buffered, Device, Devices } from '../../src/http/api/schema/devices.js';
import { OPERATION_NOT_KEPT } from '../../src/observe/state-topics/requests.js';
import { Cleanup } from '../support/cleanup.js';
import { MAIN } from '../support/daemon.js';
import { Site, type SiteOptions } from '../support/site.js';
import { urlOf } from '../support/scrape.js';
import { fill, smallDisk } from '../support/store/small-disk.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const http = { listen: '127.0.0.1:0' };

const start = async (options: SiteOptions['sections'] = {}): Promise<Site> =>
  cleanup.add(
    await Site.start({ mode: 'aggregating', version: 5 }, { sections: { http, ...options } }),
    (one) => one.dispose(),
  );

async function get<T>(site: Site, path: string): Promise<T> {
  const answer = await fetch(urlOf(site.daemon, path));
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
}

async function done(site: Site, method: string, path: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(urlOf(site.daemon, path), { method, headers });
  expect([path, answer.status]).toEqual([path, 204]);
}

const waiting = async (site: Site): Promise<Buffered['messages']> =>
  (await get<Buffered>(site, '/api/devices/sleeper/buffer')).messages;

it('a message that is removed from the buffer of a sleeper does not come, not even after a kill', async () => {
  const site = await start();
  const witness = await site.witness();
  const sleeper = await site.device('sleeper');
  await sleeper.connect({ clean: false });
  await sleeper.subscribe('down/#', 1);
  await sleeper.sleep(600);
  for (const n of [1, 2, 3]) await witness.publish('down/a', `message ${n}`, 1);
  await until(async () => (await waiting(site)).length === 3, PATIENCE_MS, 'three messages');
  const [, second] = await waiting(site);
  await done(site, 'DELETE', `/api/devices/sleeper/buffer/${second?.id}`);
  await site.daemon.kill();
  await site.restart();
  expect((await waiting(site)).map(({ payload }) => payload.text)).toEqual([
    'message 1',
    'message 3',
  ]);
  await sleeper.wake();
  expect(sleeper.received).toEqual(['down/a message 1 1', 'down/a message 3 1']);
  await site.stop();
});

it('a device that was refused is seen, let in, let in again after a kill, and refused again once it is forgotten', async () => {
  const site = await start({ access: { unknown_devices: 'deny' } });
  const device = await site.device('node-17');
  expect(await device.connect()).toBe(3);
  const { devices } = await get<Devices>(site, '/api/devices?state=REFUSED');
  expect(devices).toMatchObject([{ client: 'node-17', isApprovable: true }]);
  await done(site, 'POST', '/api/devices/node-17/approve');
  expect(await device.connect()).toBe(0);
  await site.daemon.kill();
  await site.restart();
  expect(await device.connect()).toBe(0);
  await done(site, 'POST', '/api/devices/node-17/forget');
  await device.expect('DISCONNECT');
  expect(await device.connect()).toBe(3);
  await site.stop();
});

it('while the disk is full: it is done and said to be in memory alone, kept once the disk works, and undone by a kill before', async (context) => {
  const disk = await smallDisk(context, cleanup);
  const site = await start({
    access: { unknown_devices: 'deny' },
    devices: [{ match: 'known' }],
    store: { path: join(disk, 'data') },
  });
  /** Until nothing of the disk is left, also not within files that are there. */
  const fillUp = async (): Promise<string> => {
    const known = await site.connected('known', { clean: false });
    const ballast = await fill(disk);
    let names = 0;
    await until(
      async () => {
        await known.register(`up/${'x'.repeat(200)}/${names++}`);
        return site.daemon.count({ code: 'STORE_FAILING' }) > 0;
      },
      PATIENCE_MS,
      'STORE_FAILING',
    );
    return ballast;
  };
  const approve = async (client: string): Promise<[number, unknown]> => {
    const headers = { 'content-type': 'application/json' };
    const path = urlOf(site.daemon, `/api/devices/${client}/approve`);
    const answer = await fetch(path, { method: 'POST', headers });
    return [answer.status, await answer.json()];
  };
  const notKept = { error: { code: 'not-kept', message: OPERATION_NOT_KEPT } };
  const [first, second] = [await site.device('first'), await site.device('second')];
  expect([await first.connect(), await second.connect()]).toEqual([3, 3]);

  const ballast = await fillUp();
  expect(await approve('first')).toEqual([503, notKept]);
  const asker = await site.witness('mqttsn/e2e/bridge/response/#');
  await asker.publish('mqttsn/e2e/bridge/request/device/approve', 'third', 1);
  await asker.saw(
    `mqttsn/e2e/bridge/response/device/approve ${JSON.stringify({ data: {}, status: 'error', error: OPERATION_NOT_KEPT })} 0`,
  );
  expect(await first.connect()).toBe(0);
  await rm(ballast);
  await site.daemon.logged('STORE_WORKING');
  await site.daemon.kill();
  await site.restart();
  expect(await first.connect()).toBe(0);

  await fillUp();
  expect(await approve('second')).toEqual([503, notKept]);
  expect(await second.connect()).toBe(0);
  await site.daemon.kill();
  await site.restart();
  expect([await first.connect(), await second.connect()]).toEqual([0, 3]);
});

it('who asks in a terminal why a device is silent hears it', async () => {
  const site = await start();
  await site.connected('node-17', { keepAliveSec: 1 });
  await site.daemon.logged('SESSION_LOST');
  const command = (...args: string[]): string => {
    const url = urlOf(site.daemon, '');
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, '--url', url], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout;
  };
  expect(command('status')).toMatch(/^devices +1 LOST$/m);
  expect(command('devices', '--state', 'lost')).toMatch(/^node-17 +LOST .* keep alive over$/m);
  expect(command('device', 'node-17')).toMatch(/^state +LOST since .*: keep alive over$/m);
  const answer = JSON.parse(command('device', 'node-17', '--json')) as Device;
  expect(answer.notices.map(({ code }) => code)).toEqual([
    'SESSION_CONNECTING',
    'SESSION_ACTIVE',
    'SESSION_LOST',
  ]);
  await site.stop();
});
