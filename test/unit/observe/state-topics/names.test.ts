import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiscoveryTopics } from '../../../../src/observe/state-topics/discovery-topics.js';
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

  const names = new Names('base');
  const discovery = new DiscoveryTopics({ topic: 'ha', gateway: 'gw' });
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
        expect(names.clientOf(names.device(client))).toBe(client);
        expect(discovery.clientOf(discovery.of(client))).toBe(client);
        expect(objectId(client)).not.toContain('__');
      }),
    );
  });

  it.each(['%zz', '%', 'a+b', '%61', '%ED%A0%80'])("%j is nobody's level", (level) => {
    expect(names.clientOf(`base/device/${level}/state`)).toBeUndefined();
  });

  it.each(['_zz', '_', 'a.b', '_61', '_ff'])("%j is nobody's id", (id) => {
    expect(discovery.clientOf(`ha/device/mqttsn_gw__${id}/config`)).toBeUndefined();
  });

  it("topics of others are nobody's", () => {
    expect(names.clientOf('base2/device/door-1/state')).toBeUndefined();
    expect(names.clientOf('base/device/door-1')).toBeUndefined();
    expect(discovery.clientOf('ha/device/mqttsn_gw2__door-1/config')).toBeUndefined();
    expect(discovery.clientOf('ha/device/mqttsn_gw__door-1')).toBeUndefined();
  });
});
