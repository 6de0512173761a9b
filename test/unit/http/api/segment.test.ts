import { expect, it } from 'vitest';
import { connected } from '../../../support/core/messages.js';
import { nameOfSegment, segmentOf } from '../../../../src/spelling/segment.js';
import { Rig } from '../rig.js';
import { WatchedGateway } from '../../../support/http/watched-gateway.js';

const NAMES = [
  '.',
  '..',
  '/.',
  '/..',
  '//..',
  '...',
  'a',
  '../a',
  '%2e%2e',
  '/',
  'ü/+#?',
  '.a',
  '',
];

it.each(NAMES)('a device called "%s" is reached by an address that leads nowhere else', (name) => {
  const segment = segmentOf(name);
  const { pathname } = new URL(`/api/devices/${segment}/buffer`, 'http://gateway');
  expect(pathname).toBe(`/api/devices/${segment}/buffer`);
  expect(nameOfSegment(decodeURIComponent(segment))).toBe(name);
});

it('no two names have the same address', () => {
  expect(new Set(NAMES.map(segmentOf)).size).toBe(NAMES.length);
});

it.each(['.', '..', '/..'])('the API knows the device "%s"', async (client) => {
  const gateway = new WatchedGateway();
  connected(gateway.driver, 'A', client, { cleanSession: false, duration: 60 });
  const rig = await Rig.start({}, {}, gateway);
  const { status, text } = await rig.ask(`/api/devices/${segmentOf(client)}`);
  expect([status, (JSON.parse(text) as { client: string }).client]).toEqual([200, client]);
  await rig.stop();
});
