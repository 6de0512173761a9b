/** The metrics of a gateway that has something to tell in each of them: a radio, a device that it hears well, and one that is lost. */
import { encode } from '../../../src/codec/index.js';
import { metricsText } from '../../../src/http/metrics/index.js';
import { Counters } from '../../../src/observe/counters.js';
import { Durations } from '../../../src/observe/durations.js';
import { coreConfig, LAN } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connected } from '../../support/core/messages.js';

/** Of a link with a modem, each number another one. */
export const AIR_USAGE = {
  usedMs: 1000,
  assumedMs: 500,
  limitMs: 36_000,
  isReduced: true,
  queuedFrames: 2,
  queuedBytes: 30,
  queuedAirMs: 3000,
  worstWaitMs: 4000,
  sentFrames: 5,
  sentAirMs: 6000,
  deferred: 7,
  renewed: 22,
  refused: { congested: 8, 'expired-before-sent': 9, 'too-big': 10 },
  dropped: { expired: 11, displaced: 12, busy: 13 },
  discardedBytes: {
    noise: 14,
    checksum: 15,
    'too-long': 16,
    truncated: 17,
    'bad-escape': 18,
    'bad-length': 19,
    malformed: 20,
    'not-for-us': 21,
  },
};

export function everyMetric(): string {
  const driver = new CoreDriver(coreConfig());
  connected(driver, 'nowhere', 'lost', { duration: 10, cleanSession: false });
  driver.advance(600_000);
  connected(driver, 'there', 'device');
  driver.step({
    kind: 'datagram',
    link: LAN,
    address: 'there',
    data: encode({ type: 'PINGREQ' }),
    signal: { rssiDbm: -97, snrDb: 5.5, lqi: 200 },
  });
  const counters = new Counters();
  counters.trafficOf(LAN).heardAtMs = 1000;
  return metricsText(
    {
      configuration: { limits: { devices: 10_000 } },
      counters,
      durations: new Durations([LAN]),
      inspect: driver.core.inspect,
      watch: { devices: { strangers: function* () {} } },
      wallTimeOf: (instant) => instant,
      now: () => driver.now,
      nowMs: () => 0,
      linkNames: [LAN],
      linkHealth: () => ({ state: 'up', sinceMs: 0, trouble: undefined }),
      airUsage: () => new Map([['field', AIR_USAGE]]),
    },
    '1.2.3',
    2,
  );
}
