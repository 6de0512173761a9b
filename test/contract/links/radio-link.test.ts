/** A radio link at ports that come and go: real pseudo-terminals and TCP, with a virtual modem behind them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it } from 'vitest';
import type { Air, AirFrame, Station } from '../../../firmware-sim/air.js';
import { createVirtualModem, type VirtualModem } from '../../../firmware-sim/modems/index.js';
import { openPty, type PtyPort } from '../../../firmware-sim/ports/pty.js';
import { Random } from '../../../firmware-sim/random.js';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import type { LinkEvent } from '../../../src/core/types.js';
import type { LinkEvents } from '../../../src/links/link.js';
import type { PortSource } from '../../../src/links/port/port.js';
import { SerialPortSource } from '../../../src/links/port/serial-port.js';
import { TcpPortSource } from '../../../src/links/port/tcp-port.js';
import { RadioLink } from '../../../src/links/radio.js';
import { Channel } from '../../../src/modems/channel.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import { createSlip } from '../../../src/modems/slip.js';
import { Cleanup } from '../../support/cleanup.js';
import { need } from '../../support/requirements.js';
import { until } from '../../support/wait.js';

const PATIENCE_MS = 10_000;
const BAUD_RATE = 115_200;
/** The library by itself misses one in a hundred or so. */
const UNPLUGS = 60;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** PUBLISH at QoS 0 with so many octets, the last of which says which it is. */
const message = (which: number, bytes = 12): Uint8Array =>
  Uint8Array.of(
    bytes,
    0x0c,
    0,
    0,
    1,
    0,
    0,
    ...Array.from({ length: bytes - 8 }, () => 0x20),
    which,
  );

const whichOf = (data: Uint8Array): number => data.at(-1) ?? -1;

/** An air in which nothing is lost and nothing takes time. */
class Ether implements Air {
  readonly lockMs = 0;
  readonly sent: number[] = [];

  transmit(_station: Station, { payload }: AirFrame, done: (acknowledged: boolean) => void): void {
    this.sent.push(whichOf(payload));
    done(true);
  }

  airTimeMs(): number {
    return 0;
  }

  isBusy(): boolean {
    return false;
  }
}

class Events implements LinkEvents {
  readonly heard: number[] = [];
  readonly events: LinkEvent[] = [];
  readonly said: string[] = [];
  readonly messages: string[] = [];

  datagram(_address: string, data: Uint8Array): void {
    this.heard.push(whichOf(data));
  }

  told(event: LinkEvent): void {
    this.events.push(event);
  }

  warning(code: string, text: string): void {
    this.said.push(code);
    this.messages.push(text);
  }

  info(code: string): void {
    this.said.push(code);
  }

  count(code: string): number {
    return this.said.filter((one) => one === code).length;
  }
}

interface Site {
  modem: VirtualModem;
  air: Ether;
}

function site(): Site {
  const timeline = new RealTimeline();
  cleanup.add(timeline, (one) => one.stop());
  const air = new Ether();
  return { air, modem: createVirtualModem('slip', { timeline, air, random: new Random(1) }) };
}

const portOptions = () => ({ timeline: new RealTimeline(), random: new Random(2) });

/** A device sends. */
const hears = ({ modem }: Site, which: number): void =>
  modem.receive(
    { from: '', to: null, payload: message(which) },
    { rssiDbm: -80, snrDb: 9, lqi: 200 },
  );

async function linkOn(source: PortSource): Promise<{ link: RadioLink; events: Events }> {
  const modem = createSlip({
    header: new NoHeader(),
    baudRate: BAUD_RATE,
    messageBytesMax: 255,
  });
  const air = { kind: 'rate', bytesPerSecond: BAUD_RATE / 10, overheadMs: 0 } as const;
  const events = new Events();
  const link = new RadioLink({
    name: 'field',
    modem: 'slip',
    source,
    channel: new Channel({ modem, air, dutyCycle: null }),
    keep: (_records, kept) => kept(),
    now: () => Math.floor(performance.now()),
  });
  await link.start(events);
  cleanup.add(link, (one) => one.stop());
  return { link, events };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mqttsn-ports-'));
  cleanup.add(path, (one) => rmSync(one, { recursive: true, force: true }));
  return path;
}

async function pty(modem: VirtualModem, path: string, stablePath?: string): Promise<PtyPort> {
  const options = { ...portOptions(), path, ...(stablePath === undefined ? {} : { stablePath }) };
  const port = await openPty(modem, options);
  cleanup.add(port, (one) => one.close());
  return port;
}

const serial = (path: string): SerialPortSource =>
  new SerialPortSource({ path, baudRate: BAUD_RATE, rtscts: false });

/** Both ways, until it works. */
async function works(at: Site, link: RadioLink, events: Events, which: number): Promise<void> {
  hears(at, which);
  await until(() => events.heard.includes(which), PATIENCE_MS, `datagram ${which}`);
  link.send(null, message(which), 3);
  await until(() => at.air.sent.includes(which), PATIENCE_MS, `frame ${which} on the air`);
}

describe('a radio link at a serial port', () => {
  it('carries datagrams both ways', async (context) => {
    need(context, 'socat');
    const at = site();
    const path = join(folder(), 'ttyUSB0');
    await pty(at.modem, path);
    const { link, events } = await linkOn(serial(path));
    await works(at, link, events, 1);
    expect(events.said).toEqual([]);
    expect(link.description).toBe(`field slip ${path}`);
  });

  it('that is pulled out while nothing happens, and plugged in again', async (context) => {
    need(context, 'socat');
    const at = site();
    const port = await pty(at.modem, join(folder(), 'ttyUSB0'));
    const { link, events } = await linkOn(serial(port.path));
    await works(at, link, events, 1);
    port.unplug();
    await until(() => events.count('LINK_PORT_LOST') === 1, PATIENCE_MS, 'lost');
    link.send(null, message(2), 3);
    expect(events.events).toContainEqual(
      expect.objectContaining({ event: 'dropped', reason: 'link-down' }),
    );
    await port.replug();
    await until(() => events.count('LINK_READY') === 1, PATIENCE_MS, 'ready again');
    await works(at, link, events, 3);
    expect(at.air.sent).toEqual([1, 3]);
  });

  it('that comes back under another number is found by its stable name', async (context) => {
    need(context, 'socat');
    const at = site();
    const here = folder();
    const stable = join(here, 'by-id', 'usb-dongle');
    const port = await pty(at.modem, join(here, 'ttyUSB0'), stable);
    const { link, events } = await linkOn(serial(stable));
    await works(at, link, events, 1);
    port.unplug();
    await until(() => events.count('LINK_PORT_LOST') === 1, PATIENCE_MS, 'lost');
    await port.replug(join(here, 'ttyUSB7'));
    await until(() => events.count('LINK_READY') === 1, PATIENCE_MS, 'ready again');
    await works(at, link, events, 2);
  });

  it('that is pulled out in the middle of a frame: nothing of it is left', async (context) => {
    need(context, 'socat');
    const at = site();
    const port = await pty(at.modem, join(folder(), 'ttyUSB0'));
    const { link, events } = await linkOn(serial(port.path));
    port.unplugAfter(6, 'to-host');
    hears(at, 1);
    await until(() => events.count('LINK_PORT_LOST') === 1, PATIENCE_MS, 'lost');
    await port.replug();
    await until(() => events.count('LINK_READY') === 1, PATIENCE_MS, 'ready again');
    await works(at, link, events, 2);
    expect(events.heard).toEqual([2]);
  });

  it('that is pulled out again and again, just when something comes: noticed each time', async (context) => {
    need(context, 'socat');
    const at = site();
    const port = await pty(at.modem, join(folder(), 'ttyUSB0'));
    const { events } = await linkOn(serial(port.path));
    for (let count = 1; count <= UNPLUGS; count++) {
      port.unplugAfter(1 + (count % 9), 'to-host');
      hears(at, 1);
      await until(() => events.count('LINK_PORT_LOST') === count, PATIENCE_MS, `loss ${count}`);
      await port.replug();
      await until(() => events.count('LINK_READY') === count, PATIENCE_MS, `return ${count}`);
    }
  });

  it('that is pulled out while it is written to: what has to be answered is told', async (context) => {
    need(context, 'socat');
    const at = site();
    const port = await pty(at.modem, join(folder(), 'ttyUSB0'));
    const { link, events } = await linkOn(serial(port.path));
    await works(at, link, events, 1);
    port.unplugAfter(6, 'to-modem');
    link.send(null, message(2, 200), 3, 77);
    await until(() => events.count('LINK_PORT_LOST') === 1, PATIENCE_MS, 'lost');
    const told = (): boolean => events.events.some((one) => 'ref' in one && one.ref === 77);
    await until(told, PATIENCE_MS, 'the end of the transmission');
    await port.replug();
    await works(at, link, events, 3);
    expect(at.air.sent).toEqual([1, 3]);
  });

  it('that is not there yet: the link starts, says so once, and finds it', async (context) => {
    need(context, 'socat');
    const at = site();
    const path = join(folder(), 'ttyUSB0');
    const { link, events } = await linkOn(serial(path));
    expect(events.said).toEqual(['LINK_PORT_UNAVAILABLE']);
    expect(events.messages[0]).toContain(`${path} is not there`);
    await pty(at.modem, path);
    await until(() => events.count('LINK_READY') === 1, PATIENCE_MS, 'ready');
    await works(at, link, events, 1);
    expect(events.count('LINK_PORT_UNAVAILABLE')).toBe(1);
  });

  it('that somebody else has: says who', async (context) => {
    need(context, 'socat');
    const at = site();
    const path = join(folder(), 'ttyUSB0');
    await pty(at.modem, path);
    const other = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
    await new Promise((resolve) => other.open(resolve));
    cleanup.add(other, (one) => new Promise((resolve) => one.close(resolve)));
    const { events } = await linkOn(serial(path));
    expect(events.messages).toEqual([
      `link "field": ${path} is in use by another link of this gateway`,
    ]);
  });
});

describe('a radio link over TCP', () => {
  it('carries datagrams, and connects again when the other side comes back', async () => {
    const timeline = new RealTimeline();
    const at = site();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('data', (octets) => at.modem.fromHost(octets));
    });
    at.modem.onOutput((octets) => {
      for (const socket of sockets) socket.write(octets);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup.add(server, (one) => new Promise((resolve) => one.close(() => resolve(undefined))));
    cleanup.add(sockets, (all) => {
      for (const one of all) one.destroy();
      timeline.stop();
    });
    const { port } = server.address() as { port: number };
    const { link, events } = await linkOn(new TcpPortSource('127.0.0.1', port));
    await works(at, link, events, 1);
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await until(() => events.count('LINK_READY') === 1, PATIENCE_MS, 'connected again');
    await works(at, link, events, 2);
  });

  it('nobody listens: says so', async () => {
    const { events } = await linkOn(new TcpPortSource('127.0.0.1', 1));
    expect(events.messages[0]).toContain('cannot connect to tcp://127.0.0.1:1: nothing listens');
  });
});
