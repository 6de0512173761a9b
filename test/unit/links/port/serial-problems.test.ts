import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { holdersOf } from '../../../../src/links/port/holders.js';
import { openProblem } from '../../../../src/links/port/serial-problems.js';
import { Cleanup } from '../../../support/cleanup.js';

const AGAIN = 'unplug it and plug it in again, or try another port';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-port-'));
  cleanup.add(folder, (one) => rmSync(one, { recursive: true, force: true }));
  const path = join(folder, 'ttyUSB0');
  writeFileSync(path, '');
  return path;
}

const error = (message: string, code?: string): NodeJS.ErrnoException =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

it('a port that is not there may come at any time', async () => {
  const problem = await openProblem('/dev/nowhere', error('gone', 'ENOENT'));
  expect(problem.message).toMatch(/^\/dev\/nowhere is not there; (is the dongle|plugged in now)/);
  expect(problem.isPatient).toBe(false);
});

it('no permission: names the group of the file, and what to do', async () => {
  const problem = await openProblem(file(), error('Error: Permission denied, cannot open x'));
  expect(problem.message).toMatch(/belongs to group \w+\. Allow it with: sudo usermod -aG \w+ \w+/);
  expect(problem.isPatient).toBe(true);
});

it('no permission, and not even a look at it', async () => {
  const problem = await openProblem('/dev/nowhere', error('x', 'EACCES'));
  expect(problem.message).toBe(
    'no permission to open /dev/nowhere; allow it to the user that the gateway runs as',
  );
});

it.each(['Inappropriate ioctl for device', 'Is a directory'])(
  '%s: it is not a serial port',
  async (words) => {
    const problem = await openProblem(file(), error(`Error: ${words}, cannot open x`));
    expect(problem.message).toMatch(/ttyUSB0 is not a serial port; `mqttsn-gateway ports` lists/);
    expect(problem.isPatient).toBe(true);
  },
);

it('a device file without a device: says so', async () => {
  const problem = await openProblem(
    '/dev/x',
    error('Error: No such device or address, cannot open'),
  );
  expect(problem.message).toMatch(/^nothing is behind \/dev\/x; /);
  expect(problem.isPatient).toBe(false);
});

it('a link that leads back to itself is named so', async () => {
  const problem = await openProblem('/dev/dongle', error('ELOOP: too many links', 'ELOOP'));
  expect(problem.message).toBe(
    '/dev/dongle is a link that leads back to itself; make it anew, or name the device file',
  );
  expect(problem.isPatient).toBe(true);
});

it('a path through a file is not there either', async () => {
  const problem = await openProblem('/etc/passwd/ttyUSB0', error('not a directory', 'ENOTDIR'));
  expect(problem.message).toMatch(/^\/etc\/passwd\/ttyUSB0 is not there/);
});

it('the library says Error twice, the operator hears it not at all', async () => {
  const problem = await openProblem(
    '/dev/x',
    error('Error: Input/output error, cannot open /dev/x'),
  );
  expect(problem.message).toBe(`cannot open /dev/x: Input/output error; ${AGAIN}`);
});

it('anything else: in the words of the system', async () => {
  const problem = await openProblem('/dev/x', error('the sky is falling'));
  expect(problem.message).toBe(`cannot open /dev/x: the sky is falling; ${AGAIN}`);
});

it('finds who has a file open', async (context) => {
  if (process.platform !== 'linux') return context.skip('only Linux tells who has a file open');
  const path = file();
  expect(await holdersOf(path)).toEqual([]);
  const handle = await open(path);
  cleanup.add(handle, (one) => one.close());
  const [holder, ...others] = await holdersOf(path);
  expect(holder?.pid).toBe(process.pid);
  expect(holder?.program).not.toBe('');
  expect(others).toEqual([]);
});
