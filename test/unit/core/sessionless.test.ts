import { describe, expect, it } from 'vitest';
import { coreConfig, LAN } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connected, publish } from '../../support/core/messages.js';

const OPEN_LINK = { maxMessageBytes: 1472, isPaced: false, broadcast: true, allowPadding: false };
/** A short topic goes in the place of its id. */
const short = (name: string) =>
  publish(-1, { topicIdType: 2, topicId: (name.charCodeAt(0) << 8) | name.charCodeAt(1) });

/** A core whose link lets QoS -1 publish to these. */
const open = (...topics: string[]): CoreDriver =>
  new CoreDriver(coreConfig({ links: { [LAN]: { ...OPEN_LINK, qosMinusOne: { topics } } } }));

describe('a PUBLISH at QoS -1', () => {
  it('to a topic that one of the filters lets through: published on behalf of the gateway', () => {
    const driver = open('x/#', '+');
    driver.send('A', short('ab'));
    expect(driver.requestsOf('publish')).toMatchObject([
      { client: null, topic: 'ab', qos: 0, token: 0 },
    ]);
    expect(driver.received('A')).toEqual([]);
  });

  it("to a topic of the gateway's own: not allowed, whatever the filters say", () => {
    const links = { [LAN]: { ...OPEN_LINK, qosMinusOne: { topics: ['#'] } } };
    const driver = new CoreDriver(
      coreConfig({ links, device: { reserved: ['gw/bridge/#', 'ab'] } }),
    );
    driver.send('A', short('ab'));
    expect(driver.drops()).toEqual(['qos-minus-one-not-allowed']);
    expect(driver.requestsOf('publish')).toEqual([]);
  });

  it('with a predefined id: the topic of the device that speaks from there', () => {
    const driver = open('pre/#');
    driver.send('A', publish(-1, { topicId: 2 }));
    expect(driver.drops()).toEqual(['unknown-topic-id']);
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(-1, { topicId: 2 }));
    expect(driver.requestsOf('publish')).toMatchObject([{ client: null, topic: 'pre/dev1' }]);
  });

  it.each([
    ['a link that is not open for it', new CoreDriver(), publish(-1), 'qos-minus-one-not-allowed'],
    ['a link that is not known', open(), { link: 'gone' }, undefined],
    [
      'a normal topic id, which means nothing without a session',
      open('#'),
      publish(-1, { topicIdType: 0, topicId: 3 }),
      'qos-minus-one-not-allowed',
    ],
    [
      'a predefined id that is not configured',
      open('#'),
      publish(-1, { topicId: 99 }),
      'unknown-topic-id',
    ],
    ['a wildcard', open('#'), short('a#'), 'invalid-topic'],
    ['a topic that no filter lets through', open('x/#'), short('ab'), 'qos-minus-one-not-allowed'],
  ] as const)(
    'on or to %s: dropped with a notice, and never answered',
    (_what, driver, message, reason) => {
      if ('link' in message) driver.send({ link: message.link, address: 'A' }, publish(-1));
      else driver.send('A', message);
      expect(driver.received('A')).toEqual([]);
      expect(driver.requestsOf('publish')).toEqual([]);
      expect(driver.notices).toMatchObject(
        reason === undefined
          ? []
          : [{ notice: 'drop', reason, messageType: 'PUBLISH', address: 'A' }],
      );
    },
  );

  it('the notice names the topic that was not allowed', () => {
    const driver = open('x/#');
    driver.send('A', short('ab'));
    expect(driver.notices).toMatchObject([{ detail: 'ab' }]);
  });
});
