/** Devices, a broker that goes away and comes back, and an outbox between them. */
import type { OfflineSettings } from '../../../src/core/config.js';
import type { UpstreamFailure } from '../../../src/core/types.js';
import { coreConfig } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connected, octets, publish } from '../../support/core/messages.js';

export const offline: OfflineSettings = {
  messages: 100,
  bytes: 65_536,
  ageMs: 3_600_000,
  qos0: 'drop',
};
export const session = { cleanSession: false, duration: 0 };

/** The broker is away, dev1 is connected. */
export function away(changes: Partial<OfflineSettings> = {}): CoreDriver {
  const driver = new CoreDriver(
    coreConfig({ keepsSessions: true, offline: { ...offline, ...changes } }),
  );
  driver.begin();
  driver.event({ event: 'availability', up: true });
  connected(driver, 'A', 'dev1', session);
  driver.event({ event: 'availability', up: false });
  return driver;
}

export const back = (driver: CoreDriver): unknown =>
  driver.event({ event: 'availability', up: true });

export function say(driver: CoreDriver, at: string, qos: 0 | 1 | 2, text: string, msgId = 1): void {
  driver.send(at, publish(qos, { msgId: qos === 0 ? 0 : msgId, data: octets(text) }));
}

/** The texts that the broker was asked to publish. */
export const published = (driver: CoreDriver): string[] =>
  driver.requestsOf('publish').map(({ payload }) => new TextDecoder().decode(payload));

/** The broker's answer to everything it was asked since the last time. */
export function answer(driver: CoreDriver, from: number, failure?: UpstreamFailure): void {
  for (const { token, client } of driver.requestsOf('publish').slice(from)) {
    driver.event({ event: 'published', token, client, ...(failure ? { failure } : {}) });
  }
}

/** dev2 is connected too. */
export function connect2(driver: CoreDriver): void {
  back(driver);
  connected(driver, 'B', 'dev2', session);
  driver.event({ event: 'availability', up: false });
}
