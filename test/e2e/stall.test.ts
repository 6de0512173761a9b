/** The gateway's process stands still for a while: SIGSTOP, a disk that blocks it, a machine with other work. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { MODES, Site, udpLink } from '../support/site.js';
import { until } from '../support/wait.js';

/** More than the system hands over in a turn of the event loop. */
const DEVICES = 100;

const KEEP_ALIVE_SEC = 2;
/** Of silence that is tolerated nothing is left. */
const STALL_MS = 3500;
const PATIENCE_MS = 10_000;

const cleanup = new Cleanup();
afterEach(cleanup.run);

describe.each(MODES)('%s', (mode) => {
  it(`${DEVICES} devices ping while the gateway stands still for longer than their keep alive: none is lost`, async () => {
    const sections = { links: [udpLink({ receive_buffer: '1MiB' })] };
    const site = cleanup.add(await Site.start({ mode, version: 5 }, { sections }), (one) =>
      one.dispose(),
    );
    const witness = await site.witness('will/#');
    const devices = await Promise.all(
      Array.from({ length: DEVICES }, (_, index) =>
        site.connected(`device-${index}`, {
          keepAliveSec: KEEP_ALIVE_SEC,
          will: { topic: `will/${index}`, payload: 'gone' },
        }),
      ),
    );
    expect(site.daemon.count({ code: 'SESSION_LOST' })).toBe(0);
    site.daemon.signal('SIGSTOP');
    cleanup.add(site, ({ daemon }) => daemon.signal('SIGCONT'));
    const stoppedAt = performance.now();
    for (const device of devices) device.send({ type: 'PINGREQ' });
    const isOver = (): boolean => performance.now() - stoppedAt > STALL_MS;
    await until(isOver, PATIENCE_MS, 'the end of the stall');
    site.daemon.signal('SIGCONT');

    await Promise.all(devices.map((device) => device.expect(['PINGRESP', 'DISCONNECT'])));
    expect(site.daemon.count({ code: 'SESSION_LOST' })).toBe(0);
    await Promise.all(devices.map((device) => device.disconnect()));
    await witness.publish('will/end', '');
    await witness.saw('will/end  1');
    expect(witness.seen).toEqual(['will/end  1']);
    await site.stop();
  });
});
