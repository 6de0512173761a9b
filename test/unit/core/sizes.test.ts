/** What fits a device depends on where it speaks from: nothing else is taken on, and each refusal is told. */
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/core/types.js';
import { coreConfig, LAN, RADIO } from '../../support/core/config.js';
import { CoreDriver, type Place } from '../../support/core/driver.js';
import { connected, puback, regack, subscribe } from '../../support/core/messages.js';

const links = {
  [LAN]: { maxMessageBytes: 1472, isPaced: false, broadcast: false, allowPadding: false },
  [RADIO]: { maxMessageBytes: 64, isPaced: true, broadcast: true, allowPadding: false },
};

/** Two devices of one radio, one of which can be sent less. */
const SMALL: Place = { link: RADIO, address: '7', maxMessageBytes: 20 };
const LARGE: Place = { link: RADIO, address: '0102', maxMessageBytes: 40 };

function field(changes: Parameters<typeof coreConfig>[0] = {}): CoreDriver {
  const driver = new CoreDriver(coreConfig({ links, ...changes }));
  driver.event({ event: 'availability', up: true });
  connected(driver, SMALL, 'small', { duration: 0, cleanSession: false });
  connected(driver, LARGE, 'large', { duration: 0, cleanSession: false });
  return driver;
}

/** A message that makes a PUBLISH of so many octets, on a short topic name unless told. */
function incoming(
  driver: CoreDriver,
  client: string,
  bytes: number,
  { qos = 1, topic = 'ab' }: { qos?: 0 | 1 | 2; topic?: string } = {},
): readonly Effect[] {
  const payload = new Uint8Array(bytes - 7);
  const token = qos === 0 ? 0 : 5;
  return driver.event({ event: 'message', client, token, topic, payload, qos, retain: false });
}

const refusals = (driver: CoreDriver) =>
  driver.notices.filter((one) => one.notice === 'drop' && one.reason === 'too-big-for-device');

describe.each([0, 1, 2] as const)('a PUBLISH at QoS %i', (qos) => {
  it('goes out when it fits its device, whoever was heard last', () => {
    const driver = field();
    incoming(driver, 'large', 40, { qos });
    driver.send(SMALL, { type: 'PINGREQ' });
    expect(driver.received(LARGE)).toMatchObject([{ type: 'PUBLISH', qos }]);
    incoming(driver, 'small', 20, { qos });
    expect(driver.received(SMALL)).toMatchObject([{ type: 'PINGRESP' }, { type: 'PUBLISH', qos }]);
    expect(refusals(driver)).toEqual([]);
  });

  it('too long: the broker is told at once, nothing goes out, and the next one does', () => {
    const driver = field();
    driver.send(LARGE, { type: 'PINGREQ' });
    const effects = incoming(driver, 'small', 21, { qos });
    expect(effects.filter(({ kind }) => kind === 'send')).toEqual([]);
    expect(driver.requestsOf('accept')).toHaveLength(qos === 0 ? 0 : 1);
    expect(refusals(driver)).toMatchObject([{ what: 'downlink', client: 'small', topic: 'ab' }]);
    incoming(driver, 'small', 20, { qos, topic: 'cd' });
    expect(driver.received(SMALL)).toMatchObject([{ type: 'PUBLISH', topicId: 0x6364 }]);
  });
});

describe('a REGISTER', () => {
  it('that is too long gives its message up, and what waits behind it goes on', () => {
    const driver = field();
    incoming(driver, 'small', 8, { topic: 'fourteen/octets'.slice(0, 14) });
    const [registration] = driver.received(SMALL);
    expect(registration).toMatchObject({ type: 'REGISTER', topicName: 'fourteen/octet' });
    incoming(driver, 'small', 8, { topic: 'fifteen/octets/' });
    incoming(driver, 'small', 8, { topic: 'cd' });
    if (registration?.type !== 'REGISTER') throw new Error('no REGISTER');
    driver.send(SMALL, regack(registration.topicId, registration.msgId));
    const [first] = driver.received(SMALL);
    if (first?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    driver.send(SMALL, puback(first.topicId, first.msgId));
    expect(driver.received(SMALL)).toMatchObject([{ type: 'PUBLISH', topicId: 0x6364 }]);
    expect(refusals(driver)).toMatchObject([{ topic: 'fifteen/octets/', what: 'downlink' }]);
  });
});

describe('behind a forwarder', () => {
  const NODE: Place = { ...SMALL, address: '8', node: Uint8Array.of(1, 2, 3, 4) };

  it('its header takes its part of what fits', () => {
    const driver = field();
    connected(driver, NODE, 'node', { duration: 0 });
    incoming(driver, 'node', 14);
    expect(refusals(driver)).toHaveLength(1);
    incoming(driver, 'node', 13);
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH' }]);
  });

  it('and so on a link without radio', () => {
    const far: Place = { link: LAN, address: '127.0.0.1:4000', node: Uint8Array.of(1, 2, 3) };
    const large = { device: { maxMessageBytes: 2000 } };
    const other = new CoreDriver(coreConfig({ links, ...large }));
    connected(other, far, 'node', { duration: 0 });
    // Two octets more, as the length has its long form.
    incoming(other, 'node', 1472 - 6 - 2 + 1);
    expect(refusals(other)).toHaveLength(1);
    incoming(other, 'node', 1472 - 6 - 2);
    expect(other.received(far)).toMatchObject([{ type: 'PUBLISH' }]);
  });
});

describe('what waits', () => {
  it('for a sleeper that comes back from an address with less room: given up at its wake-up, PINGRESP comes last', () => {
    const driver = field();
    driver.send(LARGE, { type: 'DISCONNECT', duration: 600 });
    driver.received(LARGE);
    incoming(driver, 'large', 40);
    incoming(driver, 'large', 20, { topic: 'cd' });
    expect(refusals(driver)).toEqual([]);
    const moved: Place = { link: RADIO, address: '9', maxMessageBytes: 20 };
    driver.send(moved, { type: 'PINGREQ', clientId: 'large' });
    const [publication] = driver.received(moved);
    expect(publication).toMatchObject({ type: 'PUBLISH', topicId: 0x6364 });
    expect(refusals(driver)).toMatchObject([{ topic: 'ab', client: 'large' }]);
    if (publication?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    driver.send(moved, puback(publication.topicId, publication.msgId));
    expect(driver.received(moved)).toMatchObject([{ type: 'PINGRESP' }]);
  });

  it('while the address itself gets less room: decided by what its latest frame said', () => {
    const driver = field();
    driver.send(LARGE, { type: 'DISCONNECT', duration: 600 });
    driver.received(LARGE);
    incoming(driver, 'large', 40);
    driver.send({ ...LARGE, maxMessageBytes: 39 }, { type: 'PINGREQ', clientId: 'large' });
    expect(driver.received(LARGE)).toMatchObject([{ type: 'PINGRESP' }]);
    expect(refusals(driver)).toHaveLength(1);
  });

  it('after a restart, until its device is heard: what the link is told to carry', () => {
    const driver = field({ keepsSessions: true });
    driver.crash();
    incoming(driver, 'small', 64);
    incoming(driver, 'small', 65);
    expect(refusals(driver)).toHaveLength(1);
    driver.send(SMALL, { type: 'PINGREQ' });
    incoming(driver, 'small', 21);
    expect(refusals(driver)).toHaveLength(2);
  });
});

describe('answers', () => {
  it('are never too long for those who can be sent anything at all, and else told of', () => {
    const driver = field();
    const nowhere: Place = { ...SMALL, maxMessageBytes: 0 };
    const effects = driver.send(nowhere, subscribe('a/b', 3));
    expect(effects.filter(({ kind }) => kind === 'send')).toEqual([]);
    const { token } = driver.request('subscribe');
    const told = driver.event({
      event: 'subscribed',
      token,
      client: 'small',
      grantedQos: 1,
    });
    // The link refuses it: the core need not know which answers fit.
    const [sent] = told.filter((effect) => effect.kind === 'send');
    const event = {
      event: 'dropped',
      address: '7',
      data: sent?.data ?? new Uint8Array(),
      reason: 'too-big-for-device',
    } as const;
    driver.step({ kind: 'link', link: RADIO, event });
    expect(refusals(driver)).toMatchObject([
      { what: 'transmission', client: 'small', messageType: 'SUBACK' },
    ]);
  });
});
