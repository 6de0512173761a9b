/** A dongle that comes and goes at the worst moments: beyond what every link promises (contract.test.ts). */
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, expect, it, type TestContext } from 'vitest';
import type { PtyPort } from '../../../firmware-sim/ports/pty.js';
import { TcpPortSource } from '../../../src/links/port/tcp-port.js';
import type { RadioLink } from '../../../src/links/radio.js';
import { Cleanup } from '../../support/cleanup.js';
import {
  BAUD_RATE,
  deviceFolder,
  radioLink,
  RadioSite,
  serialPort,
} from '../../support/links/radio.js';
import { Report } from '../../support/links/report.js';
import { type LinkDevice, message } from '../../support/links/site.js';
import { need } from '../../support/requirements.js';
import { PATIENCE_MS, until } from '../../support/wait.js';

const QOS_1 = 3;
/** The library by itself misses one in a hundred or so. */
const UNPLUGS = 60;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Dongle {
  port: PtyPort;
  link: RadioLink;
  report: Report;
  device: LinkDevice;
  /** Both ways. */
  works: (which: number) => Promise<void>;
  lost: (count: number) => Promise<unknown>;
  ready: (count: number) => Promise<unknown>;
}

/** `stable`: the link opens it by the name that stays. */
async function dongle(context: TestContext, stable?: string): Promise<Dongle> {
  need(context, 'socat');
  const site = new RadioSite(cleanup);
  const folder = deviceFolder(cleanup);
  const stablePath = stable === undefined ? undefined : join(folder, stable);
  const port = await site.atPty(join(folder, 'ttyUSB0'), stablePath);
  const link = radioLink(serialPort(stablePath ?? port.path));
  const report = new Report();
  await link.start(report);
  cleanup.add(link, (one) => one.stop());
  const device = site.device();
  const told = (code: string) => (count: number) =>
    until(() => report.count(code) === count, PATIENCE_MS, `${code} ${count}`);
  return {
    port,
    link,
    report,
    device,
    lost: told('LINK_PORT_LOST'),
    ready: told('LINK_READY'),
    works: async (which) => {
      device.send(message(which));
      const isHeard = (): boolean => report.heard.some(({ data }) => data.at(-1) === which);
      await until(isHeard, PATIENCE_MS, `datagram ${which}`);
      link.send(null, message(which), QOS_1);
      const isSent = (): boolean => device.heard.some((data) => data.at(-1) === which);
      await until(isSent, PATIENCE_MS, `frame ${which} on the air`);
    },
  };
}

it('a dongle that comes back under another number is found by its stable name', async (context) => {
  const { port, works, lost, ready } = await dongle(context, 'by-id/usb-dongle');
  await works(1);
  port.unplug();
  await lost(1);
  await port.replug(port.path.replace('ttyUSB0', 'ttyUSB7'));
  await ready(1);
  await works(2);
});

it('a dongle that is pulled out in the middle of a frame: nothing of it is left', async (context) => {
  const { port, report, device, works, lost, ready } = await dongle(context);
  port.unplugAfter(6, 'to-host');
  device.send(message(1));
  await lost(1);
  await port.replug();
  await ready(1);
  await works(2);
  expect(report.heard.map(({ data }) => data.at(-1))).toEqual([2]);
});

it('a dongle that is pulled out again and again, just when something comes: noticed each time', async (context) => {
  const { port, device, lost, ready } = await dongle(context);
  for (let count = 1; count <= UNPLUGS; count++) {
    port.unplugAfter(1 + (count % 9), 'to-host');
    device.send(message(1));
    await lost(count);
    await port.replug();
    await ready(count);
  }
});

it('a dongle that is pulled out while it is written to: what has to be answered is told', async (context) => {
  const { port, link, report, device, works, lost } = await dongle(context);
  await works(1);
  port.unplugAfter(6, 'to-modem');
  link.send(null, message(2, 200), QOS_1, 77);
  await lost(1);
  await until(() => report.transmitted(77) === 1, PATIENCE_MS, 'the end of the transmission');
  await port.replug();
  await works(3);
  expect(device.heard.map((data) => data.at(-1))).toEqual([1, 3]);
});

it('a port that somebody else has: says who', async (context) => {
  need(context, 'socat');
  const { path } = await new RadioSite(cleanup).atPty(join(deviceFolder(cleanup), 'ttyUSB0'));
  const other = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise((resolve) => other.open(resolve));
  cleanup.add(other, (one) => new Promise((resolve) => one.close(resolve)));
  expect(await wordsAtStart(radioLink(serialPort(path)))).toEqual([
    `link "field": ${path} is in use by another link of this gateway; give each link a port of its own`,
  ]);
});

it('a device server where nobody listens: says so', async () => {
  const [words] = await wordsAtStart(radioLink(new TcpPortSource('127.0.0.1', 1)));
  expect(words).toContain('cannot connect to tcp://127.0.0.1:1: nothing listens');
});

async function wordsAtStart(link: RadioLink): Promise<string[]> {
  const report = new Report();
  await link.start(report);
  cleanup.add(link, (one) => one.stop());
  return report.said.map((one) => one.message);
}
