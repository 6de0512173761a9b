/** The built gateway with a modem under a duty cycle, and a disk that fails. */
import { rm } from 'node:fs/promises';
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
/** What is on the disk for the time when it fails. */
const STANDING_MS = LIMIT_MS / 4;
/** The longest frame, which may have been on its way. */
const FRAME_MS = 40;

const cleanup = new Cleanup();
afterEach(cleanup.run);

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
  const radio = { ...(rui3.link['radio'] as object), duty_cycle: DUTY_CYCLE };
  const radios = cleanup.add(
    await RadioSite.start([{ name: 'field', kind: rui3, keys: { radio } }], { store: { path } }),
    (one) => one.dispose(),
  );
  const { daemon } = radios.site;
  const { transmissions } = radios.field('field');
  const isReduced = async (): Promise<number | undefined> =>
    (await scrape(daemon)).get('mqttsn_gateway_air_time_reduced{link="field"}');
  const device = radios.field('field').device('device', IMPATIENT_MS);
  const isDone = (work: Promise<void>): Promise<boolean> =>
    work.then(
      () => true,
      () => false,
    );
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
  expect(withoutDiskMs).toBeGreaterThan(STANDING_MS - FRAME_MS);
  expect(withoutDiskMs).toBeLessThanOrEqual(STANDING_MS + FRAME_MS);

  await rm(ballast);
  await daemon.logged('LINK_AIR_TIME_RESTORED');
  expect(await isReduced()).toBe(0);
  await until(isHeard, PATIENCE_MS, 'an answer');
  expect(transmissions.worstHourMs).toBeLessThanOrEqual(LIMIT_MS);
  await radios.stop();
});
