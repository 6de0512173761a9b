/** Parts of the built gateway that cost megabytes are loaded only where the configuration asks for them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { Mosquitto } from '../support/mosquitto.js';
import { gatewayConfig, type Sections, udpLink } from '../support/site.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const REGISTER = new URL('../support/loaded/register.mjs', import.meta.url).href;

/** What tells in a module, or in its bundle, that a part is in it. */
const PARTS = {
  hono: /@hono\/node-server\/dist/,
  aedes: /class Aedes/,
  serialport: /node_modules\/@?serialport\//,
} as const;

/** The parts that a gateway has loaded by the time it is ready. */
async function partsOf(mqtt: object, sections: Sections): Promise<string[]> {
  const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-loaded-')), (one) =>
    rmSync(one, { recursive: true }),
  );
  const file = join(folder, 'modules');
  const env = { NODE_OPTIONS: `--import=${REGISTER}`, LOADED_MODULES_FILE: file };
  const config = gatewayConfig(mqtt, sections);
  const daemon = cleanup.add(await Daemon.start(config, { env }), (one) => one.dispose());
  await daemon.stop();
  const texts = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) => `${url}\n${readFileSync(fileURLToPath(url), 'utf8')}`);
  return Object.entries(PARTS).flatMap(([part, sign]) =>
    texts.some((text) => sign.test(text)) ? [part] : [],
  );
}

it('a gateway with UDP and a broker elsewhere has none of them, and one that asks has them', async () => {
  const broker = cleanup.add(await Mosquitto.start(), (one) => one.dispose());
  expect(await partsOf({ server: broker.url }, { links: [udpLink()] })).toEqual([]);
  const http = { listen: '127.0.0.1:0' };
  const embedded = { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
  const serial = { name: 'field', type: 'serial', port: '/dev/nothing-there', modem: 'hdlc' };
  const links = [udpLink(), { ...serial, addressing: 'fe' }];
  expect(await partsOf(embedded, { http, links })).toEqual(['hono', 'aedes', 'serialport']);
});
