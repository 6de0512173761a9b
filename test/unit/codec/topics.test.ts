import { describe, expect, it } from 'vitest';
import {
  hasWildcard,
  isValidFilter,
  isValidTopic,
  matchesFilter,
  unshared,
} from '../../../src/codec/topics.js';

const LONGEST = 'a'.repeat(0xffff);
const DEEPEST = Array.from({ length: 200 }, () => 'a').join('/');
/** Mosquitto closes the connection of whoever uses these. */
const CHOKES = [
  'a\u0001',
  'a\tb',
  '\x7f',
  'a\x85',
  '\ufdd0',
  '\ufffe',
  '\u{1ffff}',
  `${DEEPEST}/a`,
  `/${DEEPEST}`,
];

describe('a topic name', () => {
  it.each(['a', '/', 'a//b', ' ', '$SYS/x', 'ä/温度', '\u{1f600}', LONGEST, DEEPEST])(
    'may be %j',
    (name) => {
      expect(isValidTopic(name)).toBe(true);
    },
  );

  it.each(['', 'a/+', 'a#', '#', 'a\0b', `${LONGEST}a`, ...CHOKES])('may not be %j', (name) => {
    expect(isValidTopic(name)).toBe(false);
  });
});

describe('a topic filter', () => {
  it.each(['a', '#', '+', 'a/#', '+/+/#', '/', '/+', '+//', '$SYS/#', LONGEST])(
    'may be %j',
    (filter) => {
      expect(isValidFilter(filter)).toBe(true);
    },
  );

  it.each(['', 'a#', '#/a', 'a/#/b', 'a+', '+a/b', 'a/##', '++', 'a\0', `${LONGEST}a`, ...CHOKES])(
    'may not be %j',
    (filter) => {
      expect(isValidFilter(filter)).toBe(false);
    },
  );

  it('has a wildcard or names one topic', () => {
    expect(hasWildcard('a/+/b')).toBe(true);
    expect(hasWildcard('a/#')).toBe(true);
    expect(hasWildcard('a/b')).toBe(false);
  });

  it.each([
    ['a/b', 'a/b'],
    ['#', 'a/b'],
    ['a/#', 'a'],
    ['a/#', 'a/b/c'],
    ['a/+', 'a/b'],
    ['a/+', 'a/'],
    ['+/+', '/a'],
    ['/+', '/a'],
    ['+/b/#', 'a/b'],
    ['$SYS/#', '$SYS/load'],
    ['$SYS/+', '$SYS/load'],
    ['a/+/c', 'a/$b/c'],
  ])('%s matches %s', (filter, topic) => {
    expect(matchesFilter(filter, topic)).toBe(true);
  });

  it.each([
    ['a/b', 'a/B'],
    ['a/b', 'a/b/'],
    ['a/+', 'a'],
    ['a/+', 'a/b/c'],
    ['+', '/a'],
    ['a/#', 'ab'],
    ['#', '$SYS/load'],
    ['+/load', '$SYS/load'],
    ['a/b/c', 'a/b'],
  ])('%s does not match %s', (filter, topic) => {
    expect(matchesFilter(filter, topic)).toBe(false);
  });
});

describe('a shared subscription', () => {
  it.each([
    ['$share/team/a/b', 'a/b'],
    ['$share/team//a', '/a'],
    ['$share/team/#', '#'],
    ['$share/team', '$share/team'],
    ['$share/team/', '$share/team/'],
    ['$share//a', '$share//a'],
    ['$shared/team/a', '$shared/team/a'],
    ['a/$share/team/b', 'a/$share/team/b'],
  ])('%s selects %s', (filter, selected) => {
    expect(unshared(filter)).toBe(selected);
  });
});
