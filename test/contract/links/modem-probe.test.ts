/** `modem probe` on real ptys and TCP, with a virtual modem behind each. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import type { Air, AirFrame, Station } from '../../../firmware-sim/air.js';
import {
  createVirtualModem,
  type ModemSetup,
  type VirtualModem,
} from '../../../firmware-sim/modems/index.js';
import { openPty, type PtyPort } from '../../../firmware-sim/ports/pty.js';
import { openTcp } from '../../../firmware-sim/ports/tcp.js';
import { Random } from '../../../firmware-sim/random.js';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import { registerModem } from '../../../src/cli/modem.js';
import { holdersOf } from '../../../src/links/port/holders.js';
import { fromHex, toHex } from '../../support/hex.js';
import { need } from '../../support/requirements.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { configOf } from '../../unit/config/support.js';
import { runCommand, TestTerminal } from '../../unit/cli/test-terminal.js';

const PUBLISH = fromHex('0b0c000001000032312e35');

class QuietAir implements Air {
  readonly lockMs = 0;
  readonly sent: string[] = [];

  constructor(private readonly timeline: RealTimeline) {}

  transmit(_station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void {
    this.sent.push(toHex(frame.payload));
    this.timeline.at(this.timeline.now() + 5, () => done(false));
  }

  airTimeMs(): number {
    return 5;
  }

  isBusy(): boolean {
    return false;
  }
}

type Create = (setup: ModemSetup) => VirtualModem;

function onBench(context: TestContext, create: Create, baudRate: number) {
  const timeline = new RealTimeline();
  context.onTestFinished(() => timeline.stop());
  const air = new QuietAir(timeline);
  const random = new Random(1);
  return { timeline, air, random, baudRate, modem: create({ timeline, air, random, baudRate }) };
}

async function onPty(
  context: TestContext,
  create: Create,
  baudRate = 115_200,
): Promise<{ path: string; modem: VirtualModem; air: QuietAir; port: PtyPort }> {
  need(context, 'socat');
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-probe-'));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { modem, air, ...line } = onBench(context, create, baudRate);
  const path = join(folder, 'ttyUSB0');
  const port = await openPty(modem, { path, ...line });
  context.onTestFinished(() => port.close());
  return { path, modem, air, port };
}

/** As behind ser2net; resolves with the name of the port. */
async function onTcp(context: TestContext, create: Create): Promise<string> {
  const { modem, ...line } = onBench(context, create, 115_200);
  const port = await openTcp(modem, { host: '127.0.0.1', port: 0, ...line });
  context.onTestFinished(() => port.close());
  return `tcp://127.0.0.1:${port.port}`;
}

/** A busy machine hands a command on with pauses that mean nothing. */
const patientRylr: Create = (setup) => createVirtualModem('rylr', { ...setup, pauseMs: 200 });

const probe = (args: string[], terminal = new TestTerminal()): Promise<TestTerminal> =>
  runCommand(
    (program, its) => registerModem(program, its, () => false),
    ['modem', 'probe', '--yes', ...args],
    terminal,
  );

describe.concurrent('modem probe on a pty', () => {
  it.for<[name: string, baudRate: number, create: Create, words: RegExp]>([
    ['xbee', 9600, (setup) => createVirtualModem('xbee', setup), /an XBee.*API mode/],
    [
      'xbee',
      9600,
      (setup) => createVirtualModem('xbee', { ...setup, apiMode: 0 }),
      /transparent mode.*\n# it has to be in API mode/,
    ],
    ['rn2483', 57_600, (setup) => createVirtualModem('rn2483', setup), /RN2483 1\.0\.5/],
    ['rui3', 115_200, (setup) => createVirtualModem('rui3', setup), /RUI_4\.1\.0/],
    ['rylr', 115_200, patientRylr, /RYLR998/],
    ['aquila', 115_200, (setup) => createVirtualModem('aquila', setup), /Aquila/],
  ])('finds %s at %i baud', async ([name, baudRate, create, words], context) => {
    const { path } = await onPty(context, create, baudRate);
    const { output, exitCode } = await probe([path, '--baudrate', `${baudRate}`]);
    context.expect(output).toMatch(words);
    context.expect(configOf(output).links).toMatchObject([{ modem: name, port: { path } }]);
    context.expect(exitCode).toBe(0);
  });

  it('finds a modem at the usual rates, one port object after the other', async (context) => {
    const { path } = await onPty(context, (setup) => createVirtualModem('aquila', setup));
    const { output, errors } = await probe([path]);
    context.expect(output).toMatch(/^# found an Aquila bridge, at 115200 baud\n/);
    context.expect(errors).toContain('listening at 9600 baud ...\n');
    context.expect(errors).toContain('listening at 115200 baud ...\n');
  });

  it('hears what is said without a question, and asks none then', async (context) => {
    const { path, modem, air } = await onPty(context, (setup) => createVirtualModem('slip', setup));
    const terminal = new TestTerminal();
    const ends = probe([path, '--baudrate', '115200'], terminal);
    await terminal.printed('listening');
    for (let count = 0; count < 3; count++)
      modem.receive({ from: '', to: null, payload: PUBLISH }, { rssiDbm: -60, snrDb: 7, lqi: 200 });
    await ends;
    context.expect(terminal.output).toMatch(/MQTT-SN in SLIP frames/);
    context.expect(terminal.errors).toBe('listening at 115200 baud ...\n');
    context.expect(air.sent).toEqual([]);
  });

  it('of a transparent modem nothing comes but advice, and the questions go on the air', async (context) => {
    const { path, air } = await onPty(
      context,
      (setup) => createVirtualModem('ebyte-transparent', setup),
      9600,
    );
    const { output, errors, exitCode } = await probe([path, '--baudrate', '9600']);
    context.expect([output, exitCode]).toEqual(['', 1]);
    context.expect(errors).toMatch(/nothing that is known answers on .*\n.*EBYTE, HC-12/s);
    context.expect(air.sent.length).toBeGreaterThan(0);
  });

  it('a port that is held by somebody else is left alone, and both are named', async (context) => {
    if (process.platform !== 'linux') return context.skip('only Linux tells who has a port open');
    const { path, air } = await onPty(context, (setup) => createVirtualModem('xbee', setup));
    const first = new TestTerminal();
    const ends = probe([path], first);
    await first.printed('listening');
    const second = await probe([path]);
    context.expect(second.errors).toMatch(/is in use by/);
    context.expect(second.exitCode).toBe(1);
    first.interrupt();
    await ends;
    context.expect(air.sent).toEqual([]);
  });

  it('a port that is pulled out meanwhile ends it', async (context) => {
    const { path, port } = await onPty(context, (setup) => createVirtualModem('raw', setup));
    const terminal = new TestTerminal();
    const ends = probe([path], terminal);
    await terminal.printed('listening');
    port.unplug();
    await ends;
    context.expect(terminal.errors).toMatch(/the port is gone/);
    context.expect(terminal.exitCode).toBe(1);
  });

  it('leaves the port free behind it', async (context) => {
    if (process.platform !== 'linux')
      return context.skip('only Linux tells what a process has open');
    const { path } = await onPty(context, patientRylr);
    await probe([path, '--baudrate', '115200']);
    context.expect(existsSync(path)).toBe(true);
    const isFree = async (): Promise<boolean> => {
      const holders = await holdersOf(await realpath(path));
      return holders.every(({ pid }) => pid !== process.pid);
    };
    await until(isFree, PATIENCE_MS, 'the end of the hold');
  });
});

describe.concurrent('modem probe over TCP', () => {
  it('asks everything at whatever rate the device server has', async (context) => {
    const port = await onTcp(context, patientRylr);
    const { output, errors, exitCode } = await probe([port]);
    context.expect(errors).toMatch(/^listening \.\.\.\nasking for an XBee in API mode \.\.\.\n/);
    context
      .expect(output)
      .toMatch(/^# found a REYAX RYLR module \(RYLR998_REYAX_V1\.2\.2\)\nlinks:\n/);
    context
      .expect(configOf(output).links)
      .toMatchObject([{ type: 'serial', modem: 'rylr', port: { kind: 'tcp' } }]);
    context.expect(exitCode).toBe(0);
  });

  it('tells the same to programs', async (context) => {
    const port = await onTcp(context, (setup) =>
      createVirtualModem('xbee', { ...setup, apiMode: 1 }),
    );
    const { output, exitCode } = await probe([port, '--json']);
    const answer = JSON.parse(output) as { link: string };
    context.expect(answer).toMatchObject({ port, modem: 'xbee', baudRate: null, nonsense: [] });
    context.expect(configOf(answer.link).links).toMatchObject([{ modem: 'xbee' }]);
    context.expect(exitCode).toBe(0);
  });

  it('says what to do when nothing answers', async (context) => {
    const port = await onTcp(context, (setup) => createVirtualModem('ebyte-transparent', setup));
    const { output, errors, exitCode } = await probe([port]);
    context.expect(errors).toContain(`nothing that is known answers on ${port}\n`);
    context.expect(errors).toMatch(/TX wired to RX.*\n.*--all.*\n.*EBYTE.*Let a device send/);
    context.expect([output, exitCode]).toEqual(['', 1]);
  });

  it('ends when it is interrupted', async (context) => {
    const port = await onTcp(context, (setup) => createVirtualModem('raw', setup));
    const terminal = new TestTerminal();
    const ends = probe([port], terminal);
    await terminal.printed('listening');
    terminal.interrupt();
    await ends;
    context
      .expect([terminal.errors, terminal.exitCode])
      .toEqual(['listening ...\ninterrupted\n', 1]);
  });
});
