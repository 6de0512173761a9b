import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { find } from '../../../../.ci/programs.mjs';
import { openPty, type PtyPort } from '../../../../firmware-sim/ports/pty.js';
import { fromHex } from '../../../support/hex.js';
import { PATIENCE_MS, until } from '../../../support/wait.js';
import { Site } from './site.js';

const FRAME = 'c00b0c000001000032312e35c0';
const MESSAGE = '0b0c000001000032312e35';

function needSocat(context: TestContext): void {
  if (find('socat') === undefined) context.skip('socat is not installed: apt-get install socat');
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-gateway-pty-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string): Promise<{ site: Site; port: PtyPort; stablePath: string }> {
  const site = new Site();
  const { timeline, random } = site;
  const stablePath = join(folder, 'by-id', 'usb-Test_Dongle_0001-if00-port0');
  const path = join(folder, 'ttyUSB0');
  onTestFinished(() => timeline.stop());
  const port = await openPty(site.modem, { path, stablePath, timeline, random });
  onTestFinished(() => port.close());
  return { site, port, stablePath };
}

/** Another program that has the port open, as a gateway has. */
function host(path: string): {
  program: ChildProcess;
  received: () => string;
  write: (hex: string) => void;
} {
  const program = spawn('socat', ['-', `${path},raw,echo=0`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let hex = '';
  program.stdout.on('data', (octets: Buffer) => {
    hex += octets.toString('hex');
  });
  program.stdin.on('error', () => {});
  onTestFinished(() => void program.kill('SIGKILL'));
  return { program, received: () => hex, write: (text) => void program.stdin.write(fromHex(text)) };
}

describe('a pty in front of a modem', { timeout: 30_000 }, () => {
  beforeEach(needSocat);

  test('octets go both ways, all values as they are, and again after the host has opened anew', async () => {
    const { site, port, stablePath } = await open(temporaryFolder());
    const all = Array.from({ length: 256 }, (_, value) => value).filter(
      (value) => value !== 0xc0 && value !== 0xdb,
    );
    for (let round = 1; round <= 2; round++) {
      const { program, received, write } = host(stablePath);
      write(FRAME);
      await until(() => site.sent.length === round, PATIENCE_MS, 'the frame on the air');
      await until(() => site.modem.isListening, PATIENCE_MS, 'the end of the transmission');
      site.hear(Uint8Array.from(all));
      const expected = `c0${Buffer.from(all).toString('hex')}c0`;
      await until(() => received().length >= expected.length, PATIENCE_MS, 'the packet');
      expect(received()).toBe(expected);
      program.kill('SIGKILL');
      await until(() => program.signalCode !== null, PATIENCE_MS, 'the end of the host');
    }
    expect(site.sent).toEqual([MESSAGE, MESSAGE]);
    expect(existsSync(port.path)).toBe(true);
  });

  test('unplugged: paths are gone, the host hears of it, the modem has no current', async () => {
    const { site, port, stablePath } = await open(temporaryFolder());
    const { program, write } = host(stablePath);
    write(FRAME);
    await until(() => site.sent.length === 1, PATIENCE_MS, 'the frame on the air');
    port.unplug();
    expect([existsSync(port.path), existsSync(stablePath)]).toEqual([false, false]);
    expect(existsSync(join(stablePath, '..'))).toBe(false);
    expect(site.modem.isListening).toBe(false);
    await until(() => program.exitCode !== null, PATIENCE_MS, 'the end of the host');
  });

  test('in the middle of a frame: no octet more', async () => {
    const { site, port, stablePath } = await open(temporaryFolder());
    const { program, received, write } = host(stablePath);
    write(FRAME);
    await until(() => site.sent.length === 1 && site.modem.isListening, PATIENCE_MS, 'the frame');
    port.unplugAfter(4, 'to-host');
    site.hear(fromHex(MESSAGE));
    await until(() => program.exitCode !== null, PATIENCE_MS, 'the end of the host');
    expect(FRAME.slice(0, 8).startsWith(received())).toBe(true);
  });

  test('plugged in again under another number: the stable path leads there', async () => {
    const folder = temporaryFolder();
    const { site, port, stablePath } = await open(folder);
    port.unplug();
    await port.replug(join(folder, 'ttyUSB7'));
    expect(readlinkSync(stablePath)).toBe(join(folder, 'ttyUSB7'));
    expect(existsSync(join(folder, 'ttyUSB0'))).toBe(false);
    host(stablePath).write(FRAME);
    await until(() => site.sent.length === 1, PATIENCE_MS, 'the frame on the air');
  });

  test('a path that cannot be made says why', async () => {
    const site = new Site();
    onTestFinished(() => site.timeline.stop());
    const { timeline, random } = site;
    const path = join(temporaryFolder(), 'missing', 'ttyUSB0');
    await expect(openPty(site.modem, { path, timeline, random })).rejects.toThrow(
      /socat made no pty: .*No such file or directory/,
    );
  });
});

test('without socat the error says what to install', async () => {
  const site = new Site();
  const { timeline, random } = site;
  const folder = temporaryFolder();
  const path = process.env['PATH'];
  onTestFinished(() => {
    timeline.stop();
    process.env['PATH'] = path;
  });
  process.env['PATH'] = folder;
  const opening = openPty(site.modem, { path: join(folder, 'ttyUSB0'), timeline, random });
  await expect(opening).rejects.toThrow('apt-get install socat');
});
