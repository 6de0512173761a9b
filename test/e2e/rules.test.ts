/** Rules that have changed while the gateway was away. */
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { MODES, Site } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

it.each(MODES)(
  '%s: a subscription that is not allowed any more is over after a restart',
  async (mode) => {
    const site = cleanup.add(await Site.start({ mode, version: 5 }), (one) => one.dispose());
    const device = await site.device('device');
    await device.connect({ clean: false });
    await device.subscribe('secret/a', 1);
    await device.subscribe('open/a', 1);
    await site.daemon.stop();
    await site.restart({ defaults: { allow: { subscribe: ['open/#'] } } });
    const told = (): boolean => /UNSUBSCRIBE[^]*secret\/a/.test(site.broker.log);
    await until(told, PATIENCE_MS, 'UNSUBSCRIBE');
    const witness = await site.witness();
    await witness.publish('secret/a', 'mine');
    await witness.publish('open/a', 'yours');
    await device.got('open/a yours 1');
    expect(device.received).toEqual(['open/a yours 1']);
    await site.stop();
  },
);
