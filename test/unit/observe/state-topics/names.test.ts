import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOf, Names, objectId } from '../../../../src/observe/state-topics/names.js';

describe('a client id in a topic', () => {
  it.each([
    ['door-1', 'door-1'],
    ['Küche 2.OG', 'Küche 2.OG'],
    ['a/b', 'a%2Fb'],
    ['+', '%2B'],
    ['#', '%23'],
    ['%2F', '%252F'],
    ['a\0b', 'a%00b'],
    ['\u{FFFF}', '%EF%BF%BF'],
    ['../bridge/state', '..%2Fbridge%2Fstate'],
  ])('%j is %s', (client, level) => {
    expect(levelOf(client)).toBe(level);
  });

  const clientId = fc.string({ unit: 'binary', minLength: 1 });

  it('is one level without wildcards and control characters, whatever a device calls itself', () => {
    fc.assert(
      fc.property(clientId, (client) => {
        expect(levelOf(client)).not.toMatch(/[/+#\p{C}]/u);
        expect(new Names('base').device(client).split('/')).toHaveLength(4);
        expect(objectId(client)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('is never that of another device', () => {
    fc.assert(
      fc.property(clientId, (client) => {
        expect(decodeURIComponent(levelOf(client))).toBe(client);
        const octets = objectId(client).replaceAll(/_([0-9a-f]{2})/g, '%$1');
        expect(decodeURIComponent(octets)).toBe(client);
        expect(objectId(client)).not.toContain('__');
      }),
    );
  });
});
