/** What people see who start the gateway: usage, mistakes in the file, ports that are taken, traces. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { Device } from '../support/device.js';
import { gatewayConfig, Site, udpLink } from '../support/site.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

/** Runs a command to its end. */
async function command(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['dist/main.js', ...args]);
  cleanup.add(child, (one) => one.kill('SIGKILL'));
  const outcome: Outcome = { code: null, output: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => {
    outcome.output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    outcome.errors += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(outcome.errors).not.toMatch(/\n\s+at /);
  return { ...outcome, code };
}

function temporaryFile(name: string, text: string): string {
  const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-e2e-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** More of it where it costs no process: `test/unit/cli/program.test.ts`. */
describe('usage', () => {
  it('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await command('--version')).toMatchObject({ code: 0, output: `${version}\n` });
  });

  it('what nobody knows is wrong', async () => {
    const { code, errors } = await command('dance');
    expect(code).toBe(64);
    expect(errors).toContain("unknown command 'dance'");
  });
});

describe('a configuration with mistakes', () => {
  it.each(['run', 'check'])('%s names all of them with file, line and column', async (name) => {
    const file = temporaryFile(
      'broken.yaml',
      'mqtt:\n  servr: mqtt://localhost\nlinks:\n  - { name: lan, type: udp, listen: nowhere }\n',
    );
    const { code, output, errors } = await command(name, '-c', file);
    expect({ code, output }).toEqual({ code: 78, output: '' });
    const [first, second, end] = errors.split('\n');
    expect(first).toContain(`${file}:2:3: mqtt.servr: `);
    expect(first).toContain('(did you mean "server"?)');
    expect(second).toMatch(/broken\.yaml:4:\d+: links\[0\]\.listen: /);
    expect(end).toBe('');
  });

  it('a file that is not there is one', async () => {
    const { code, errors } = await command('run', '-c', '/nowhere/gateway.yaml');
    expect(code).toBe(78);
    expect(errors).toContain('/nowhere/gateway.yaml');
  });
});

describe('a port that is taken', () => {
  it('ends the start with a sentence that names the port and the key', async () => {
    const site = cleanup.add(
      await Site.start({ mode: 'aggregating', version: 4, embedded: true }),
      (one) => one.dispose(),
    );
    const { daemon } = site;
    const tries: [config: object, address: string, key: string][] = [
      [
        gatewayConfig(
          { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } },
          { links: [udpLink({ listen: `127.0.0.1:${daemon.port()}` })] },
        ),
        `127.0.0.1:${daemon.port()}`,
        'links[].listen',
      ],
      [
        gatewayConfig({
          server: 'embedded',
          embedded: { host: '127.0.0.1', port: daemon.brokerPort() },
        }),
        `127.0.0.1:${daemon.brokerPort()}`,
        'mqtt.embedded.port',
      ],
    ];
    for (const [config, address, key] of tries) {
      const second = cleanup.add(await Daemon.spawn(config), (one) => one.dispose());
      expect(await second.exitCode()).toBe(1);
      second.assertHealthy();
      const line = second.lines.find(({ code }) => code === 'START_FAILED');
      expect(line?.msg).toContain(address);
      expect(line?.msg).toContain(key);
      expect(second.output).toBe('');
    }
    await site.stop();
  });
});

describe('without a file', () => {
  it('the defaults run, changed by variables of the environment', async () => {
    const daemon = cleanup.add(
      await Daemon.start(undefined, {
        env: {
          MQTTSN_LINKS: '[{ name: lan, type: udp, listen: "127.0.0.1:0" }]',
          MQTTSN_MQTT_EMBEDDED_PORT: '0',
          MQTTSN_LOG_FORMAT: 'json',
        },
      }),
      (one) => one.dispose(),
    );
    expect(daemon.output).toMatch(
      /^ready: lan udp 127\.0\.0\.1:\d+, embedded broker mqtt:\/\/127\.0\.0\.1:\d+ \(aggregating\)\n$/,
    );
    expect(daemon.output).toContain(`:${daemon.brokerPort()} `);
    const device = cleanup.add(await Device.at(daemon.port()), (one) => one.close());
    expect(await device.connect()).toBe(0);
    const id = await device.register('up/a');
    await device.subscribe('up/a', 1);
    expect(await device.publish(id, 'to myself', 1)).toBe(0);
    await device.got('up/a to myself 1');
    await daemon.stop();
  });
});

describe('a trace', () => {
  it('of a run gives the same effects again, and tells where another one differs', async () => {
    const site = cleanup.add(
      await Site.start(
        { mode: 'aggregating', version: 5 },
        { daemon: { args: ['--record', 'trace.jsonl'] } },
      ),
      (one) => one.dispose(),
    );
    const { daemon, config } = site;
    const witness = await site.witness();
    const device = await site.connected('device', { will: { topic: 'will/a', payload: 'gone' } });
    const id = await device.register('up/a');
    await device.subscribe('down/#', 2);
    for (const qos of [0, 1, 2] as const) await device.publish(id, 'up', qos);
    await witness.publish('down/a', 'down', 2);
    await device.got('down/a down 2');
    await daemon.reload({ ...config, topics: { predefined: [{ id: 1, topic: 'pre/a' }] } });
    await device.sleep(60);
    await device.wake();
    device.sendOctets(Uint8Array.of(1, 2, 3));
    await device.disconnect();
    await daemon.stop();

    const file = join(daemon.folder, 'trace.jsonl');
    const good = await command('replay', file);
    expect(good).toMatchObject({ code: 0, errors: '' });
    expect(good.output).toMatch(/trace\.jsonl: \d+ steps, the same effects\n$/);

    const lines = readFileSync(file, 'utf8').split('\n');
    const changed = lines.findIndex((line) => line.includes('"kind":"send"'));
    lines[changed] = (lines[changed] ?? '').replace(
      /("effects":.*"data":\{"\$hex":"..)(..)/,
      (_all, head: string, octet: string) => head + (octet === '00' ? '01' : '00'),
    );
    const bad = temporaryFile('changed.jsonl', lines.join('\n'));
    const { code, errors } = await command('replay', '-q', bad);
    expect(code).toBe(1);
    expect(errors).toContain(`${bad}:${changed + 1}: `);
    await site.dispose();
  });
});
