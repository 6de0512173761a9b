import { describe, expect, it } from 'vitest';
import { TOPIC_ID_MAX, TOPIC_IDS_PER_DEVICE_MAX } from '../../../../src/core/limits.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { connected, publish, register } from '../../../support/core/messages.js';

const DAY_MS = 86_400_000;
/** Ids begin above it, and two sessions that use all that they may use the numbers up. */
const PREDEFINED = TOPIC_ID_MAX - 5 * (TOPIC_IDS_PER_DEVICE_MAX / 2);
const ROUNDS = 2;

/** Connects without CleanSession; the device has its ids from before. */
const comes = (driver: CoreDriver, client = 'dev1'): void =>
  connected(driver, client, client, { cleanSession: false });

/** The id that the device gets for a name. */
function idOf(driver: CoreDriver, name: string, client = 'dev1'): number {
  driver.received(client);
  driver.send(client, register(name));
  const [answer] = driver.received(client);
  return answer?.type === 'REGACK' ? answer.topicId : 0;
}

/** Nobody hears of the device until its session is forgotten. */
function isForgotten(driver: CoreDriver, client = 'dev1'): void {
  driver.send(client, { type: 'DISCONNECT' });
  driver.advance(DAY_MS);
  expect(driver.request('close')).toMatchObject({ client, forget: true });
}

const refusal = (topicId: number) => [{ type: 'PUBACK', topicId, returnCode: 2 }];

it('what was said under an id of the session before CleanSession names nothing in the next one', () => {
  const driver = new CoreDriver();
  comes(driver);
  const temperature = idOf(driver, 'temperature');
  connected(driver, 'dev1', 'dev1', { cleanSession: true });
  expect(idOf(driver, 'humidity')).not.toBe(temperature);
  driver.send('dev1', publish(1, { topicIdType: 0, topicId: temperature }));
  expect(driver.received('dev1')).toMatchObject(refusal(temperature));
  expect(driver.requestsOf('publish')).toEqual([]);
});

describe('a device whose session is forgotten', () => {
  it('comes again with its old ids: none of them means another name', () => {
    const driver = new CoreDriver();
    comes(driver);
    const temperature = idOf(driver, 'temperature');
    const humidity = idOf(driver, 'humidity');
    isForgotten(driver);
    comes(driver);
    driver.send('dev1', publish(1, { topicIdType: 0, topicId: humidity }));
    expect(driver.received('dev1')).toMatchObject(refusal(humidity));
    expect([temperature, humidity]).not.toContain(idOf(driver, 'humidity'));
    driver.send('dev1', publish(1, { topicIdType: 0, topicId: temperature }));
    expect(driver.received('dev1')).toMatchObject(refusal(temperature));
    expect(driver.requestsOf('publish')).toEqual([]);
  });

  it('was forgotten before another one that had fewer ids: the same holds', () => {
    const driver = new CoreDriver();
    comes(driver);
    for (const name of ['a', 'b', 'c']) idOf(driver, name);
    const before = idOf(driver, 'temperature');
    isForgotten(driver);
    connected(driver, 'dev2', 'dev2', { cleanSession: true });
    driver.send('dev2', { type: 'DISCONNECT' });
    comes(driver, 'dev3');
    driver.send('dev3', { type: 'DISCONNECT' });
    driver.advance(2 * 86_400_000);
    comes(driver);
    expect(idOf(driver, 'humidity')).toBeGreaterThan(before);
  });

  it('made room for another device: the same holds', () => {
    const driver = new CoreDriver(
      coreConfig({ limits: { devices: 1, datagramsPerSecondPerDevice: 100 } }),
    );
    comes(driver);
    const before = idOf(driver, 'temperature');
    driver.send('dev1', { type: 'DISCONNECT' });
    comes(driver, 'dev2');
    expect(idOf(driver, 'humidity', 'dev2')).toBeGreaterThan(before);
  });

  it('comes again after a restart of the gateway: the same holds', () => {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    comes(driver);
    const before = idOf(driver, 'temperature');
    isForgotten(driver);
    comes(driver);
    driver.crash();
    expect(idOf(driver, 'humidity')).toBeGreaterThan(before);
    driver.send('dev1', { type: 'DISCONNECT' });
  });

  it('has used up the numbers: they begin again, with room for all that a device may register', () => {
    const predefinedTopics = [{ id: PREDEFINED, topic: 'a' }];
    const driver = new CoreDriver(coreConfig({ predefinedTopics }));
    let highest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      comes(driver);
      for (let i = 0; i < TOPIC_IDS_PER_DEVICE_MAX; i++) highest = idOf(driver, `${round}/${i}`);
      isForgotten(driver);
    }
    expect(highest).toBeGreaterThan(TOPIC_ID_MAX - TOPIC_IDS_PER_DEVICE_MAX);
    comes(driver);
    for (let i = 0; i < TOPIC_IDS_PER_DEVICE_MAX; i++)
      expect(idOf(driver, `last/${i}`)).toBeGreaterThan(0);
  });

  it('asks for a clean session: none of its old ids means another name, either', () => {
    const driver = new CoreDriver();
    comes(driver);
    const first = idOf(driver, 'temperature');
    isForgotten(driver);
    connected(driver, 'dev1', 'dev1');
    expect(idOf(driver, 'humidity')).toBeGreaterThan(first);
  });
});
