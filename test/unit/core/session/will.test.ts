import { describe, expect, it } from 'vitest';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  octets,
  willMessage,
  willTopic,
} from '../../../support/core/messages.js';

const REPEATING_MS = 40_000;

/** dev1 has been asked for its will. */
function prompted(options: Parameters<typeof coreConfig>[0] = {}): CoreDriver {
  const driver = new CoreDriver(coreConfig(options));
  driver.send('A', connect('dev1', { will: true, duration: 600 }));
  driver.received('A');
  return driver;
}

describe('the prompts for a will', () => {
  it('CONNECT repeated: the prompt that was lost comes again, and the broker is asked once', () => {
    const driver = prompted();
    const again = connect('dev1', { will: true, duration: 600 });
    driver.send('A', again);
    expect(driver.received('A')).toEqual([{ type: 'WILLTOPICREQ' }]);
    driver.send('A', willTopic());
    driver.received('A');
    driver.send('A', again);
    expect(driver.received('A')).toEqual([{ type: 'WILLMSGREQ' }]);
    driver.send('A', willMessage());
    driver.send('A', again);
    expect(driver.received('A')).toEqual([]);
    expect(driver.requestsOf('open')).toHaveLength(1);
  });

  it('WILLTOPIC repeated: WILLMSGREQ again, and the first one counts', () => {
    const driver = prompted();
    driver.send('A', willTopic('first'));
    driver.send('A', { type: 'WILLTOPIC', empty: true });
    expect(driver.received('A')).toEqual([{ type: 'WILLMSGREQ' }, { type: 'WILLMSGREQ' }]);
    driver.send('A', willMessage('gone'));
    expect(driver.request('open').will).toEqual({
      topic: 'first',
      payload: octets('gone'),
      qos: 1,
      retain: false,
    });
  });

  it('WILLTOPIC with flags and no topic: there is no will', () => {
    const driver = prompted();
    driver.send('A', willTopic(''));
    expect(driver.request('open')).not.toHaveProperty('will');
  });

  it('WILLMSG before WILLTOPIC, and either of them while the broker is asked: dropped with a notice', () => {
    const driver = prompted();
    driver.send('A', willMessage());
    expect(driver.requestsOf('open')).toEqual([]);
    driver.send('A', willTopic());
    driver.send('A', willMessage());
    driver.received('A');
    driver.send('A', willTopic());
    driver.send('A', willMessage());
    expect(driver.requestsOf('open')).toHaveLength(1);
    expect(driver.received('A')).toEqual([]);
    expect(driver.notices.filter(({ notice }) => notice === 'drop')).toMatchObject([
      { reason: 'wrong-state', messageType: 'WILLMSG', client: 'dev1' },
      { reason: 'wrong-state', messageType: 'WILLTOPIC', client: 'dev1' },
      { reason: 'wrong-state', messageType: 'WILLMSG', client: 'dev1' },
    ]);
  });

  it('each answer of the device gives it time for the next one', () => {
    const driver = prompted();
    driver.advance(REPEATING_MS - 1);
    driver.send('A', willTopic());
    driver.advance(REPEATING_MS - 1);
    expect(driver.stateOf('dev1')).toBe('CONNECTING');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });

  it.each([
    ['at QoS -1', willTopic('w', -1)],
    ['to a wildcard', willTopic('w/#')],
    ['to where the device may not publish', willTopic('other')],
  ])('a will %s: refused', (_what, topic) => {
    const driver = prompted({ device: { allow: { publish: ['w', 'w/#'] } } });
    driver.send('A', topic);
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 3 }]);
    expect(driver.requestsOf('open')).toEqual([]);
  });
});

describe('CONNACK that got lost', () => {
  function welcomed(options = {}): CoreDriver {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { will: true, duration: 600, ...options });
    return driver;
  }

  it('device repeats WILLMSG: it comes again, for as long as the device may repeat', () => {
    const driver = welcomed();
    driver.advance(REPEATING_MS);
    driver.send('A', willMessage());
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 0 }]);
    driver.advance(1);
    driver.send('A', willMessage());
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual(['wrong-state']);
  });

  it('WILLMSG of a device that was not asked for a will: dropped with a notice', () => {
    const driver = welcomed({ will: false });
    driver.send('A', willMessage());
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual(['wrong-state']);
  });
});

describe('an update of the will', () => {
  const topicUpdate = (topic: string, qos: -1 | 1 = 1) =>
    ({ type: 'WILLTOPICUPD', qos, retain: true, willTopic: topic }) as const;
  const messageUpdate = { type: 'WILLMSGUPD', willMsg: octets('lost') } as const;

  function withWill(options: Parameters<typeof coreConfig>[0] = {}): CoreDriver {
    const driver = new CoreDriver(coreConfig(options));
    connected(driver, 'A', 'dev1', { will: true, cleanSession: false });
    return driver;
  }
  function answer(driver: CoreDriver, failure?: 'unavailable' | 'refused'): void {
    const { token, client } = driver.request('set-will');
    driver.event({ event: 'will-set', token, client, ...(failure ? { failure } : {}) });
  }

  it('of its topic keeps the message, of its message keeps the topic', () => {
    const driver = withWill();
    driver.send('A', topicUpdate('new'));
    const will = { topic: 'new', payload: octets('gone'), qos: 1, retain: true };
    expect(driver.request('set-will').will).toEqual(will);
    answer(driver);
    driver.send('A', messageUpdate);
    expect(driver.request('set-will').will).toEqual({ ...will, payload: octets('lost') });
  });

  it('with flags and no topic: the will is deleted, so there is none to give a message to', () => {
    const driver = withWill();
    driver.send('A', topicUpdate(''));
    expect(driver.request('set-will')).not.toHaveProperty('will');
    answer(driver);
    driver.received('A');
    driver.send('A', messageUpdate);
    expect(driver.received('A')).toEqual([{ type: 'WILLMSGRESP', returnCode: 3 }]);
    expect(driver.notices.at(-1)).toMatchObject({ notice: 'refusal', request: 'WILLMSGUPD' });
  });

  it('that asks for what cannot be: refused, and the will is as before', () => {
    const driver = withWill({ device: { allow: { publish: ['will', 'a/#'] } } });
    for (const update of [topicUpdate('a/#'), topicUpdate('a', -1), topicUpdate('other')]) {
      driver.send('A', update);
      expect(driver.received('A')).toEqual([{ type: 'WILLTOPICRESP', returnCode: 3 }]);
      expect(driver.notices.at(-1)).toMatchObject({ notice: 'refusal', request: 'WILLTOPICUPD' });
    }
    expect(driver.requestsOf('set-will')).toEqual([]);
  });

  it('where the configuration wants none: refused', () => {
    const driver = withWill({ device: { willUpdate: 'reject' } });
    driver.send('A', topicUpdate('new'));
    driver.send('A', messageUpdate);
    expect(driver.received('A')).toEqual([
      { type: 'WILLTOPICRESP', returnCode: 3 },
      { type: 'WILLMSGRESP', returnCode: 3 },
    ]);
    expect(driver.requestsOf('set-will')).toEqual([]);
  });

  it.each([
    ['unavailable', 1],
    ['refused', 3],
  ] as const)(
    "the broker's side says %s: told, and the will is as before",
    (failure, returnCode) => {
      const driver = withWill();
      driver.send('A', topicUpdate('new'));
      answer(driver, failure);
      driver.send('A', messageUpdate);
      expect(driver.request('set-will').will).toMatchObject({ topic: 'will' });
      answer(driver, failure);
      expect(driver.received('A')).toEqual([
        { type: 'WILLTOPICRESP', returnCode },
        { type: 'WILLMSGRESP', returnCode },
      ]);
      expect(driver.notices.filter(({ notice }) => notice === 'refusal')).toMatchObject([
        { request: 'WILLTOPICUPD', returnCode, client: 'dev1' },
        { request: 'WILLMSGUPD', returnCode, client: 'dev1' },
      ]);
    },
  );

  it('refused after the device has said good-bye: nobody is told', () => {
    const driver = withWill();
    driver.send('A', topicUpdate('new'));
    driver.send('A', { type: 'DISCONNECT' });
    driver.received('A');
    answer(driver, 'refused');
    expect(driver.received('A')).toEqual([]);
  });

  it('while another one waits for the broker: dropped with a notice, the device will repeat it', () => {
    const driver = withWill();
    driver.send('A', topicUpdate('new'));
    driver.send('A', messageUpdate);
    expect(driver.requestsOf('set-will')).toHaveLength(1);
    expect(driver.notices.at(-1)).toMatchObject({ reason: 'too-many-requests', client: 'dev1' });
    answer(driver);
    driver.send('A', messageUpdate);
    expect(driver.requestsOf('set-will')).toHaveLength(2);
  });

  it('of a connection before: its answer is for nobody, and the will of CONNECT counts', () => {
    const driver = withWill();
    driver.send('A', topicUpdate('new'));
    driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
    accept(driver);
    driver.received('A');
    answer(driver);
    expect(driver.received('A')).toEqual([]);
    driver.send('A', messageUpdate);
    expect(driver.request('set-will').will).toMatchObject({ topic: 'will' });
  });
});
