/** What the core does with a frame before any handler sees it, and who is taken for its sender. */
import { describe, expect, it } from 'vitest';
import { encode, type Message } from '../../../src/codec/index.js';
import { peerKey } from '../../../src/core/peer.js';
import type { UpstreamEvent } from '../../../src/core/types.js';
import { coreConfig, LAN, RADIO } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import {
  connect,
  connected,
  puback,
  publish,
  register,
  subscribe,
  willMessage,
  willTopic,
} from '../../support/core/messages.js';

const pingreq = { type: 'PINGREQ' } as const;
const bye = { type: 'DISCONNECT' } as const;
const withDevice = (options: Parameters<typeof connect>[1] = {}): CoreDriver => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1', options);
  return driver;
};

/** The last octet of the text in it is none of UTF-8. */
function garbled(message: Message, text: string): Uint8Array {
  const frame = encode(message);
  const at = frame.indexOf(text.charCodeAt(0), 4);
  return frame.with(at, 0xff);
}

describe('a frame that no handler gets', () => {
  it('of a link that is not known: nothing', () => {
    const driver = new CoreDriver();
    expect(driver.send({ link: 'gone', address: 'A' }, connect('dev1'))).toEqual([]);
  });

  it('too big for its link: dropped, and the notice says how big it was', () => {
    const driver = new CoreDriver();
    driver.send({ link: RADIO, address: 'A' }, new Uint8Array(65));
    expect(driver.notices).toMatchObject([{ reason: 'too-big-for-link', detail: '65 octets' }]);
  });

  it.each<[string, () => CoreDriver, Message, object]>([
    [
      'only gateways send it',
      withDevice,
      { type: 'CONNACK', returnCode: 0 },
      { reason: 'wrong-direction', client: 'dev1' },
    ],
    ['a stranger answers', () => new CoreDriver(), puback(1, 1), { reason: 'unknown-sender' }],
    [
      'its device is only about to connect',
      () => {
        const driver = new CoreDriver();
        driver.send('A', connect('dev1'));
        return driver;
      },
      publish(1),
      { reason: 'wrong-state', client: 'dev1' },
    ],
  ])('%s: dropped with a notice, and not answered', (_why, begin, message, details) => {
    const driver = begin();
    driver.send('A', message);
    expect(driver.received('A')).toEqual([]);
    expect(driver.notices.at(-1)).toMatchObject({
      notice: 'drop',
      messageType: message.type,
      link: LAN,
      address: 'A',
      ...details,
    });
  });

  it.each([publish(1), pingreq])(
    '%o of a stranger: answered with DISCONNECT once a second, else dropped with a notice',
    (message) => {
      const driver = new CoreDriver();
      driver.send('A', message);
      expect(driver.drops()).toEqual([]);
      driver.send('A', message);
      expect(driver.received('A')).toEqual([bye]);
      expect(driver.notices).toMatchObject([
        { notice: 'drop', reason: 'unknown-sender', messageType: message.type },
      ]);
    },
  );

  it('of a device that is lost: it is a stranger', () => {
    const driver = withDevice({ cleanSession: false });
    driver.advance(90_000);
    driver.send('A', publish(1));
    expect(driver.received('A')).toEqual([bye]);
    expect(driver.requestsOf('publish')).toEqual([]);
  });

  it('the broker tells of a device that nobody knows: nothing', () => {
    expect(new CoreDriver().event({ event: 'closed', client: 'dev1', detail: 'x' })).toEqual([]);
  });
});

describe('a frame with a fault in a field', () => {
  const faulty = garbled(register('q'), 'q');

  it('of a connected device: refused, and the notice says what and whose', () => {
    const driver = withDevice();
    driver.send('A', faulty);
    expect(driver.received('A')).toMatchObject([{ type: 'REGACK', returnCode: 3 }]);
    expect(driver.notices.at(-1)).toMatchObject({
      notice: 'drop',
      what: 'frame',
      reason: 'malformed',
      detail: 'invalid-utf8',
      messageType: 'REGISTER',
      client: 'dev1',
    });
  });

  it('behind a forwarder: the refusal goes to its node', () => {
    const driver = new CoreDriver();
    const node = { link: LAN, address: 'F', node: Uint8Array.of(1) };
    connected(driver, node, 'dev1');
    driver.send(node, faulty);
    expect(driver.received(node)).toMatchObject([{ type: 'REGACK', returnCode: 3 }]);
  });

  it('of a stranger: turned away, but a CONNECT hears what is wrong', () => {
    const driver = new CoreDriver();
    driver.send('A', faulty);
    driver.send('A', garbled(connect('q'), 'q'));
    expect(driver.received('A')).toEqual([bye, { type: 'CONNACK', returnCode: 3 }]);
  });

  it('of a device that is about to connect: its will topic ends the attempt, and the rest is not answered', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1', { will: true }));
    driver.received('A');
    driver.send('A', faulty);
    expect(driver.received('A')).toEqual([]);
    driver.send('A', garbled(willTopic('q'), 'q'));
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 3 }]);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });

  it('a will topic of a device that was not asked for one: not answered', () => {
    const driver = withDevice();
    driver.send('A', garbled(willTopic('q'), 'q'));
    expect(driver.received('A')).toEqual([]);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
  });
});

describe('a sign of life', () => {
  it.each<Message>([publish(0), { type: 'PINGRESP' }, puback(1, 9)])(
    '%o of an active device: its keep alive begins anew',
    (message) => {
      const driver = withDevice({ duration: 60 });
      driver.advance(80_000);
      driver.send('A', message);
      driver.advance(89_999);
      expect(driver.stateOf('dev1')).toBe('ACTIVE');
      driver.advance(1);
      expect(driver.stateOf('dev1')).toBe('LOST');
      expect(driver.notices.findLast(({ notice }) => notice === 'transition')).toMatchObject({
        why: 'keep alive over',
      });
    },
  );

  it('of a sleeper that says something without waking up: its sleep time begins anew', () => {
    const driver = withDevice();
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    driver.advance(300_000);
    driver.send('A', publish(0));
    driver.advance(329_999);
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
    expect(driver.notices.findLast(({ notice }) => notice === 'transition')).toMatchObject({
      why: 'sleep time over',
    });
  });

  it('PINGRESP is no more than that', () => {
    const driver = withDevice();
    driver.send('A', { type: 'PINGRESP' });
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual([]);
  });

  it('anything after CONNACK: the same CONNECT later is a new beginning; a repeated WILLMSG is not', () => {
    for (const [message, type] of [
      [publish(0), 'WILLTOPICREQ'],
      [willMessage(), 'CONNACK'],
    ] as const) {
      const driver = withDevice({ will: true });
      driver.send('A', message);
      driver.received('A');
      driver.send('A', connect('dev1', { will: true }));
      expect(driver.received('A')).toMatchObject([{ type }]);
    }
  });
});

describe('other gateways', () => {
  it.each<Message>([
    { type: 'ADVERTISE', gwId: 7, duration: 900 },
    { type: 'GWINFO', gwId: 7 },
  ])('%o is told, unless it is our own that came back', (message) => {
    const driver = new CoreDriver();
    driver.send('A', message);
    driver.send('A', { ...message, gwId: 1 } as Message);
    expect(driver.notices).toEqual([{ notice: 'gateway-heard', gwId: 7, link: LAN, address: 'A' }]);
  });
});

describe('the broker', () => {
  it('comes and goes: told, with the reason if there is one', () => {
    const driver = new CoreDriver();
    driver.event({ event: 'availability', up: true });
    driver.event({ event: 'availability', up: false, detail: 'ECONNRESET' });
    expect(driver.notices).toEqual([
      { notice: 'broker', up: true },
      { notice: 'broker', up: false, detail: 'ECONNRESET' },
    ]);
  });

  it('answers something else than it was asked: nothing comes of it', () => {
    const asks = {
      open: 'opened',
      publish: 'published',
      subscribe: 'subscribed',
      unsubscribe: 'unsubscribed',
      'set-will': 'will-set',
    } as const;
    const ops = Object.keys(asks) as (keyof typeof asks)[];
    for (const asked of ops) {
      for (const told of ops) {
        if (asked === told) continue;
        const driver = withDevice({ cleanSession: false });
        driver.send('A', publish(1));
        driver.send('A', subscribe('a', 2));
        driver.send('A', { type: 'UNSUBSCRIBE', msgId: 3, topicIdType: 0, topicName: 'b' });
        driver.send('A', { type: 'WILLTOPICUPD', empty: true });
        driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
        driver.received('A');
        const { token } = driver.request(asked);
        const answer = { event: asks[told], token, client: 'dev1', grantedQos: 1 } as const;
        expect(driver.event(answer as UpstreamEvent), `${asked}, ${told}`).toEqual([]);
        expect(driver.stateOf('dev1')).toBe('CONNECTING');
      }
    }
  });

  it('answers a device that has gone for good: nothing comes of it', () => {
    const driver = withDevice();
    driver.send('A', subscribe('a', 2));
    driver.send('A', bye);
    const { token, client } = driver.request('subscribe');
    expect(driver.event({ event: 'subscribed', token, client, grantedQos: 1 })).toEqual([]);
  });
});

describe('addresses', () => {
  it('the same node behind two forwarders, and nodes that look alike: each is a device of its own', () => {
    const driver = new CoreDriver();
    const places = [
      { link: LAN, address: 'F', node: Uint8Array.of(1) },
      { link: LAN, address: 'G', node: Uint8Array.of(1) },
      { link: LAN, address: 'F', node: Uint8Array.of(1, 0x10) },
      { link: LAN, address: 'F', node: Uint8Array.of(0x11, 0) },
      { link: LAN, address: 'F' },
      { link: RADIO, address: 'F' },
    ];
    const keys = places.map(({ link, address, node }) => `${link} ${peerKey(address, node)}`);
    expect(new Set(keys).size).toBe(places.length);
    for (const [i, place] of places.entries()) connected(driver, place, `dev${i}`);
    for (const place of places) {
      driver.send(place, pingreq);
      expect(driver.received(place)).toEqual([{ type: 'PINGRESP' }]);
    }
  });

  it('the same address on another link is another place', () => {
    const driver = withDevice();
    const there = { link: RADIO, address: 'A' };
    driver.send(there, { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received(there)).toEqual([{ type: 'PINGRESP' }]);
    driver.send('A', pingreq);
    expect(driver.received('A')).toEqual([bye]);
  });
});

describe('a shutdown that says good-bye', () => {
  it('each connected device is told, unless it sleeps, and its side at the broker is closed', () => {
    const driver = withDevice();
    connected(driver, 'B', 'dev2', { cleanSession: false });
    driver.send('B', { type: 'DISCONNECT', duration: 300 });
    connected(driver, 'C', 'dev3', { cleanSession: false });
    driver.send('C', bye);
    for (const at of ['B', 'C']) driver.received(at);
    const before = driver.requestsOf('close').length;
    driver.admin({ command: 'disconnect-all' });
    expect(driver.received('A')).toEqual([bye]);
    expect(driver.received('B')).toEqual([]);
    expect(driver.received('C')).toEqual([]);
    expect(driver.requestsOf('close').slice(before)).toMatchObject([
      { client: 'dev1', will: 'discard' },
      { client: 'dev2', will: 'discard' },
    ]);
  });
});

describe('a reload', () => {
  it('new settings count at once; who is denied now keeps what it has', () => {
    const driver = withDevice({ duration: 0 });
    driver.admin({
      command: 'reload',
      config: coreConfig({ device: { allow: { publish: ['mine'] } } }),
    });
    driver.send('A', publish(1));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 3 }]);
    driver.admin({ command: 'reload', config: coreConfig({ access: { unknownDevices: 'deny' } }) });
    driver.send('A', publish(1));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 3 }]);
    driver.send('A', pingreq);
    expect(driver.received('A')).toEqual([{ type: 'PINGRESP' }]);
  });

  it.each([
    [{ id: 1, topic: 'else' }, 'REGISTER'],
    [{ id: 1, topic: 'pre/one' }, 'PUBLISH'],
  ])('a predefined id that now means %o: the device gets %s', (predefined, type) => {
    const driver = withDevice();
    driver.send('A', publish(0));
    driver.admin({ command: 'reload', config: coreConfig({ predefinedTopics: [predefined] }) });
    const payload = Uint8Array.of(1);
    const to = { client: 'dev1', topic: 'pre/one', payload, qos: 0, retain: false } as const;
    driver.event({ event: 'message', token: 0, ...to });
    expect(driver.received('A')).toMatchObject([{ type }]);
  });
});
