/** Radio links at ports that come and go, with a virtual modem and an air in which nothing is lost and nothing takes time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Air, AirFrame, Station } from '../../../firmware-sim/air.js';
import { createVirtualModem, type VirtualModem } from '../../../firmware-sim/modems/index.js';
import { openPty, type PtyPort } from '../../../firmware-sim/ports/pty.js';
import { openTcp, type TcpPort } from '../../../firmware-sim/ports/tcp.js';
import { Random } from '../../../firmware-sim/random.js';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import type { PortSource } from '../../../src/links/port/port.js';
import { SerialPortSource } from '../../../src/links/port/serial-port.js';
import { TcpPortSource } from '../../../src/links/port/tcp-port.js';
import { RadioLink } from '../../../src/links/radio.js';
import { Channel } from '../../../src/modems/channel.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { createSlip } from '../../../src/modems/slip.js';
import type { Cleanup } from '../cleanup.js';
import type { LinkDevice, LinkSubject, PortSite } from './site.js';

const HERE = '127.0.0.1';
export const BAUD_RATE = 115_200;
/** Of the virtual line: nothing here depends on its pace. */
const LINE_BAUD_RATE = 1_000_000;
/** The line alone takes its time. */
const WIRE = { kind: 'rate', bytesPerSecond: Number.POSITIVE_INFINITY, overheadMs: 0 } as const;
const GATEWAY_NODE = 1;
const FIRST_NODE = 2;
const EVERYBODY = 255;
const NOISE_BYTES = 300;
const MESSAGE_BYTES_MAX = 255;

/** Devices with a RadioHead header around the modem. */
export class RadioSite implements Air {
  readonly lockMs = 0;
  readonly modem: VirtualModem;
  private readonly timeline = new RealTimeline();
  private readonly devices: LinkDevice[] = [];

  constructor(private readonly cleanup: Cleanup) {
    const { timeline } = this;
    this.modem = createVirtualModem('slip', { timeline, air: this, random: new Random(1) });
    cleanup.add(timeline, (one) => one.stop());
  }

  device(): LinkDevice {
    const node = FIRST_NODE + this.devices.length;
    let id = 0;
    const device: LinkDevice = {
      heard: [],
      send: (data) => {
        const payload = Uint8Array.of(GATEWAY_NODE, node, id++ & 0xff, 0, ...data);
        this.modem.receive({ from: '', to: null, payload }, { rssiDbm: -80, snrDb: 9, lqi: 200 });
      },
    };
    this.devices.push(device);
    return device;
  }

  garble(): void {
    this.modem.makeNoise(NOISE_BYTES);
  }

  transmit(_station: Station, { payload }: AirFrame, done: (acknowledged: boolean) => void): void {
    const [to] = payload;
    this.devices.forEach(({ heard }, at) => {
      if (to === EVERYBODY || to === FIRST_NODE + at) heard.push(payload.slice(4));
    });
    done(true);
  }

  airTimeMs(): number {
    return 0;
  }

  isBusy(): boolean {
    return false;
  }

  async atPty(path: string, stablePath?: string): Promise<PtyPort> {
    const options = { ...this.line, path, ...(stablePath === undefined ? {} : { stablePath }) };
    return this.cleanup.add(await openPty(this.modem, options), (one) => one.close());
  }

  async inNetwork(): Promise<TcpPort> {
    const port = await openTcp(this.modem, { ...this.line, host: HERE, port: 0 });
    return this.cleanup.add(port, (one) => one.close());
  }

  private get line() {
    return { timeline: this.timeline, random: new Random(2), baudRate: LINE_BAUD_RATE };
  }
}

export function radioLink(source: PortSource, name = 'field'): RadioLink {
  const modem = createSlip({
    header: new RadioheadHeader({ ownAddress: GATEWAY_NODE, acknowledge: false }),
    baudRate: BAUD_RATE,
    messageBytesMax: MESSAGE_BYTES_MAX,
  });
  return new RadioLink({
    name,
    modem: 'slip',
    source,
    channel: new Channel({ modem, air: WIRE, dutyCycle: null, turnaroundMs: 0 }),
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()),
  });
}

export const serialPort = (path: string): SerialPortSource =>
  new SerialPortSource({ path, baudRate: BAUD_RATE, rtscts: false });

/** A folder for device files. */
export function deviceFolder(cleanup: Cleanup): string {
  const path = mkdtempSync(join(tmpdir(), 'mqttsn-ports-'));
  return cleanup.add(path, (one) => rmSync(one, { recursive: true, force: true }));
}

const radio = {
  isPaced: true,
  largestBytes: MESSAGE_BYTES_MAX,
  canBroadcast: true,
} as const;

function siteAt(site: RadioSite, link: RadioLink, port: PtyPort | TcpPort): PortSite {
  return {
    link,
    device: async () => site.device(),
    garble: async () => site.garble(),
    unplug: () => port.unplug(),
    replug: () => port.replug(),
  };
}

export const RADIO_SUBJECTS: readonly LinkSubject<PortSite>[] = [
  {
    ...radio,
    name: 'a radio link at a serial port',
    program: 'socat',
    build: async (cleanup) => {
      const site = new RadioSite(cleanup);
      const port = await site.atPty(join(deviceFolder(cleanup), 'ttyUSB0'));
      return siteAt(site, radioLink(serialPort(port.path)), port);
    },
  },
  {
    ...radio,
    name: 'a radio link over TCP',
    build: async (cleanup) => {
      const site = new RadioSite(cleanup);
      const port = await site.inNetwork();
      return siteAt(site, radioLink(new TcpPortSource(HERE, port.port)), port);
    },
  },
];
