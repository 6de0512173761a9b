import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerPorts } from '../../../src/cli/ports.js';
import type { SerialListOptions } from '../../../src/links/port/serial-list.js';
import { Cleanup } from '../../support/cleanup.js';
import { runCommand } from './test-terminal.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mqttsn-ports-'));
  cleanup.add(root, (one) => rmSync(one, { recursive: true, force: true }));
  for (const folder of ['dev/serial/by-path', 'usb/1-1/tty', 'class/tty/ttyUSB0'])
    mkdirSync(join(root, folder), { recursive: true });
});

const ports = (options: SerialListOptions = {}, ...args: string[]) =>
  runCommand(
    (program, terminal) =>
      registerPorts(program, terminal, {
        platform: 'linux',
        dev: join(root, 'dev'),
        sys: root,
        ...options,
      }),
    ['ports', ...args],
  );

function plugIn(): void {
  for (const [name, text] of Object.entries({
    idVendor: '1a86',
    idProduct: '7523',
    manufacturer: 'QinHeng',
    product: 'USB Serial',
  }))
    writeFileSync(join(root, 'usb/1-1', name), `${text}\n`);
  symlinkSync('../../../usb/1-1/tty', join(root, 'class/tty/ttyUSB0/device'));
  writeFileSync(join(root, 'dev/ttyUSB0'), '');
  symlinkSync('../../ttyUSB0', join(root, 'dev/serial/by-path/pci-usb-0:1:1.0-port0'));
}

describe('ports', () => {
  it('lists a port with all that is known of it', async () => {
    plugIn();
    const refusal = Object.assign(new Error('no'), { code: 'EACCES' });
    const { output, errors, exitCode } = await ports({
      checkAccess: () => Promise.reject(refusal),
    });
    const lines = output.replaceAll(root, '').split('\n');
    expect(lines.map((line) => line.replace(/(\S) {2,}/, '$1: '))).toEqual([
      '/dev/serial/by-path/pci-usb-0:1:1.0-port0',
      '  device: /dev/ttyUSB0',
      '  name: stays the same in this socket (it has no serial number)',
      '  adapter: QinHeng, USB Serial (USB 1a86:7523)',
      '  serial number none',
      expect.stringMatching(/^ {2}probably: a CH34x adapter: LoStik/),
      '  modem: rn2483, ebyte-transparent, raw, aquila',
      expect.stringMatching(/^ {2}note: brltty/),
      expect.stringMatching(/^ {2}problem: no permission .* usermod -aG/),
      '',
    ]);
    expect([errors, exitCode]).toEqual(['', 0]);
  });

  it('tells the same to programs', async () => {
    plugIn();
    const { output } = await ports({}, '--json');
    expect(JSON.parse(output)).toMatchObject([
      { permanence: 'socket', usb: { vendorId: '1a86' }, holders: [], isConsole: false },
    ]);
  });

  it('without any port says what to do', async () => {
    const { output, errors, exitCode } = await ports();
    expect([output, exitCode]).toEqual(['', 0]);
    expect(errors).toMatch(/^no serial port is there\n- a dongle: .*dmesg.*\n- a container: /);
    expect((await ports({}, '--json')).output).toBe('[]\n');
  });

  it('says what gets in the way on the header of a board', async () => {
    writeFileSync(join(root, 'dev/ttyAMA0'), '');
    mkdirSync(join(root, 'class/tty/console'), { recursive: true });
    writeFileSync(join(root, 'class/tty/console/active'), 'ttyAMA0\n');
    const { output } = await ports();
    expect(output).toMatch(/name +stays the same: it is part of the board\n +console +the system/);
  });
});
