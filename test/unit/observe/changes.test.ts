import { expect, it } from 'vitest';
import { Changes } from '../../../src/observe/changes.js';

it('each who follows hears each device once, and what came before or after nobody hears', () => {
  const changes = new Changes();
  changes.mark('early');
  const [one, two] = [changes.follow(), changes.follow()];
  for (const client of ['a', 'b', 'a']) changes.mark(client);
  expect(one.take()).toEqual(['a', 'b']);
  expect(one.take()).toEqual([]);
  changes.mark('c');
  expect(two.take()).toEqual(['a', 'b', 'c']);
  one.end();
  changes.mark('d');
  expect(one.take()).toEqual(['c']);
});

it('more than can be named are all', () => {
  const changes = new Changes();
  const reader = changes.follow();
  for (let i = 0; i < 500; i++) changes.mark(`dev${i}`);
  expect(reader.take()).toHaveLength(500);
  for (let i = 0; i < 10_000; i++) changes.mark(`dev${i}`);
  expect(reader.take()).toBe('all');
  expect(reader.take()).toEqual([]);
});
