import { expect, it } from 'vitest';
import { missingByLink } from '../../../src/http/missing.js';
import { LAN, RADIO } from '../../support/core/config.js';
import { connected } from '../../support/core/messages.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';

const HOUR_MS = 3_600_000;
const kept = { cleanSession: false, duration: 60 };

const missing = (gateway: WatchedGateway): object => Object.fromEntries(missingByLink(gateway));

it('who is late or lost is missed, with a session or without', () => {
  const gateway = new WatchedGateway();
  const { driver } = gateway;
  connected(driver, 'A', 'kept', kept);
  connected(driver, 'B', 'clean', { ...kept, cleanSession: true });
  expect(missing(gateway)).toEqual({});
  // Nobody says anything, and so the core does nothing.
  driver.now += 70_000;
  expect(missing(gateway)).toEqual({ [LAN]: 2 });
  driver.advance(60_000);
  expect([gateway.inspect.has('kept'), gateway.inspect.has('clean')]).toEqual([true, false]);
  expect(missing(gateway)).toEqual({ [LAN]: 2 });
});

it('a link that has heard somebody since is not deaf: nobody counts who was missed before', () => {
  const gateway = new WatchedGateway();
  const { driver } = gateway;
  connected(driver, { link: RADIO, address: '1' }, 'dead', kept);
  connected(driver, { link: RADIO, address: '2' }, 'well', { ...kept, duration: 3600 });
  driver.advance(100_000);
  expect(missing(gateway)).toEqual({ [RADIO]: 1 });
  driver.send({ link: RADIO, address: '2' }, { type: 'PINGREQ' });
  expect(missing(gateway)).toEqual({});
});

it('who was lost without a session is forgotten after a day', () => {
  const gateway = new WatchedGateway();
  const { driver } = gateway;
  connected(driver, 'B', 'clean', { ...kept, cleanSession: true });
  driver.advance(23 * HOUR_MS);
  expect(missing(gateway)).toEqual({ [LAN]: 1 });
  driver.advance(2 * HOUR_MS);
  expect(missing(gateway)).toEqual({});
});
