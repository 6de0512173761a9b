/** The built gateway at a real terminal: the line at its foot, and the log above it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { MAIN } from '../support/daemon.js';
import { Device } from '../support/device.js';
import { Pty } from '../support/pty.js';
import { gatewayConfig, udpLink } from '../support/site.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Back to the beginning of the line, and nothing in it. */
const ERASE = '\r\u001b[2K';

it('shows what it does in one line at the foot, the log above it, and nothing of it at the end', async () => {
  const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-terminal-')), (one) =>
    rmSync(one, { recursive: true }),
  );
  const broker = { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
  const config = { ...gatewayConfig(broker, { links: [udpLink()] }), log: { level: 'info' } };
  writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(config));
  const command = [process.execPath, MAIN, 'run', '-c', 'gateway.yaml'];
  const terminal = cleanup.add(Pty.start(command, folder), (one) => one.kill());
  await terminal.shows(`${ERASE}broker connected | no device | in 0/s, out 0/s`);
  const [, port] = /ready: .* udp \S+:(\d+)/.exec(terminal.output) ?? [];
  const device = cleanup.add(await Device.at(Number(port), { clientId: 'node-17' }), async (one) =>
    one.close(),
  );
  await device.connect();
  await terminal.shows('node-17 is ACTIVE');
  await terminal.shows(`${ERASE}broker connected | 1 ACTIVE | in `);
  // The line of the log takes the place of the line at the foot, which comes again below it.
  expect(terminal.output.split(ERASE).join('<erased>')).toMatch(
    /<erased>[^\n]*node-17 is ACTIVE[^\n]*\r\nbroker connected \| /,
  );
  expect(await terminal.interrupt()).toBe(0);
  expect(terminal.output.slice(terminal.output.lastIndexOf(ERASE))).not.toContain(
    'broker connected',
  );
});
