/** The built gateway with a modem under a duty cycle, and a disk that fails or forgets. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { scrape } from '../support/scrape.js';
import { gatewayConfig } from '../support/site.js';
import { fill, smallDisk } from '../support/store/small-disk.js';
import { until } from '../support/wait.js';

const PATIENCE_MS = 15_000;
/** T_retry of a device that gives up soon. */
const IMPATIENT_MS = 60;
const { rui3 } = FIELD_KINDS;

const LIMIT_MS = 1440;
const DUTY_CYCLE = `${(100 * LIMIT_MS) / 3_600_000}%`;
const RADIO = { ...(rui3.link['radio'] as object), duty_cycle: DUTY_CYCLE };
/** What is on the disk for the time when it fails. */
const STANDING_MS = LIMIT_MS / 4;
/** The longest frame, which may have been on its way. */
const FRAME_MS = 40;

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Whether the gateway has taken the message. */
const isDone = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const metric = async (daemon: Daemon, name: string): Promise<number | undefined> =>
  (await scrape(daemon)).get(`mqttsn_gateway_${name}{link="field"}`);

/** A first hour is over for a journal that an earlier run has begun without a modem. */
async function beginJournal(path: string): Promise<void> {
  const broker = { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
  const daemon = cleanup.add(
    await Daemon.start(gatewayConfig(broker, { store: { path } })),
    (one) => one.dispose(),
  );
  await daemon.stop();
}

it('the disk is full: the modem sends no more than what is on it covers, and all of it when there is room', async (context) => {
  need(context, 'socat');
  const disk = await smallDisk(context, cleanup);
  const path = join(disk, 'data');
  await beginJournal(path);
  const radios = cleanup.add(
    await RadioSite.start([{ name: 'field', kind: rui3, keys: { radio: RADIO } }], {
      store: { path },
    }),
    (one) => one.dispose(),
  );
  const { daemon } = radios.site;
  const { transmissions } = radios.field('field');
  const isReduced = (): Promise<number | undefined> => metric(daemon, 'air_time_reduced');
  const device = radios.field('field').device('device', IMPATIENT_MS);
  const isHeard = (): Promise<boolean> => isDone(device.publishes('up/device', 'more', 1));
  await until(() => isDone(device.connects()), PATIENCE_MS, 'the modem to be ready');
  expect(await isHeard()).toBe(true);
  expect(await isReduced()).toBe(0);

  const ballast = await fill(disk);
  const other = await radios.site.device('other');
  await other.connect({ clean: false });
  let names = 0;
  await until(
    async () => {
      await other.register(`up/${'x'.repeat(200)}/${names++}`);
      return daemon.count({ code: 'STORE_FAILING' }) > 0;
    },
    PATIENCE_MS,
    'STORE_FAILING',
  );
  const beforeMs = transmissions.airTimeMs;
  await daemon.logged('LINK_AIR_TIME_REDUCED');
  expect(await isReduced()).toBe(1);
  await until(async () => !(await isHeard()), PATIENCE_MS, 'silence');
  const withoutDiskMs = transmissions.airTimeMs - beforeMs;
  // On a busy machine a device may give up sooner.
  expect(withoutDiskMs).toBeGreaterThan(STANDING_MS / 2);
  expect(withoutDiskMs).toBeLessThanOrEqual(STANDING_MS + FRAME_MS);

  await rm(ballast);
  await daemon.logged('LINK_AIR_TIME_RESTORED');
  expect(await isReduced()).toBe(0);
  await until(isHeard, PATIENCE_MS, 'an answer');
  expect(transmissions.worstHourMs).toBeLessThanOrEqual(LIMIT_MS);
  await radios.stop();
});

it('the journal was garbled while the gateway was off: its modem is silent, and why is told', async (context) => {
  need(context, 'socat');
  const radios = cleanup.add(
    await RadioSite.start([{ name: 'field', kind: rui3, keys: { radio: RADIO } }]),
    (one) => one.dispose(),
  );
  const { site } = radios;
  const field = radios.field('field');
  expect((await site.daemon.logged('AIR_TIME_UNKNOWN'))['doubt']).toBe('new');
  const device = field.device('device', IMPATIENT_MS);
  await until(() => isDone(device.connects()), PATIENCE_MS, 'the modem to be ready');
  await site.daemon.kill();
  const folder = join(site.daemon.folder, 'data');
  for (const name of await readdir(folder)) {
    if (/^MANIFEST|^CURRENT$|\.log$/.test(name)) await writeFile(join(folder, name), 'garbage');
  }
  const beforeMs = field.transmissions.airTimeMs;
  await site.restart({ links: site.config['links'] as object });
  const { doubt, msg } = await site.daemon.logged('AIR_TIME_UNKNOWN');
  expect([doubt, msg]).toEqual(['damaged', expect.stringContaining('send nothing for an hour')]);
  expect(await metric(site.daemon, 'air_time_assumed_seconds')).toBeCloseTo(LIMIT_MS / 1000);
  expect(await isDone(device.publishes('up/device', 'more', 1))).toBe(false);
  expect(field.transmissions.airTimeMs).toBe(beforeMs);
  await radios.stop();
});
