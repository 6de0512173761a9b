/** `npm run demo`, at ports of its own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { freePort } from '../support/ports.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
beforeEach((context) => {
  if (process.env['GATEWAY_MAIN'] !== undefined) context.skip('the demo runs its own build');
});
afterEach(cleanup.run);

class Demo {
  output = '';
  readonly ended: Promise<number | string>;

  private constructor(
    readonly child: ChildProcessByStdio<null, Readable, Readable>,
    /** Where its gateway keeps its journal. */
    readonly folder: string,
  ) {
    this.ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** With its modem at this port, and all else at any that is free. */
  static start(modemPort: number, env: NodeJS.ProcessEnv = {}): Demo {
    const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-demo-test-')), (path) =>
      rmSync(path, { recursive: true }),
    );
    const files = { config: 'config/demo.yaml', scene: 'config/scenes/demo.yaml' };
    const args = Object.entries(files).flatMap(([option, file]) => {
      const copy = join(folder, `${option}.yaml`);
      const text = readFileSync(file, 'utf8')
        .replaceAll('127.0.0.1:4404', `127.0.0.1:${modemPort}`)
        .replaceAll(/127\.0\.0\.1:(?:1883|8080)/g, '127.0.0.1:0')
        .replace(/start_within: .*/, 'start_within: 1s');
      writeFileSync(copy, text);
      return [`--${option}`, copy];
    });
    const child = spawn(process.execPath, ['.ci/demo.mjs', ...args], {
      env: { ...process.env, TMPDIR: folder, MQTTSN_MQTT_EMBEDDED_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const demo = new Demo(child, folder);
    cleanup.add(demo, async () => {
      child.kill('SIGTERM');
      await demo.ended;
    });
    return demo;
  }

  says(what: RegExp): Promise<RegExpExecArray> {
    return until(() => what.exec(this.output), PATIENCE_MS, `${what}`).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }
}

/** Takes a port, any that is free unless told. */
async function take(port = 0): Promise<Server> {
  const server = cleanup.add(createServer(), (one) => one.close());
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

it('shows how measurements get to the broker, and Ctrl-C ends it whole', async () => {
  const modemPort = await freePort();
  const demo = Demo.start(modemPort);
  const [, broker] = await demo.says(/mosquitto_sub -h 127\.0\.0\.1 -p (\d+) -t/);
  await demo.says(/[1-9]\d* measurements, [1-9]\d* acknowledged; [1-9]\d* at the broker/);
  await demo.says(/air {6}[\d.]+ s of the 360 s/);
  await demo.says(/latest {3}soil-\d\d [\d.]+ °C/);
  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(0);
  expect(readdirSync(demo.folder).toSorted()).toEqual(['config.yaml', 'scene.yaml']);
  // Nobody is left behind: the ports are free.
  await take(modemPort);
  await take(Number(broker));
});

it('says which port is taken', async () => {
  const port = portOf(await take());
  const demo = Demo.start(port);
  expect(await demo.ended).toBe(1);
  expect(demo.output).toContain(`127.0.0.1:${port} is in use`);
});

it('leaves nothing behind when the gateway does not start', async () => {
  const demo = Demo.start(await freePort(), {
    MQTTSN_MQTT_EMBEDDED_PORT: `${portOf(await take())}`,
  });
  expect(await demo.ended).toBe(1);
  expect(demo.output).toMatch(/another program uses the port.*\n.*has not started/);
  expect(readdirSync(demo.folder)).toHaveLength(2);
});
