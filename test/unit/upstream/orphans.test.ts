/** Subscriptions that nobody wants, and of which there may be no record. */
import { expect, it } from 'vitest';
import { UNCLAIMED_TOPICS_MAX } from '../../../src/upstream/limits.js';
import { Orphans } from '../../../src/upstream/orphans.js';

/** @param isCertain what becomes of each UNSUBSCRIBE */
function orphans(isCertain: boolean): { unsubscribed: string[]; orphans: Orphans } {
  const unsubscribed: string[] = [];
  const owner = {
    isWanted: () => false,
    renew: () => false,
    unsubscribe: (filter: string, done: (is: boolean) => void) => {
      unsubscribed.push(filter);
      done(isCertain);
    },
    forget: () => undefined,
  };
  return { unsubscribed, orphans: new Orphans(owner) };
}

it('of a topic that nobody has subscribed to the broker is told once, whatever it sends after that', () => {
  const one = orphans(true);
  for (const topic of ['a', 'a', 'b', 'a', 'b']) one.orphans.unclaimed(topic);
  expect(one.unsubscribed).toEqual(['a', 'b']);
});

it('again when the broker has not answered, and on a new connection', () => {
  const unheard = orphans(false);
  for (let i = 0; i < 2; i++) unheard.orphans.unclaimed('a');
  expect(unheard.unsubscribed).toEqual(['a', 'a']);
  const heard = orphans(true);
  heard.orphans.unclaimed('a');
  heard.orphans.up('known');
  heard.orphans.unclaimed('a');
  expect(heard.unsubscribed).toEqual(['a', 'a']);
});

it('remembers a bounded number of them', () => {
  const one = orphans(true);
  for (let i = 0; i <= UNCLAIMED_TOPICS_MAX; i++) one.orphans.unclaimed(`t${i}`);
  one.orphans.unclaimed('t0');
  expect(one.unsubscribed.slice(-2)).toEqual([`t${UNCLAIMED_TOPICS_MAX}`, 't0']);
});
