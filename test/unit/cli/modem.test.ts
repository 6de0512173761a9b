import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { linkText } from '../../../src/cli/modem/link-text.js';
import { registerModem } from '../../../src/cli/modem.js';
import { MODEM_NAMES } from '../../../src/modems/registry.js';
import { configOf } from '../config/support.js';
import { runCommand, TestTerminal } from './test-terminal.js';

const modem = (args: string[], terminal = new TestTerminal(), isInteractive = false) =>
  runCommand(
    (program, its) => registerModem(program, its, () => isInteractive),
    ['modem', 'probe', ...args],
    terminal,
  );

const typing = (text: string): TestTerminal => new TestTerminal(Readable.from([text]));

describe('modem probe', () => {
  it.each([
    [['/dev/null'], 'add --yes'],
    [['ttyUSB0', '--yes'], 'neither the path of a port nor tcp://host:port'],
    [['/dev/null', '--all', '--baudrate', '9600', '--yes'], 'cannot be used with'],
    [['tcp://localhost:1', '--baudrate', '9600', '--yes'], 'the device server sets the baud rate'],
    [['tcp://localhost:1', '--all', '--yes'], 'the device server sets the baud rate'],
    [['/dev/null', '--baudrate', '7', '--yes'], 'from 300 to'],
  ])('%j is wrong usage', async (args, words) => {
    const { errors, output, exitCode } = await modem(args);
    expect(errors).toContain(words);
    expect(output).toBe('');
    expect(exitCode).not.toBe(0);
  });

  it('without a terminal and without --yes nothing is opened', async () => {
    expect((await modem(['/dev/nowhere'])).exitCode).toBe(64);
  });

  it.each(['n\n', '\n', 'perhaps\n', ''])('on a terminal asks first; %j is no', async (text) => {
    const { errors, exitCode } = await modem(['/dev/nowhere'], typing(text), true);
    expect(errors).toMatch(/over the air.*\nProbe \/dev\/nowhere\? \[y\/N\]\nnothing was sent\n$/s);
    expect(exitCode).toBe(1);
  });

  it('Ctrl-C is no, too', async () => {
    const terminal = new TestTerminal(new Readable({ read: () => {} }));
    const ends = modem(['/dev/nowhere'], terminal, true);
    await terminal.printed('[y/N]');
    terminal.interrupt();
    await ends;
    expect(terminal.errors).toContain('nothing was sent');
  });

  it('a port that cannot be opened is named, and why', async () => {
    const missing = await modem(['/dev/nowhere'], typing('y\n'), true);
    expect(missing.errors).toContain('/dev/nowhere is not there');
    expect([missing.output, missing.exitCode]).toEqual(['', 1]);
    const refused = await modem(['tcp://127.0.0.1:1', '--yes']);
    expect(refused.errors).toContain('nothing listens there');
    expect(refused.exitCode).toBe(1);
  });
});

describe('the text for a configuration', () => {
  it.each(MODEM_NAMES)('of %s is in order as it stands', (name) => {
    const port = '/dev/serial/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.2:1.0-port0';
    const text = linkText(name, { port, baudRate: 4800 });
    expect(configOf(text).links).toMatchObject([
      { name: 'field', modem: name, baudrate: 4800, port: { kind: 'device', path: port } },
    ]);
  });

  it('leaves out what is so anyway, and quotes what has to be', () => {
    const text = linkText('rn2483', { port: '/dev/my dongle: #1', baudRate: 57_600 });
    expect(text).not.toContain('baudrate');
    expect(configOf(text).links).toMatchObject([{ port: { path: '/dev/my dongle: #1' } }]);
    const tcp = linkText('xbee', {
      port: 'tcp://[::1]:3333',
      baudRate: undefined,
      setting: 'xbee: { configure: true }',
    });
    expect(configOf(tcp).links).toMatchObject([
      { port: { kind: 'tcp', host: '::1' }, xbee: { configure: true } },
    ]);
  });
});
