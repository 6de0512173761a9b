/** The built gateway with Paho's pair of LoRaLink modems, one to receive and one to transmit, at two ptys. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const RETRY_MS = 500;
const RETRY_SOON = { defaults: { retry: { interval: '300ms', count: 10 } } };

async function pair(context: TestContext) {
  need(context, 'socat');
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-pair-'));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const transmitPort = join(folder, 'by-id', 'tx');
  const plan = {
    name: 'paho',
    kind: FIELD_KINDS.loralink,
    keys: { loralink: { transmit_port: transmitPort } },
  };
  const radios = await RadioSite.start([plan], RETRY_SOON);
  context.onTestFinished(radios.dispose);
  const field = radios.field('paho');
  // It is plugged in later than the gateway starts.
  const transmitter = await field.besideAtPty(join(folder, 'ttyUSB1'), transmitPort);
  return { radios, folder, field, transmitter };
}

it('a device connects, speaks, listens and sleeps; only the one transmits, and nothing comes twice', async (context) => {
  const { radios, field } = await pair(context);
  const witness = await radios.site.witness('up/#');
  const device = field.device('device', RETRY_MS);
  await device.connects();
  await device.subscribes('down/a', 1);
  await device.publishes('up/a', 'here', 2);
  await witness.saw('up/a here 2');
  await witness.publish('down/a', 'hello', 1);
  await device.got('down/a hello 1');
  await device.sleeps(60);
  await witness.publish('down/a', 'again', 1);
  expect((await device.wakes()).at(-1)).toBe('PINGRESP');
  expect(device.received).toEqual(['down/a hello 1', 'down/a again 1']);
  expect(field.transmissions.sentFrames).toBe(0);
  expect(field.secondTransmissions.sentFrames).toBeGreaterThan(5);
  await radios.stop();
});

it('either of them is pulled out and comes back under another number: sessions stay, nothing acknowledged is lost', async (context) => {
  const { radios, folder, field, transmitter } = await pair(context);
  const { daemon } = radios.site;
  const witness = await radios.site.witness('up/#');
  const device = field.device('device', RETRY_MS);
  await device.connects();
  await device.subscribes('down/a', 1);
  const dongles = [transmitter, field.dongle, transmitter];
  for (const [round, dongle] of dongles.entries()) {
    dongle.unplug();
    await until(
      () => daemon.count({ code: 'LINK_PORT_LOST' }) === round + 1,
      PATIENCE_MS,
      `loss ${round + 1}`,
    );
    await witness.publish('down/a', `${round}`, 1);
    const published = device.publishes('up/a', `${round}`, 1);
    await dongle.replug(join(folder, `ttyUSB${round + 2}`));
    await published;
    await witness.saw(`up/a ${round} 1`);
    await device.got(`down/a ${round} 1`);
  }
  expect(device.ledger).toMatchObject({ connects: 1, thrownOut: 0 });
  await radios.stop();
});
