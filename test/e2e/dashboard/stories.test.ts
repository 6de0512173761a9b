/**
 * Somebody stands in a field with a phone and asks why a device is silent. The built gateway, and four devices that are
 * so for four reasons: the page alone says which, and what to do.
 */
import type { Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { Device } from '../../support/device.js';
import { PHONE } from '../../support/dashboard/browser.js';
import { finding, stage } from '../../support/dashboard/stage.js';
import { urlOf } from '../../support/scrape.js';
import { gatewayConfig, type Sections, udpLink } from '../../support/site.js';
import { TcpModem } from '../../support/tcp-modem.js';

const { cleanup, open } = stage();

async function gatewayWith(sections: Sections): Promise<Daemon> {
  const broker = { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
  const http = { listen: '127.0.0.1:0' };
  const config = gatewayConfig(broker, { http, ...sections });
  return cleanup.add(await Daemon.start(config), (one) => one.dispose());
}

async function modem(): Promise<TcpModem> {
  return cleanup.add(await TcpModem.start(), (one) => one.stop());
}

async function deviceAt(daemon: Daemon, clientId: string): Promise<Device> {
  return cleanup.add(await Device.at(daemon.port(), { clientId }), (one) => one.close());
}

/** As somebody does who knows nothing but the name of the device. */
async function lookFor(client: string, context: TestContext, daemon: Daemon): Promise<Page> {
  const watched = await open(context, urlOf(daemon, '/'), { viewport: PHONE });
  watched.expectError('404');
  const { page } = watched;
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByRole('searchbox').fill(client);
  return page;
}

it('the modem of a device has the wrong settings: nothing of it arrives, and the page says which link hears nonsense', async (context) => {
  const line = await modem();
  const daemon = await gatewayWith({
    links: [
      udpLink(),
      { name: 'field', type: 'serial', port: line.port, modem: 'slip', addressing: 'none' },
    ],
  });
  await line.connected();
  const other = await deviceAt(daemon, 'node-16');
  await other.connect();
  line.sendOctets(Buffer.from('RAKwireless RAK3172 AT_ERROR\r\n'.repeat(100)));
  const page = await lookFor('node-17', context, daemon);
  await finding(page, 'unknown-device').getByText('No device has connected').waitFor();
  const trouble = finding(page, 'field MODEM_WRONG_MODE');
  await trouble.getByText('RUI3').waitFor();
  await trouble.getByText('What to do: Compare modem, port and baudrate').waitFor();
  await finding(page, 'lan link-hears').getByText('It hears others').waitFor();
});

it('the subscription of a device was rejected: the page says which filter, by which rule', async (context) => {
  const daemon = await gatewayWith({ defaults: { allow: { subscribe: ['open/#'] } } });
  const device = await deviceAt(daemon, 'node-17');
  await device.connect();
  expect(await device.subscribe('secret/#', 1)).toMatchObject({ returnCode: 3 });
  const page = await lookFor('node-17', context, daemon);
  await page.getByRole('row', { name: 'node-17' }).getByText('refused a SUBSCRIBE').waitFor();
  await page.getByRole('link', { name: 'node-17' }).click();
  const refusal = finding(page, 'REFUSED_SUBSCRIBE');
  await refusal.getByText('may not subscribe to "secret/#"').waitFor();
  await refusal.getByText('devices[].allow.subscribe').waitFor();
});

it.for([
  ['kept', false, 'It has registered none'],
  ['clean', true, 'It has no session'],
] as const)(
  'a device with a %s session sleeps for longer than it said: the page says so, and what is left of it',
  async ([_kind, clean, left], context) => {
    const daemon = await gatewayWith({});
    const device = await deviceAt(daemon, 'node-17');
    await device.connect({ clean });
    await device.sleep(1);
    const page = await lookFor('node-17', context, daemon);
    await page.getByRole('row', { name: 'node-17 Lost sleep time over' }).waitFor();
    await page.getByRole('link', { name: 'node-17' }).click();
    const late = finding(page, 'slept-too-long');
    await late
      .getByText('it slept for longer than the time of 1 s that it had announced')
      .waitFor();
    await late.getByText('What to do: It has to wake up within the duration').waitFor();
    await page.getByText(left).first().waitFor();
  },
);

it('the duty cycle of a link is exhausted: the page says how much is used, and that it is not the device', async (context) => {
  const line = await modem();
  const daemon = await gatewayWith({
    // Without a disk nobody knows what an earlier run has sent: the whole hour counts as spent.
    store: { path: 'memory' },
    links: [
      udpLink(),
      {
        name: 'field',
        type: 'serial',
        port: line.port,
        modem: 'slip',
        addressing: 'none',
        radio: { frequency: '868.3MHz', spreading_factor: 9, bandwidth: '125kHz', region: 'EU868' },
      },
    ],
  });
  await line.connected();
  line.send({
    type: 'CONNECT',
    will: false,
    cleanSession: false,
    protocolId: 1,
    duration: 60,
    clientId: 'node-17',
  });
  const page = await lookFor('node-17', context, daemon);
  await page.getByRole('link', { name: 'node-17' }).click();
  const exhausted = finding(page, 'air-time-exhausted');
  await exhausted.getByText('Link field: The duty cycle is exhausted: 36.0 s of 36 s').waitFor();
  await exhausted.getByText('a lower spreading factor').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  const meter = page.locator('[data-link=field]').getByRole('meter');
  expect(await meter.getAttribute('value')).toBe(await meter.getAttribute('max'));
});
