import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidFilter, matchesFilter } from '../../../src/codec/index.js';
import { toleratedMs } from '../../../src/core/silence.js';
import {
  coversFilter,
  expandTemplate,
  matchesPattern,
  mayPublish,
  maySubscribe,
  settingsFor,
} from '../../../src/core/settings.js';
import { coreConfig, deviceSettings } from '../../support/core/config.js';

const TEMPLATE = '${clientId}';

/** All texts of these characters up to a length. */
function texts(characters: string, length: number): string[] {
  let longest = [''];
  const all = [''];
  for (let i = 0; i < length; i++) {
    longest = longest.flatMap((text) => characters.split('').map((character) => text + character));
    all.push(...longest);
  }
  return all;
}

/** All sequences of these levels, joined. */
const paths = (levels: string[], depth: number): string[] =>
  depth === 1
    ? levels
    : [
        ...levels,
        ...paths(levels, depth - 1).flatMap((rest) => levels.map((level) => `${level}/${rest}`)),
      ];

describe('matchesPattern', () => {
  it('agrees with a regular expression on everything short', () => {
    const ids = texts('ab?', 4);
    for (const pattern of texts('a*?', 4)) {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      for (const id of ids)
        expect([pattern, id, matchesPattern(pattern, id)]).toEqual([
          pattern,
          id,
          expression.test(id),
        ]);
    }
  });

  it('takes no other character for special', () => {
    expect(matchesPattern('a.b', 'axb')).toBe(false);
    expect(matchesPattern('[a]', 'a')).toBe(false);
    expect(matchesPattern('*', 'a*b')).toBe(true);
  });

  it('many stars against a long id end soon', () => {
    expect(matchesPattern('*a'.repeat(50), 'a'.repeat(255) + 'b')).toBe(false);
  });
});

describe('coversFilter', () => {
  const topics = paths(['a', 'b', '', '$s'], 3);
  const filters = [...new Set(paths(['a', '+', '#', '', '$s'], 3))].filter(isValidFilter);
  const matched = new Map(
    filters.map((filter) => [filter, topics.filter((topic) => matchesFilter(filter, topic))]),
  );

  it('never lets a filter through that matches more', () => {
    for (const wide of filters) {
      const allowed = new Set(matched.get(wide));
      for (const narrow of filters) {
        if (!coversFilter(wide, narrow)) continue;
        expect([wide, narrow, matched.get(narrow)?.filter((topic) => !allowed.has(topic))]).toEqual(
          [wide, narrow, []],
        );
      }
    }
  });

  it.each([
    ['#', 'a/+'],
    ['#', '#'],
    ['a/#', 'a'],
    ['a/#', 'a/#'],
    ['a/#', 'a/+/b'],
    ['+/b', '+/b'],
    ['+/b', 'a/b'],
    ['+/#', '+/a/#'],
  ])('%s covers %s', (wide, narrow) => {
    expect(coversFilter(wide, narrow)).toBe(true);
  });

  it.each([
    ['a/+', 'a/#'],
    ['+', '#'],
    ['#', '$SYS/#'],
    ['#', '$share/group/secret'],
    ['+/x', '$SYS/x'],
    ['a/b', 'a/+'],
    ['a', 'a/b'],
  ])('%s does not cover %s', (wide, narrow) => {
    expect(coversFilter(wide, narrow)).toBe(false);
  });
});

describe('expandTemplate', () => {
  it('puts the client id in wherever the template says so', () => {
    expect(expandTemplate(`s/${TEMPLATE}/${TEMPLATE}`, 'dev1')).toBe('s/dev1/dev1');
    expect(expandTemplate('s/fixed', 'a/b')).toBe('s/fixed');
  });

  it.each(['+', '#', 'a/b', '/', 'a+', '$SYS', '$share'])(
    'client id %s would change the structure: nothing',
    (id) => {
      expect(expandTemplate(`s/${TEMPLATE}`, id)).toBeUndefined();
    },
  );

  it('keeps the levels of the template whatever the client id', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('$', '&', '`', "'", '1', 'a', '{', '}') }),
        (id) => {
          const expanded = expandTemplate(`s/${TEMPLATE}/t`, id);
          if (expanded !== undefined) expect(expanded).toBe(['s', id, 't'].join('/'));
        },
      ),
      { seed: 4 },
    );
  });
});

describe('rights', () => {
  const settings = {
    ...deviceSettings,
    allow: { publish: ['doors/#'], subscribe: [`${TEMPLATE}/#`, 'all/+'] },
  };

  it('publish where a filter of theirs matches', () => {
    expect(mayPublish(settings, 'dev1', 'doors/1')).toBe(true);
    expect(mayPublish(settings, 'dev1', 'windows/1')).toBe(false);
    expect(mayPublish(deviceSettings, 'dev1', 'windows/1')).toBe(true);
  });

  it('subscribe to no more than their filters match', () => {
    expect(maySubscribe(settings, 'dev1', 'dev1/+/x')).toBe(true);
    expect(maySubscribe(settings, 'dev1', 'dev2/x')).toBe(false);
    expect(maySubscribe(settings, 'dev1', 'all/#')).toBe(false);
    expect(maySubscribe(settings, 'dev1', '#')).toBe(false);
  });

  it.each(['+', '$share', '#', 'dev2/x'])('client id %s gives itself none', (id) => {
    expect(maySubscribe(settings, id, `${id}/#`)).toBe(false);
    expect(maySubscribe(settings, id, `${id}/group/#`)).toBe(false);
    expect(maySubscribe(settings, id, 'dev1/secret')).toBe(false);
  });
});

describe('settingsFor', () => {
  const config = coreConfig({
    devices: [
      { match: 'door-?', settings: { ...deviceSettings, maxMessageBytes: 1 } },
      { match: 'door-*', settings: { ...deviceSettings, maxMessageBytes: 2 } },
    ],
  });

  it('takes the first rule that matches, else the defaults', () => {
    expect(settingsFor(config, 'door-1')?.maxMessageBytes).toBe(1);
    expect(settingsFor(config, 'door-12')?.maxMessageBytes).toBe(2);
    expect(settingsFor(config, 'window')?.maxMessageBytes).toBe(1024);
  });

  it('unknown devices denied: nothing for them', () => {
    const denying = { ...config, access: { unknownDevices: 'deny' as const } };
    expect(settingsFor(denying, 'door-1')?.maxMessageBytes).toBe(1);
    expect(settingsFor(denying, 'window')).toBeUndefined();
  });
});

describe("the gateway's own topics", () => {
  const reserved = ['gw/bridge/#'];

  it('are no device to publish to, whatever it is allowed', () => {
    expect(mayPublish({ ...deviceSettings, reserved }, 'a', 'gw/bridge/request/x')).toBe(false);
    const allow = { publish: ['#'] };
    expect(mayPublish({ ...deviceSettings, reserved, allow }, 'a', 'gw/bridge/state')).toBe(false);
    expect(mayPublish({ ...deviceSettings, reserved, allow }, 'a', 'gw/other')).toBe(true);
  });

  it('are for every device to subscribe to', () => {
    expect(maySubscribe({ ...deviceSettings, reserved }, 'a', 'gw/bridge/state')).toBe(true);
  });
});

describe('toleratedMs', () => {
  it.each([
    [1, 1500],
    [60, 90_000],
    [61, 67_100],
    [65_535, 72_088_500],
  ])('%s s: silence of %s ms', (periodSec, ms) => {
    expect(toleratedMs(periodSec)).toBe(ms);
  });
});
