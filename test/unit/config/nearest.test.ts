import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/config/nearest.js';

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['server', 'server', 0],
    ['servr', 'server', 1],
    ['serverr', 'server', 1],
    ['sarver', 'server', 1],
    ['sevrer', 'server', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('from %s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is the same in both directions and never more than the longer word', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('the nearest known word', () => {
  const known = ['server', 'user', 'client_id', 'cert', 'ca', 'keepalive', 'password_file'];

  it.each([
    ['servers', 'server'],
    ['username', 'user'],
    ['clientId', 'client_id'],
    ['keepAlive', 'keepalive'],
    ['passwordFile', 'password_file'],
    ['crt', 'cert'],
    ['port', undefined],
    ['url', undefined],
    ['', undefined],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});
