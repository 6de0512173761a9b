import { expect, it } from 'vitest';
import { RADIO } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';

/** The radio link of the test's configuration carries 64 octets. */
const at = { link: RADIO, address: 'A' };

const connectOf = (octets: number): Uint8Array =>
  Buffer.concat([Uint8Array.of(octets, 0x04, 0x04, 1, 0, 60), Buffer.alloc(octets - 6, 'a')]);

it('a datagram of just the size that its link carries: it is heard', () => {
  const driver = new CoreDriver();
  driver.send(at, connectOf(64));
  expect(driver.requestsOf('open')).toHaveLength(1);
  expect(driver.drops()).toEqual([]);
});

it('a datagram larger than its link carries: it is dropped, and that is told', () => {
  const driver = new CoreDriver();
  driver.send(at, connectOf(65));
  expect(driver.requestsOf('open')).toEqual([]);
  expect(driver.drops()).toEqual(['too-big-for-link']);
});
