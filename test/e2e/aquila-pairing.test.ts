/** A device that knows neither its address nor the key is let in by the built gateway, and connects with what it got. */
import { expect, it } from 'vitest';
import { NO_HEADER } from '../../firmware-sim/devices/link-header.js';
import { toHex } from '../support/hex.js';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { PATIENCE_MS, until } from '../support/wait.js';

/** Length, type, and a number by which the device knows its answer. */
const REQUEST = Uint8Array.of(3, 3, 0x5a);
/** Node addresses of Aquila; a device without one sends from 0. */
const [HUB, UNPAIRED, GIVEN] = ['240', '0', '18'];
const KEY = '000102030405060708090a0b0c0d0e0f';
const SPOKEN_EVERY_MS = 100;

const kind = {
  ...FIELD_KINDS.aquila,
  device: () => ({ address: GIVEN, gateway: HUB, header: NO_HEADER }),
};

it('a new device gets its address and the key, and then all works', async (context) => {
  need(context, 'socat');
  const aquila = { key: KEY, pairing: { address: Number(GIVEN), window: '60s' } };
  const radios = await RadioSite.start([{ name: 'field', kind, keys: { aquila } }]);
  context.onTestFinished(radios.dispose);
  const field = radios.field('field');

  const heard: string[] = [];
  const stranger = field.port('stranger', { address: UNPAIRED, gateway: HUB, header: NO_HEADER });
  stranger.listen(true);
  stranger.onMessage((message) => heard.push(toHex(message)));
  const asking = setInterval(() => stranger.send(REQUEST), SPOKEN_EVERY_MS);
  context.onTestFinished(() => clearInterval(asking));
  await until(() => heard.length > 0, PATIENCE_MS, 'the answer to its request');
  clearInterval(asking);
  expect(heard[0]).toBe(`15035a1201${KEY}`);

  const device = field.device('new');
  const witness = await radios.site.witness('up/#');
  await device.connects();
  await device.publishes('up/new', 'hello', 1);
  await witness.saw('up/new hello 1');
  await radios.stop();
});
