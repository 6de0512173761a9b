/** The page at the built gateway: what other tests pretend is what the gateway answers. */
import { expect, it } from 'vitest';
import { stage } from '../../support/dashboard/stage.js';
import { Daemon } from '../../support/daemon.js';
import { Device } from '../../support/device.js';
import { urlOf } from '../../support/scrape.js';
import { gatewayConfig, type Sections } from '../../support/site.js';

const { cleanup, open } = stage();

const BROKER = { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
const TOKEN = 'a-long-enough-token';

async function gatewayWith(sections: Sections = {}): Promise<Daemon> {
  const config = gatewayConfig(BROKER, { http: { listen: '127.0.0.1:0' }, ...sections });
  return cleanup.add(await Daemon.start(config), (one) => one.dispose());
}

async function deviceAt(daemon: Daemon, clientId: string): Promise<Device> {
  return cleanup.add(await Device.at(daemon.port(), { clientId }), (one) => one.close());
}

it('a device connects, speaks, sleeps and is forgotten, and the page shows each as it happens', async (context) => {
  const daemon = await gatewayWith();
  const watched = await open(context, urlOf(daemon, '/#/devices'));
  watched.expectError('404');
  const { page } = watched;
  await page.getByText('0 devices').waitFor();
  const [lamp, other] = [await deviceAt(daemon, 'lamp'), await deviceAt(daemon, 'other')];
  await lamp.connect({ clean: false });
  await page.getByRole('row', { name: 'lamp Active' }).waitFor();
  await page.getByRole('link', { name: 'lamp' }).click();

  await lamp.subscribe('lamps/#', 1);
  await lamp.publish(await lamp.register('up/lamp'), 'hello', 1);
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  await section('Subscriptions').getByText('lamps/#').waitFor();
  await section('Topic ids').getByText('up/lamp').waitFor();
  await section('Last messages').getByText('hello').waitFor();
  await section('Frames').getByText('SUBSCRIBE', { exact: true }).first().click();
  await section('Frames').getByRole('row', { name: 'lamps/#' }).first().waitFor();

  await lamp.sleep(60);
  await page.getByText('It is asleep').waitFor();
  await other.connect();
  for (const name of ['a', 'b', 'c']) {
    await other.publish(await other.register(`lamps/${name}`), `on ${name}`, 1);
  }
  const buffer = section('Sleep buffer');
  for (const name of ['a', 'b', 'c']) await buffer.getByText(`on ${name}`).waitFor();
  await buffer.getByRole('button', { name: 'Remove the message on lamps/b' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await buffer.getByText('on b').waitFor({ state: 'detached' });
  await lamp.wake();
  await lamp.got('lamps/a on a 1', 'lamps/c on c 1');
  expect(lamp.received).toHaveLength(2);

  await page.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
  await page.getByText('It was forgotten.').waitFor();
  await page.getByRole('link', { name: 'All devices' }).click();
  await page.getByRole('row', { name: 'other' }).waitFor();
  await page.getByRole('row', { name: 'lamp' }).waitFor({ state: 'detached' });
  daemon.assertHealthy();
});

it('a stranger is approved on the page, and let in; and disconnected, and comes back', async (context) => {
  const daemon = await gatewayWith({ access: { unknown_devices: 'deny' } });
  const device = await deviceAt(daemon, 'stranger');
  expect(await device.connect()).toBe(3);
  const { page } = await open(context, urlOf(daemon, '/#/devices'));
  await page.getByRole('row', { name: 'stranger Not let in' }).waitFor();
  await page.getByRole('link', { name: 'stranger' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('It was approved').first().waitFor();
  expect(await device.connect()).toBe(0);
  await page.getByRole('status').getByText('Active').waitFor();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await device.expect('DISCONNECT');
  await page.getByText('it said good-bye, or was disconnected').waitFor();
  expect(await device.connect()).toBe(0);
  await page.getByRole('status').getByText('Active').waitFor();
});

it('topics come as a C header', async (context) => {
  const daemon = await gatewayWith({
    topics: { predefined: [{ id: 7, topic: 'sensors/${clientId}/temperature' }] as never },
  });
  const { page } = await open(context, urlOf(daemon, '/#/topics'));
  await page.getByRole('row', { name: '7 sensors/${clientId}/temperature' }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'C header' }).click();
  expect((await download).suggestedFilename()).toBe('mqttsn_topics.h');
});

it('the log is read from the line that was there first, and goes on', async (context) => {
  const daemon = await gatewayWith();
  const { page } = await open(context, urlOf(daemon, '/#/log'));
  await page.getByText('BROKER_UP').waitFor();
  const device = await deviceAt(daemon, 'node-1');
  await device.connect();
  await page.getByText('node-1 is ACTIVE (connected)').waitFor();
});

it('with a token the page asks for it, takes a cookie in its place, and never shows it', async (context) => {
  const daemon = await gatewayWith({
    http: { listen: '127.0.0.1:0', token: TOKEN },
  });
  const watched = await open(context, urlOf(daemon, '/'));
  watched.expectError('401');
  const { page } = watched;
  await page.getByLabel('Token').fill('guess');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText(/./).waitFor();
  await page.getByLabel('Token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.locator('[data-link=lan]').waitFor();
  await page.getByRole('link', { name: 'Config' }).click();
  await page.getByRole('region', { name: 'http' }).getByText('token: "***"').waitFor();
  expect(await page.content()).not.toContain(TOKEN);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  await page.reload();
  await page.getByLabel('Token').waitFor();
});

it('the gateway is restarted under the page, which finds it again', async (context) => {
  const daemon = await gatewayWith();
  const url = urlOf(daemon, '/');
  const watched = await open(context, url);
  watched.expectError('net::ERR');
  const { page } = watched;
  await page.locator('[data-link=lan]').waitFor();
  await daemon.stop();
  await page.getByRole('alert').getByText('No connection to the gateway').waitFor();
  const config = gatewayConfig(BROKER, {
    http: { listen: new URL(url).host },
    gateway: { name: 'another' },
  });
  cleanup.add(await Daemon.start(config, { folder: daemon.folder }), (one) => one.kill());
  await page.getByText('another', { exact: true }).waitFor();
  await page.getByText('No connection to the gateway').waitFor({ state: 'detached' });
});
