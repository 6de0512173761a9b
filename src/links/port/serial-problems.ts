/** Why a serial port cannot be opened, in words that say what to do. */
import { userInfo } from 'node:os';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { holdersOf } from './holders.js';
import { PortError } from './port.js';

/** Where udev names ports by what they are, not by when they were plugged in. */
const BY_ID = '/dev/serial/by-id';

export async function openProblem(
  path: string,
  { code, message }: NodeJS.ErrnoException,
): Promise<PortError> {
  if (code === 'ENOENT' || code === 'ENOTDIR' || message.includes('No such file')) {
    return new PortError(`${path} is not there${await othersThere()}`);
  }
  if (message.includes('No such device')) {
    return new PortError(`nothing is behind ${path}${await othersThere()}`);
  }
  if (code === 'EACCES' || message.includes('Permission denied')) {
    return new PortError(await permissionProblem(path), true);
  }
  if (message.includes('Cannot lock port') || message.includes('busy')) {
    return new PortError(await heldProblem(path), true);
  }
  if (code === 'ELOOP') {
    const message = `${path} is a link that leads back to itself; make it anew, or name the device file`;
    return new PortError(message, true);
  }
  if (/Inappropriate ioctl|Not a tty|Is a directory/.test(message)) {
    return new PortError(
      `${path} is not a serial port; \`mqttsn-gateway ports\` lists those that are`,
      true,
    );
  }
  return new PortError(
    `cannot open ${path}: ${plain(message)}; unplug it and plug it in again, or try another port`,
  );
}

/** `serialport` says "Error: Input/output error, cannot open /dev/ttyS9". */
const plain = (message: string): string =>
  message.replace(/^Error: /, '').replace(/, cannot open .*$/, '');

async function othersThere(): Promise<string> {
  const names = await readdir(BY_ID).catch(() => []);
  if (names.length === 0) return '; is the dongle plugged in?';
  return `; plugged in now: ${names.map((name) => `${BY_ID}/${name}`).join(', ')}`;
}

/** Debian's group is dialout, Arch's uucp: the file itself says which. */
async function permissionProblem(path: string): Promise<string> {
  const group = await groupOf(path);
  return group === undefined
    ? `no permission to open ${path}; allow it to the user that the gateway runs as`
    : `no permission to open ${path}: it belongs to group ${group}. Allow it with: sudo usermod -aG ${group} ${userInfo().username}, then log in again`;
}

async function groupOf(path: string): Promise<string | undefined> {
  try {
    const { gid } = await stat(path);
    const groups = await readFile('/etc/group', 'utf8');
    return groups
      .split('\n')
      .find((line) => line.split(':')[2] === String(gid))
      ?.split(':')[0];
  } catch {
    return undefined;
  }
}

async function heldProblem(path: string): Promise<string> {
  const holders = await holdersOf(await realpath(path).catch(() => path));
  if (holders.some(({ pid }) => pid === process.pid))
    return `${path} is in use by another link of this gateway; give each link a port of its own`;
  if (holders.length === 0)
    return `${path} is in use by another program; end it, or give it another port`;
  const names = holders.map(({ program, pid }) => `${program} (process ${pid})`).join(', ');
  return `${path} is in use by ${names}; end it, or give it another port`;
}
