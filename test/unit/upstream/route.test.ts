/** Which of the copies that a broker sends for several filters of a device is the one for it. */
import { expect, it } from 'vitest';
import { type Copy, Route, keeperOf } from '../../../src/upstream/route.js';

const message = (text: string) => ({
  topic: 'a/b',
  payload: Buffer.from(text),
  qos: 1 as const,
  dup: false,
});

/** Sent for one of them. */
const copyOf = (text: string, route: Route, matching: readonly Route[]): Copy => ({
  content: message(text),
  matching,
  named: [{ route, round: undefined }],
});

const keeps = (client: string, route: Route, copy: Copy): boolean =>
  keeperOf(client, route, copy) === route;

/** Two filters of the device, the older one first. */
function twoFilters(): [Route, Route] {
  const routes: [Route, Route] = [new Route('a/b', 1, 0), new Route('a/#', 2, 1)];
  for (const route of routes) route.subscribers.set('d', 1);
  return routes;
}

it('of two that the broker has, the copy for the older one', () => {
  const routes = twoFilters();
  for (const route of routes) route.atBroker = true;
  expect(routes.map((route) => keeps('d', route, copyOf('x', route, routes)))).toEqual([
    true,
    false,
  ]);
});

it.each([
  [0, 1],
  [1, 0],
])('of two that the broker may have, the first that comes (%i before %i)', (first, second) => {
  const routes = twoFilters();
  const copies = [first, second].map((at) => routes[at] as Route);
  const comes = (route: Route): boolean => {
    route.isProven = true;
    return keeps('d', route, copyOf('x', route, routes));
  };
  expect(copies.map(comes)).toEqual([true, false]);
});

it('of the one that the broker has, every copy, and each message as often as it comes', () => {
  const [older, younger] = twoFilters();
  younger.atBroker = true;
  const comes = (): boolean => keeps('d', younger, copyOf('x', younger, [older, younger]));
  expect([comes(), comes()]).toEqual([true, true]);
  older.isProven = true;
  const copies = ['x', 'x', 'x'].map((text) =>
    keeps('d', older, copyOf(text, older, [older, younger])),
  );
  expect(copies).toEqual([false, false, true]);
});

it('of two that one copy was sent for, whatever the broker has now, the one with the higher QoS', () => {
  const routes = twoFilters();
  routes[1].subscribers.set('d', 2);
  const named = routes.map((route) => ({ route, round: undefined }));
  const copy = { content: message('x'), matching: routes, named };
  expect(routes.map((route) => keeps('d', route, copy))).toEqual([false, true]);
});
