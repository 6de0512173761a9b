/** What changes at the gateway while somebody looks. */
import { expect, it } from 'vitest';
import { stage } from '../../support/dashboard/stage.js';
import {
  bufferedOf,
  entryOf,
  frameOf,
  linkOf,
  overviewOf,
  rowOf,
} from '../../support/dashboard/world.js';

const { open, pretended } = stage();
const MINUTE_MS = 60_000;

it('a device that is lost, one that is new and one that is forgotten show in the list by themselves', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1' }));
  gateway.add(rowOf({ client: 'node-2' }));
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByText('2 devices').waitFor();
  gateway.add(rowOf({ client: 'node-1', state: 'LOST', why: 'keep alive over', dueAtMs: null }));
  gateway.add(rowOf({ client: 'node-3' }));
  gateway.rows.delete('node-2');
  await gateway.tell('devices', {
    changed: ['node-1', 'node-3'],
    gone: ['node-2'],
    isAll: false,
  });
  await page.getByRole('row', { name: 'node-1 Lost' }).waitFor();
  await page.getByRole('row', { name: 'node-3' }).waitFor();
  expect(await page.getByRole('row', { name: 'node-2' }).count()).toBe(0);
});

it("a device's page follows the device, and says its state to who listens", async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1', state: 'ASLEEP' }));
  const { page } = await open(context, `${gateway.url}#/devices/node-1`);
  await page.getByRole('status').getByText('Asleep').waitFor();
  gateway.add(rowOf({ client: 'node-1', state: 'AWAKE' }));
  gateway.buffers.set('node-1', [bufferedOf(1, 'lamps/1', 'on')]);
  gateway.frames.push(frameOf(1));
  await gateway.tell('devices', { changed: ['node-1'], gone: [], isAll: false });
  await page.getByRole('status').getByText('Awake').waitFor();
  await page.getByRole('row', { name: 'lamps/1' }).waitFor();
  await page.getByText('PINGREQ').first().waitFor();
});

it('the overview follows the gateway', async (context) => {
  const gateway = await pretended();
  const { page } = await open(context, gateway.url);
  await page.getByText('ready', { exact: true }).waitFor();
  const { gateway: run, broker } = gateway.overview;
  await gateway.tell(
    'overview',
    overviewOf({
      gateway: { ...run, isReady: false, reasons: ['broker-away'] },
      broker: { ...broker, isUp: false, sinceMs: Date.now() - 5 * MINUTE_MS },
    }),
  );
  await page.getByText('The broker has been away for 5 min').waitFor();
  await page.getByRole('status').getByText('broker-away').waitFor();
});

it('ages count by the clock of the gateway, whatever the clock of the browser says', async (context) => {
  const gateway = await pretended();
  const dayMs = 24 * 60 * MINUTE_MS;
  const now = Date.now() + dayMs;
  gateway.overview = overviewOf({
    nowMs: now,
    links: [linkOf({ heardAtMs: now - 3 * MINUTE_MS })],
  });
  const { page } = await open(context, gateway.url);
  await page.locator('[data-link=field]').getByText('3 min ago').waitFor();
});

it('that the gateway is away is said, and when it is back the page catches up', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1' }));
  const watched = await open(context, `${gateway.url}#/devices`);
  watched.expectError('net::ERR');
  const { page } = watched;
  await page.getByRole('row', { name: 'node-1' }).waitFor();
  // Nobody tells the page of this one.
  gateway.add(rowOf({ client: 'node-2' }));
  await gateway.stop();
  await page
    .getByRole('alert')
    .getByText(/No connection to the gateway since \d\d:\d\d:\d\d/)
    .waitFor();
  await gateway.start();
  await page.getByRole('row', { name: 'node-2' }).waitFor();
  await page.getByText('No connection to the gateway').waitFor({ state: 'detached' });
});

it('a page that has no place among those who follow says so, looks now and then, and takes the next place', async (context) => {
  const gateway = await pretended();
  gateway.isFull = true;
  gateway.add(rowOf({ client: 'node-1' }));
  const watched = await open(context, `${gateway.url}#/devices`);
  watched.expectError('503');
  const { page } = watched;
  const note = page.getByRole('alert').getByText('As many pages follow this gateway');
  await note.waitFor();
  await page.getByText('ready', { exact: true }).waitFor();
  gateway.add(rowOf({ client: 'node-2' }));
  await page.getByRole('row', { name: 'node-2' }).waitFor();
  expect(await page.getByText('No connection to the gateway').count()).toBe(0);
  gateway.isFull = false;
  await note.waitFor({ state: 'detached' });
  await gateway.tell('overview', { ...gateway.overview, nowMs: Date.now() });
});

it('a page that is out of sight follows no more, and catches up when somebody looks again', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1' }));
  const { page } = await open(context, gateway.url);
  await page.clock.install();
  await page.goto(`${gateway.url}#/devices`);
  await page.reload();
  await page.getByRole('row', { name: 'node-1' }).waitFor();
  expect(gateway.readers).toBe(1);
  const show = async (state: 'hidden' | 'visible'): Promise<void> =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { value: now, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  await page.clock.fastForward(10_000);
  expect(gateway.readers).toBe(1);
  await page.clock.fastForward(10_000);
  await expect.poll(() => gateway.readers).toBe(0);
  gateway.add(rowOf({ client: 'node-2' }));
  await show('visible');
  await page.getByRole('row', { name: 'node-2' }).waitFor();
  expect(gateway.readers).toBe(1);
});

it('a page without a place that is out of sight asks no more', async (context) => {
  const gateway = await pretended();
  gateway.isFull = true;
  const watched = await open(context, gateway.url);
  watched.expectError('503');
  const { page } = watched;
  await page.clock.install();
  await page.reload();
  await page.getByRole('alert').getByText('As many pages follow this gateway').waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const asks = (): number => gateway.asked.filter((url) => url.endsWith('/api/events')).length;
  for (let second = 0; second < 20; second++) await page.clock.fastForward(1000);
  const before = asks();
  gateway.isFull = false;
  for (let second = 0; second < 20; second++) await page.clock.fastForward(1000);
  expect([asks(), gateway.readers]).toEqual([before, 0]);
});

it('what could not be shown because the gateway was away is shown when it is back', async (context) => {
  const gateway = await pretended();
  const watched = await open(context, gateway.url);
  watched.expectError('net::ERR');
  const { page } = watched;
  await page.getByText('ready', { exact: true }).waitFor();
  await gateway.stop();
  await page.getByRole('link', { name: 'Topics' }).click();
  await page.getByText('The gateway does not answer.').waitFor();
  gateway.predefined = [{ id: 1, topic: 'a/b', clients: null, constant: 'A_B' }];
  await gateway.start();
  await page.getByRole('row', { name: '1 a/b' }).waitFor();
  await page.getByText('The gateway does not answer.').waitFor({ state: 'detached' });
});

it('another run of the gateway counts lines and frames anew, and none of them is missed', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1' }));
  gateway.log = [entryOf({ number: 900, message: 'of the first run' })];
  gateway.frames = [frameOf(900, { name: 'CONNECT' })];
  const { page } = await open(context, `${gateway.url}#/log`);
  await page.getByText('of the first run').waitFor();
  const device = await open(context, `${gateway.url}#/devices/node-1`);
  await device.page.getByText('CONNECT', { exact: true }).first().waitFor();
  gateway.log = [entryOf({ number: 3, message: 'of the second run' })];
  gateway.frames = [frameOf(3, { name: 'WILLTOPIC' })];
  await page.getByText('of the second run').waitFor();
  await page.getByText('of the first run').waitFor({ state: 'detached' });
  await device.page.getByText('WILLTOPIC', { exact: true }).first().waitFor();
});
