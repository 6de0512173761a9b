import { expect, it } from 'vitest';
import { addressOf, type Route, routeOf } from '../../../src/dashboard/route.js';

it.each<Route>([
  { view: 'overview' },
  { view: 'devices' },
  { view: 'devices', device: 'node-1' },
  { view: 'devices', device: 'a/b #c%d ü' },
  { view: 'devices', device: 'a?state=LOST' },
  { view: 'devices', state: 'LOST' },
  { view: 'configuration' },
])('%j has an address, and is found by it', (route) => {
  expect(routeOf(addressOf(route))).toEqual(route);
});

it.each(['', '#', '#/', '#/nothing', '#main', '#/overview/x'])('%j is the overview', (hash) => {
  expect(routeOf(hash)).toEqual({ view: 'overview' });
});

it.each([
  ['#/devices/', { view: 'devices' }],
  ['#/devices?state=nothing', { view: 'devices' }],
  ['#/devices/%', { view: 'devices', device: '%' }],
])('what a person has typed wrong is taken as it is: %s', (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});
