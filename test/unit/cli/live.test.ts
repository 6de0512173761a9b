/** `status`, `devices`, `device`: against the real server, with a real core behind it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { registerDevice, registerDevices, registerStatus } from '../../../src/cli/live.js';
import { dueText, lasting, relative, table } from '../../../src/cli/live/words.js';
import { plain } from '../../../src/spelling/plain.js';
import { Cleanup } from '../../support/cleanup.js';
import { deviceSettings } from '../../support/core/config.js';
import { connect, connected, message, publish, subscribe } from '../../support/core/messages.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';
import { Rig } from '../http/rig.js';
import { runCommand, type TestTerminal } from './test-terminal.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

async function site(token?: string): Promise<{ gateway: WatchedGateway; url: string }> {
  const gateway = new WatchedGateway({
    access: { unknownDevices: 'deny' },
    devices: [{ match: 'dev*', settings: deviceSettings }],
  });
  const rig = await Rig.start(token === undefined ? {} : { token }, {}, gateway);
  cleanup.add(rig, (one) => one.stop());
  return { gateway, url: `http://127.0.0.1:${rig.server.port}` };
}

const run = (args: string[]): Promise<TestTerminal> =>
  runCommand((program, terminal) => {
    for (const register of [registerStatus, registerDevices, registerDevice])
      register(program, terminal);
  }, args);

function populate({ driver }: WatchedGateway): void {
  connected(driver, 'A', 'dev1', { cleanSession: false, duration: 60, will: true });
  driver.send('A', publish(0));
  driver.send('A', subscribe('a/c', 2));
  const { token } = driver.request('subscribe');
  driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
  driver.send('A', { type: 'DISCONNECT', duration: 300 });
  message(driver, 'dev1', { topic: 'a/c', text: 'one\u001b[31m' });
  driver.send('E', connect('stranger\u001b[31m'));
}

describe('status', () => {
  it('names the gateway, its broker, store, devices and links, and what is wrong with them', async () => {
    const { gateway, url } = await site();
    populate(gateway);
    gateway.health.onReady('lan');
    gateway.health.onWarning('radio', 'MODEM_SILENT', 'nothing answers');
    gateway.reasons = ['broker-away'];
    const { exitCode, output } = await run(['status', '--url', url]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^gateway {8}\S+, id 1, version 1\.2\.3, for /);
    expect(output).toContain('ready          no: broker-away\n');
    expect(output).toContain('devices        1 ASLEEP, 1 REFUSED\n');
    expect(output).toContain('waiting        1 message for devices, 0 for the broker\n');
    expect(output).toMatch(/^lan +up +0 \(0\/s\)/m);
    expect(output).toMatch(/^radio: nothing answers \[MODEM_SILENT\]$/m);
  });

  it('--json prints what the API answers', async () => {
    const { url } = await site();
    const { output } = await run(['status', '--json', '--url', url]);
    expect(JSON.parse(output)).toMatchObject({ gateway: { version: '1.2.3' } });
  });
});

describe('devices', () => {
  it('has a line for each, those without a session first, and nothing in it that controls the terminal', async () => {
    const { gateway, url } = await site();
    populate(gateway);
    const { output } = await run(['devices', '--url', url]);
    const lines = output.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^DEVICE +STATE +HEARD +DUE +WAITING +SIGNAL +LINK +WHY$/);
    expect(lines[1]).toMatch(/^stranger\\u\{1b\}\[31m +REFUSED .*no device rule matches/);
    expect(lines[2]).toMatch(/^dev1 +ASLEEP .* +1 +- +lan +DISCONNECT\(300 s\)$/);
    expect(output).not.toContain('\u001b');
  });

  it('takes states and a text, in any case', async () => {
    const { gateway, url } = await site();
    populate(gateway);
    const { output } = await run(['devices', '--state', 'asleep', '--search', 'DEV', '--url', url]);
    expect(output.trimEnd().split('\n')).toHaveLength(2);
  });

  it('a state that does not exist is explained by the gateway', async () => {
    const { url } = await site();
    const { exitCode, errors } = await run(['devices', '--state', 'dead', '--url', url]);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/the gateway says no \(400\): state: it is one of DISCONNECTED, /);
  });
});

describe('device', () => {
  it('answers first why it is silent', async () => {
    const { gateway, url } = await site();
    populate(gateway);
    const { exitCode, output } = await run(['device', 'dev1', '--url', url]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^device {9}dev1\nstate {10}ASLEEP since .*: DISCONNECT\(300 s\)\n/);
    expect(output).toContain('period         sleeps 300 s, keep alive 60 s\n');
    expect(output).toMatch(/^waiting {8}1 message, the oldest came /m);
    expect(output).toContain('will           "will", QoS 1, "gone" (4 octets)\n');
    expect(output).toMatch(/^1 +predefined +yes +pre\/one$/m);
    expect(output).toMatch(/^a\/c +1$/m);
    expect(output).toMatch(/ down +1 +a\/c +6f6e651b5b33316d \(8 octets\)$/m);
    expect(output).toMatch(/ info +SESSION_ACTIVE +dev1 is ACTIVE \(connected\)$/m);
    expect(output).not.toContain('\u001b');
  });

  it('with any client id: it is not found by another name', async () => {
    const { gateway, url } = await site();
    connected(gateway.driver, 'A', 'dev/1?x=#&', { cleanSession: false });
    expect((await run(['device', 'dev/1?x=#&', '--url', url])).exitCode).toBe(0);
    const { exitCode, errors } = await run(['device', 'nobody', '--url', url]);
    expect([exitCode, errors]).toEqual([
      1,
      'the gateway says no (404): nothing is known of a device "nobody"\n',
    ]);
  });

  it('needs the token, where there is one', async () => {
    const { url } = await site('secret');
    const refused = await run(['status', '--url', url]);
    expect([refused.exitCode, refused.errors]).toEqual([
      1,
      expect.stringContaining('--token-file'),
    ]);
    const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-gateway-live-')), (one) =>
      rmSync(one, { recursive: true }),
    );
    writeFileSync(join(folder, 'token'), 'secret\n');
    const { exitCode } = await run(['status', '--url', url, '--token-file', join(folder, 'token')]);
    expect(exitCode).toBe(0);
  });
});

describe('times in words', () => {
  it.each([
    [0, '0 s'],
    [999, '1 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [3_599_000, '59 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms last %s', (ms, text) => {
    expect(lasting(ms)).toBe(text);
  });

  it('are in the past, to come, late, or not known', () => {
    expect([relative(1000, 61_000), relative(61_000, 1000), relative(null, 0)]).toEqual([
      '1 min ago',
      'in 1 min',
      '-',
    ]);
    expect([dueText(1000, 61_000), dueText(61_000, 1000), dueText(null, 0)]).toEqual([
      '1 min late',
      'in 1 min',
      '-',
    ]);
  });

  it('columns are as wide as what is in them', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['long', 'x'],
          ['ü', 'y'],
        ],
      ),
    ).toBe('A     B\nlong  x\nü     y\n');
    expect(plain('a\u0007b\u202e')).toBe('a\\u{7}b\\u{202e}');
  });
});
