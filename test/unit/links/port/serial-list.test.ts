import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listSerialPorts,
  type SerialListOptions,
  type SerialPortFacts,
} from '../../../../src/links/port/serial-list.js';
import { Cleanup } from '../../../support/cleanup.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mqttsn-ports-')));
  cleanup.add(root, (one) => rmSync(one, { recursive: true, force: true }));
  mkdirSync(join(root, 'dev'));
  mkdirSync(join(root, 'sys'));
});

function file(path: string, text = ''): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, `${text}\n`);
  return whole;
}

function link(path: string, target: string): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  symlinkSync(target, whole);
  return whole;
}

interface Dongle {
  name: string;
  socket: string;
  ids: [vendor: string, product: string];
  words?: { manufacturer?: string; product?: string; serial?: string };
  byId?: string;
}

/** As Linux shows a dongle: under its socket, with the port some levels below the device. */
function plug({ name, socket, ids, words = {}, byId }: Dongle): string {
  const usb = `sys/devices/pci0000:00/usb1/${socket}`;
  const port = `${usb}/${socket}:1.0/${name}`;
  mkdirSync(join(root, port), { recursive: true });
  file(`${usb}/idVendor`, ids[0]);
  file(`${usb}/idProduct`, ids[1]);
  for (const [key, text] of Object.entries(words)) file(`${usb}/${key}`, text);
  mkdirSync(join(root, 'sys/class/tty', name), { recursive: true });
  link(`sys/class/tty/${name}/device`, join(root, port));
  const device = file(`dev/${name}`);
  link(`dev/serial/by-path/platform-xhci-usb-0:${socket}:1.0-port0`, `../../${name}`);
  link(`dev/serial/by-path/platform-xhci-usbv2-0:${socket}:1.0-port0`, `../../${name}`);
  if (byId !== undefined) link(`dev/serial/by-id/${byId}`, `../../${name}`);
  return device;
}

const list = (options: SerialListOptions = {}): Promise<SerialPortFacts[]> =>
  listSerialPorts({
    platform: 'linux',
    dev: join(root, 'dev'),
    sys: join(root, 'sys'),
    ...options,
  });

const FTDI: Dongle = {
  name: 'ttyUSB0',
  socket: '1-1.2',
  ids: ['0403', '6015'],
  words: { manufacturer: 'FTDI', product: 'XBee Explorer', serial: 'DA01X' },
  byId: 'usb-FTDI_XBee_Explorer_DA01X-if00-port0',
};
const CH340: Dongle = {
  name: 'ttyUSB1',
  socket: '1-1.3',
  ids: ['1a86', '7523'],
  words: { product: 'USB Serial' },
  byId: 'usb-1a86_USB_Serial-if00-port0',
};

describe('the ports of Linux', () => {
  it('a machine without any', async () => {
    expect(await list()).toEqual([]);
    expect(await list({ dev: '/nowhere', sys: '/nowhere' })).toEqual([]);
  });

  it('a dongle with a serial number goes by its id, and says what it is', async () => {
    const device = plug(FTDI);
    expect(await list()).toEqual([
      {
        path: join(root, 'dev/serial/by-id', FTDI.byId ?? ''),
        permanence: 'device',
        device,
        usb: {
          vendorId: '0403',
          productId: '6015',
          manufacturer: 'FTDI',
          product: 'XBee Explorer',
          serialNumber: 'DA01X',
        },
        guess: { what: 'an adapter for XBee of Digi', modems: ['xbee'] },
        holders: [],
        isConsole: false,
      },
    ]);
  });

  it('without a serial number it goes by its socket: another of its kind would take its name', async () => {
    plug(CH340);
    const [port] = await list();
    expect(port).toMatchObject({
      path: join(root, 'dev/serial/by-path/platform-xhci-usb-0:1-1.3:1.0-port0'),
      permanence: 'socket',
    });
    expect(port?.guess?.modems).toContain('rn2483');
    expect(port?.guess?.conflict).toContain('brltty');
  });

  it('two with the same serial number go by their sockets, whoever of them has the name', async () => {
    const ids: Dongle['ids'] = ['10c4', 'ea60'];
    const words = { serial: '0001' };
    plug({ name: 'ttyUSB0', socket: '1-1', ids, words, byId: 'usb-CP2102_0001-if00-port0' });
    plug({ name: 'ttyUSB10', socket: '1-3', ids, words });
    plug({ name: 'ttyUSB9', socket: '1-2', ids, words: { serial: '0002' } });
    const ports = await list();
    expect(ports.map(({ path, permanence }) => [path.split('/').at(-1), permanence])).toEqual([
      ['platform-xhci-usb-0:1-1:1.0-port0', 'socket'],
      ['platform-xhci-usb-0:1-2:1.0-port0', 'socket'],
      ['platform-xhci-usb-0:1-3:1.0-port0', 'socket'],
    ]);
  });

  it('two ports of one adapter share its serial number and keep their names', async () => {
    plug({ ...FTDI, byId: 'usb-FTDI_Dual-if00-port0' });
    const usb = join(root, 'sys/devices/pci0000:00/usb1/1-1.2');
    mkdirSync(join(usb, '1-1.2:1.1/ttyUSB1'), { recursive: true });
    link('sys/class/tty/ttyUSB1/device', join(usb, '1-1.2:1.1/ttyUSB1'));
    file('dev/ttyUSB1');
    link('dev/serial/by-id/usb-FTDI_Dual-if01-port0', '../../ttyUSB1');
    const ports = await list();
    expect(ports.map(({ path, permanence }) => [path.split('/').at(-1), permanence])).toEqual([
      ['usb-FTDI_Dual-if00-port0', 'device'],
      ['usb-FTDI_Dual-if01-port0', 'device'],
    ]);
  });

  it('without udev there are names that change, and what sysfs tells', async () => {
    plug(CH340);
    rmSync(join(root, 'dev/serial'), { recursive: true });
    expect(await list()).toMatchObject([
      { path: join(root, 'dev/ttyUSB1'), permanence: 'none', usb: { vendorId: '1a86' } },
    ]);
    link('dev/serial/by-id/usb-1a86_USB_Serial-if00-port0', '../../ttyUSB1');
    const [port] = await list();
    expect(port?.path).toBe(join(root, 'dev/serial/by-id/usb-1a86_USB_Serial-if00-port0'));
    expect(port?.permanence).toBe('none');
  });

  it('UARTs of the board come last, by their alias, and only those that exist', async () => {
    plug(FTDI);
    for (const name of ['ttyS0', 'ttyS1', 'ttyS2', 'ttyAMA10', 'rfcomm0', 'tty0', 'ptmx'])
      file(`dev/${name}`);
    file('sys/class/tty/ttyS0/type', '4');
    file('sys/class/tty/ttyS1/type', '0');
    file('sys/class/tty/console/active', 'tty0 ttyAMA10');
    link('dev/serial0', 'ttyAMA10');
    const ports = await list();
    expect(
      ports.map(({ path, permanence, isConsole }) => [
        path.slice(root.length),
        permanence,
        isConsole,
      ]),
    ).toEqual([
      [`/dev/serial/by-id/${FTDI.byId}`, 'device', false],
      ['/dev/rfcomm0', 'none', false],
      ['/dev/serial0', 'board', true],
      ['/dev/ttyS0', 'board', false],
    ]);
  });

  it('control characters of a dongle do not reach the terminal', async () => {
    plug({ ...FTDI, words: { product: 'evil\u001b[2Jname\u0007', serial: 'A' } });
    expect((await list())[0]?.usb?.product).toBe('evil [2Jname');
  });

  it('tells who holds a port', async (context) => {
    if (process.platform !== 'linux') return context.skip('only Linux tells who has a file open');
    const handle = await open(plug(FTDI));
    cleanup.add(handle, (one) => one.close());
    expect((await list())[0]?.holders).toMatchObject([{ pid: process.pid }]);
  });

  it('tells why this user may not open it', async () => {
    plug(FTDI);
    const refusal = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const [port] = await list({ checkAccess: () => Promise.reject(refusal) });
    expect(port?.problem).toMatch(/no permission .* belongs to group \w+.*usermod -aG/);
  });
});

it('other systems than Linux tell what they know', async () => {
  const ports = await list({
    platform: 'darwin',
    checkAccess: () => Promise.resolve(),
    listElsewhere: () =>
      Promise.resolve([
        { path: '/dev/tty.Bluetooth' },
        { path: '/dev/tty.usbserial-7', vendorId: '10C4', productId: 'EA60', serialNumber: '7' },
      ]),
  });
  expect(ports.map(({ path }) => path)).toEqual(['/dev/tty.usbserial-7', '/dev/tty.Bluetooth']);
  expect(ports[0]).toMatchObject({
    usb: { vendorId: '10c4', productId: 'ea60', serialNumber: '7' },
    guess: { what: expect.stringMatching(/^a CP210x adapter: XBee/) as string },
  });
});
