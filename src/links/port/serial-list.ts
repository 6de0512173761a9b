/**
 * The serial ports of this machine, and what is known of each without opening it. Linux is asked under /dev
 * and /sys, not through udev, which containers do not have; other systems through `serialport`.
 */
import { access, constants, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Holder, holdersOf } from './holders.js';
import { openProblem } from './serial-problems.js';
import { guessUsb, type UsbGuess, type UsbIdentity } from './usb-guess.js';

/** How long a path means the same port. */
export type Permanence =
  /** Wherever it is plugged in. */
  | 'device'
  /** As long as it is plugged into the same socket. */
  | 'socket'
  /** It is part of the board. */
  | 'board'
  /** Until it is plugged in again, or the machine starts anew. */
  | 'none';

export interface SerialPortFacts {
  /** What belongs into a configuration. */
  path: string;
  permanence: Permanence;
  /** Without symbolic links. */
  device: string;
  usb?: UsbIdentity;
  guess?: UsbGuess;
  /** Programs that have it open, as far as our rights show them. */
  holders: Holder[];
  /** Why this user cannot open it. */
  problem?: string;
  /** The system writes its own messages there. */
  isConsole: boolean;
}

export interface SerialListOptions {
  platform?: NodeJS.Platform;
  /** Where Linux has its devices. */
  dev?: string;
  /** Where Linux tells about them. */
  sys?: string;
  /** Rejects when this user may not open the device. */
  checkAccess?: (device: string) => Promise<void>;
  /** Ports as other systems than Linux name them. */
  listElsewhere?: () => Promise<PortElsewhere[]>;
}

/** A port in the words of `serialport`. */
export interface PortElsewhere {
  path: string;
  vendorId?: string | undefined;
  productId?: string | undefined;
  manufacturer?: string | undefined;
  serialNumber?: string | undefined;
}

/** Names that dongles, the headers of boards and Bluetooth have. */
const DEVICE = /^(?:tty(?:USB|ACM|AMA|S|XRUSB)|rfcomm)\d+$/;
/** Most of them exist only as names, in case there is a UART. */
const MAYBE_ABSENT = /^ttyS\d+$/;
const OF_THE_BOARD = /^tty(?:AMA|S)\d+$/;
/** Raspberry Pi OS names the UART of the header so, whichever it is. */
const ALIAS = /^serial\d$/;
const ABSENT_UART = '0';

const byName = new Intl.Collator('en', { numeric: true }).compare;

/** Those of USB first, for a gateway's modem is most likely there. */
export async function listSerialPorts({
  platform = process.platform,
  dev = '/dev',
  sys = '/sys',
  checkAccess = (device) => access(device, constants.R_OK | constants.W_OK),
  listElsewhere = listBySerialport,
}: SerialListOptions = {}): Promise<SerialPortFacts[]> {
  const found = platform === 'linux' ? await onLinux(dev, sys) : await elsewhere(listElsewhere);
  const ports = await Promise.all(
    found.map(async (port) => {
      const problem = await accessProblem(port.device, checkAccess);
      const guess = port.usb && guessUsb(port.usb);
      return {
        ...port,
        ...(guess === undefined ? {} : { guess }),
        holders: await holdersOf(port.device),
        ...(problem === undefined ? {} : { problem }),
      };
    }),
  );
  const rank = ({ usb }: SerialPortFacts): number => (usb === undefined ? 1 : 0);
  return ports.sort((a, b) => rank(a) - rank(b) || byName(a.device, b.device));
}

type Found = Omit<SerialPortFacts, 'guess' | 'holders' | 'problem'>;

async function onLinux(dev: string, sys: string): Promise<Found[]> {
  const [byId, byPath, aliases] = await Promise.all([
    linksIn(join(dev, 'serial/by-id')),
    linksIn(join(dev, 'serial/by-path')),
    linksIn(dev, ALIAS),
  ]);
  const consoles = ((await text(join(sys, 'class/tty/console/active'))) ?? '').split(/\s+/);
  // Whatever udev has named is a serial port, whatever its driver calls it.
  const devices = new Set([...byId.keys(), ...byPath.keys()]);
  for (const name of (await namesIn(dev)).filter((one) => DEVICE.test(one))) {
    if (await isReal(name, sys)) devices.add(await resolved(join(dev, name)));
  }
  const usbs = new Map<string, Usb>();
  for (const device of devices) {
    const usb = await usbOf(basename(device), sys);
    if (usb !== undefined) usbs.set(device, usb);
  }
  return [...devices].map((device) => {
    const usb = usbs.get(device);
    const name = { byId: byId.get(device), byPath: byPath.get(device), alias: aliases.get(device) };
    return {
      ...bestName(device, name, usb !== undefined && hasOwnName(usb, [...usbs.values()])),
      device,
      ...(usb === undefined ? {} : { usb: usb.identity }),
      isConsole: consoles.includes(basename(device)),
    };
  });
}

interface Usb {
  identity: UsbIdentity;
  /** Of the USB device in sysfs; an adapter with two ports has one. */
  folder: string;
}

/**
 * Whether the name in by-id belongs to this dongle alone. Without a serial number, or with one that the
 * maker has given to all, another of its kind would get the same name.
 */
function hasOwnName({ identity, folder }: Usb, all: readonly Usb[]): boolean {
  const { vendorId, productId, serialNumber } = identity;
  if (serialNumber === undefined) return false;
  return !all.some(
    (other) =>
      other.folder !== folder &&
      other.identity.vendorId === vendorId &&
      other.identity.productId === productId &&
      other.identity.serialNumber === serialNumber,
  );
}

interface Names {
  byId: string | undefined;
  byPath: string | undefined;
  alias: string | undefined;
}

function bestName(
  device: string,
  { byId, byPath, alias }: Names,
  isOwn: boolean,
): { path: string; permanence: Permanence } {
  if (byId !== undefined && isOwn) return { path: byId, permanence: 'device' };
  if (byPath !== undefined) return { path: byPath, permanence: 'socket' };
  if (byId !== undefined) return { path: byId, permanence: 'none' };
  const isBoard = alias !== undefined || OF_THE_BOARD.test(basename(device));
  return { path: alias ?? device, permanence: isBoard ? 'board' : 'none' };
}

async function isReal(name: string, sys: string): Promise<boolean> {
  if (!MAYBE_ABSENT.test(name)) return true;
  const type = await text(join(sys, 'class/tty', name, 'type'));
  return type !== undefined && type !== ABSENT_UART;
}

/** Up from the port to the USB device that it is a part of. */
async function usbOf(name: string, sys: string): Promise<Usb | undefined> {
  const root = await resolved(sys);
  let folder = await resolved(join(sys, 'class/tty', name, 'device'));
  for (; folder.startsWith(`${root}/`); folder = dirname(folder)) {
    const vendorId = await text(join(folder, 'idVendor'));
    if (vendorId === undefined) continue;
    const [productId, manufacturer, product, serialNumber] = await Promise.all(
      ['idProduct', 'manufacturer', 'product', 'serial'].map((one) => text(join(folder, one))),
    );
    const identity = identityOf({ vendorId, productId, manufacturer, product, serialNumber });
    return identity && { identity, folder };
  }
  return undefined;
}

async function elsewhere(list: () => Promise<PortElsewhere[]>): Promise<Found[]> {
  return (await list()).map(({ path, ...words }) => {
    const usb = identityOf(words);
    return {
      path,
      // Named after the serial number or the socket, or numbered: the system alone knows.
      permanence: 'none',
      device: path,
      ...(usb === undefined ? {} : { usb }),
      isConsole: false,
    };
  });
}

/** Loaded here alone: it comes with a library of the system's own kind. */
async function listBySerialport(): Promise<PortElsewhere[]> {
  const { SerialPort } = await import('serialport');
  return SerialPort.list();
}

/** Ids in lower case; undefined without both of them: then it is not USB. */
function identityOf(
  words: {
    [K in keyof UsbIdentity]?: UsbIdentity[K] | undefined;
  },
): UsbIdentity | undefined {
  const { vendorId, productId, ...others } = words;
  if (!vendorId || !productId) return undefined;
  const told = Object.entries(others).filter(([, value]) => value !== undefined && value !== '');
  return {
    vendorId: vendorId.toLowerCase(),
    productId: productId.toLowerCase(),
    ...Object.fromEntries(told),
  };
}

async function accessProblem(
  device: string,
  checkAccess: (device: string) => Promise<void>,
): Promise<string | undefined> {
  try {
    await checkAccess(device);
    return undefined;
  } catch (error) {
    return (await openProblem(device, error as NodeJS.ErrnoException)).message;
  }
}

/** Links of a folder by the device behind them; of several to one device the shortest, which is the oldest form. */
async function linksIn(folder: string, pattern = /./): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  const names = (await namesIn(folder)).filter((name) => pattern.test(name));
  for (const name of names.sort((a, b) => a.length - b.length || byName(a, b))) {
    const path = join(folder, name);
    const device = await realpath(path).catch(() => undefined);
    if (device !== undefined && !links.has(device)) links.set(device, path);
  }
  return links;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const resolved = (path: string): Promise<string> => realpath(path).catch(() => path);

/** undefined: there is no such file, or nothing in it. A dongle says what it likes: it does not rule the terminal. */
async function text(path: string): Promise<string | undefined> {
  const content = await readFile(path, 'utf8').catch(() => '');
  return content.replace(/\p{Cc}+/gu, ' ').trim() || undefined;
}
