/** A whole field of devices at once, each on a socket of its own. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import type { Device } from '../support/device.js';
import { Site, udpLink } from '../support/site.js';

const DEVICES = 1000;

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** What a sensor does after power came back. Resolves when its command has come. */
async function live(device: Device): Promise<void> {
  const { clientId } = device;
  expect(await device.connect()).toBe(0);
  const id = await device.register(`up/${clientId}`);
  expect(await device.subscribe(`cmd/${clientId}`, 1)).toMatchObject({ returnCode: 0 });
  expect(await device.publish(id, clientId, 1)).toBe(0);
  await device.got(`cmd/${clientId} for ${clientId} 1`);
}

describe.each(['aggregating', 'transparent'] as const)('%s', (mode) => {
  it(`${DEVICES} devices connect, register, subscribe, publish and get a command, all at once`, async () => {
    const sections = {
      links: [udpLink({ receive_buffer: '4MiB' })],
      log: { level: 'info', format: 'json' },
    };
    const site = cleanup.add(await Site.start({ mode, version: 5 }, { sections }), (one) =>
      one.dispose(),
    );
    const witness = await site.witness('up/+');
    const devices = await Promise.all(
      Array.from({ length: DEVICES }, (_, index) =>
        site.device(`device-${index}`, { retryMs: 1000 }),
      ),
    );
    const commands = new Map<string, Promise<void>>();
    witness.client.on('message', (topic) => {
      const clientId = topic.slice('up/'.length);
      // A device on a busy machine may say it twice.
      if (commands.has(clientId)) return;
      commands.set(clientId, witness.publish(`cmd/${clientId}`, `for ${clientId}`));
    });
    await Promise.all(devices.map(live));
    // Devices may have a command before the broker has told its sender so.
    await Promise.all(commands.values());
    expect(new Set(witness.seen).size).toBe(DEVICES);
    expect(devices.every(({ received }) => received.length === 1)).toBe(true);
    await site.stop();
  });
});
