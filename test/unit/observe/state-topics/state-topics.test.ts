import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Heard } from '../../../../src/observe/state-topics/broker.js';
import {
  DEPARTED_MAX,
  DEVICE_INTERVAL_MS,
  HEALTH_LOOK_MS,
  LEFTOVERS_WAIT_MS,
  LOOKS_PER_PUMP_MAX,
  PUMP_INTERVAL_MS,
  REFRESH_INTERVAL_MS,
} from '../../../../src/observe/state-topics/limits.js';
import type { LinkFacts } from '../../../../src/observe/state-topics/facts.js';
import { StateTopics } from '../../../../src/observe/state-topics/state-topics.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { connected, message } from '../../../support/core/messages.js';
import { FakeBroker } from './fake-broker.js';

const STATE = 'base/device/door-1/state';
const CONFIG = 'homeassistant/device/mqttsn_gw__door-1/config';
/** Longer than one look takes to begin. */
const SOON_MS = 150;
const HEALTH = 'base/bridge/health';
/** Midnight in 2026 is the driver's 0. */
const WALL_OFFSET_MS = Date.UTC(2026, 0, 1);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function rig(topic?: string) {
  const broker = new FakeBroker();
  const reasons: string[] = [];
  const lan = { name: 'lan', state: 'up', trouble: null, signal: undefined, heardAtMs: undefined };
  const links: LinkFacts[] = [lan];
  const told: string[] = [];
  const looks: string[] = [];
  const walked = { count: 0 };
  const later: { topics?: StateTopics } = {};
  const driver: CoreDriver = new CoreDriver(coreConfig({ keepsSessions: true }), [
    {
      onEffect: (effect) => {
        if (effect.kind === 'notice') later.topics?.notice(effect.notice);
      },
    },
  ]);
  const inspect = () => driver.core.inspect;
  const topics = new StateTopics(
    {
      baseTopic: 'base',
      version: '1.2.3',
      discovery: topic === undefined ? undefined : { topic, gateway: 'gw' },
      onRequest: (what, answer) => told.push(`${what} ${answer}`),
    },
    {
      device: (client) => {
        looks.push(client);
        return inspect().device(client);
      },
      *devices() {
        for (const device of inspect().devices()) {
          walked.count++;
          yield device;
        }
      },
      isKnown: (client) => inspect().has(client),
      isApproved: (client) => inspect().isApproved(client),
      totals: () => inspect().totals(),
      wallTimeOf: (instant) => instant + WALL_OFFSET_MS,
      unready: () => reasons,
      links: () => links,
      operate: async () => 'done',
    },
    broker,
  );
  later.topics = topics;
  topics.start();
  driver.begin();
  const back = () => driver.event({ event: 'availability', up: true });
  const away = () => driver.event({ event: 'availability', up: false });
  const stateOf = (topic = STATE): Record<string, unknown> =>
    JSON.parse(broker.latest.get(topic) ?? '{}') as Record<string, unknown>;
  return { broker, driver, topics, reasons, lan, links, told, looks, walked, back, away, stateOf };
}

describe('the state of a device', () => {
  it('is told when it changes, once for several changes in a moment', () => {
    const { broker, driver, back, stateOf } = rig();
    back();
    connected(driver, 'A', 'door-1', { cleanSession: false });
    expect(broker.count(STATE)).toBe(0);
    vi.advanceTimersByTime(SOON_MS);
    expect(stateOf()).toMatchObject({ client: 'door-1', availability: 'online', state: 'ACTIVE' });
    for (let i = 0; i < 5; i++) {
      driver.send('A', { type: 'DISCONNECT', duration: 60 });
      driver.send('A', { type: 'PINGREQ', clientId: 'door-1' });
      driver.commit();
    }
    driver.send('A', { type: 'DISCONNECT' });
    vi.advanceTimersByTime(DEVICE_INTERVAL_MS / 2);
    expect(broker.count(STATE)).toBe(1);
    vi.advanceTimersByTime(DEVICE_INTERVAL_MS);
    expect(broker.count(STATE)).toBe(2);
    expect(stateOf()).toMatchObject({ availability: 'offline', state: 'DISCONNECTED' });
  });

  it('is looked at now and then for what no notice tells, and told only when it differs', () => {
    const { broker, driver, back, stateOf } = rig();
    back();
    connected(driver, 'A', 'door-1', { cleanSession: false });
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    vi.advanceTimersByTime(SOON_MS);
    expect(stateOf()).toMatchObject({ buffered: { messages: 0 } });
    vi.advanceTimersByTime(2 * REFRESH_INTERVAL_MS);
    expect(broker.count(STATE)).toBe(1);
    message(driver, 'door-1', { topic: 'ab' });
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS + SOON_MS);
    expect(stateOf()).toMatchObject({ state: 'ASLEEP', buffered: { messages: 1 } });
  });

  it('a busy broker gets it later', () => {
    const { broker, driver, back, stateOf } = rig();
    back();
    broker.isBusy = true;
    connected(driver, 'A', 'door-1');
    vi.advanceTimersByTime(1000);
    expect(broker.count(STATE)).toBe(0);
    broker.isBusy = false;
    vi.advanceTimersByTime(SOON_MS);
    expect(stateOf()).toMatchObject({ state: 'ACTIVE' });
  });

  it('a thousand devices at once: a hundred in a second, and all in the end', () => {
    const { broker, driver, back } = rig();
    back();
    for (let i = 0; i < 1000; i++) connected(driver, `A${i}`, `dev${i}`);
    vi.advanceTimersByTime(1000);
    const devices = () => broker.said.filter((topic) => topic.startsWith('base/device/'));
    expect(devices().length).toBeLessThanOrEqual(100);
    vi.advanceTimersByTime(10_000);
    expect(new Set(devices()).size).toBe(1000);
    expect(devices()).toHaveLength(1000);
  });

  it('a thousand devices that are as they were are looked at piece by piece', () => {
    const { driver, back, looks } = rig();
    back();
    for (let i = 0; i < 1000; i++) connected(driver, `A${i}`, `dev${i}`);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS - PUMP_INTERVAL_MS);
    looks.length = 0;
    let most = 0;
    for (let at = 0; at < 20; at++) {
      const before = looks.length;
      vi.advanceTimersByTime(PUMP_INTERVAL_MS);
      most = Math.max(most, looks.length - before);
    }
    expect(most).toBeLessThanOrEqual(LOOKS_PER_PUMP_MAX);
    expect(new Set(looks).size).toBe(1000);
  });

  it('that has changed is told before those that are only looked at', () => {
    const { broker, driver, back } = rig();
    back();
    for (let i = 0; i < 1000; i++) connected(driver, `A${i}`, `dev${i}`);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS - PUMP_INTERVAL_MS);
    driver.advance(5000);
    for (let i = 0; i < 1000; i++) driver.send(`A${i}`, { type: 'PINGREQ' });
    vi.advanceTimersByTime(PUMP_INTERVAL_MS);
    broker.said.length = 0;
    driver.send('A999', { type: 'DISCONNECT' });
    driver.commit();
    vi.advanceTimersByTime(2 * PUMP_INTERVAL_MS);
    expect(broker.said).toContain('base/device/dev999/state');
  });

  it('while the broker is away nothing gathers; when it is back everything is told anew', () => {
    const { broker, driver, back, away, stateOf } = rig();
    back();
    connected(driver, 'A', 'door-1', { cleanSession: false });
    vi.advanceTimersByTime(SOON_MS);
    away();
    broker.latest.clear();
    driver.send('A', { type: 'DISCONNECT', duration: 60 });
    vi.advanceTimersByTime(2 * REFRESH_INTERVAL_MS);
    expect(broker.latest.size).toBe(0);
    back();
    vi.advanceTimersByTime(SOON_MS);
    expect(stateOf()).toMatchObject({ state: 'ASLEEP' });
    expect(broker.latest.has('base/bridge/health')).toBe(true);
  });

  it('is taken back with the device, and its configuration for Home Assistant too', () => {
    const { broker, driver, back } = rig('homeassistant');
    back();
    connected(driver, 'A', 'door-1', { cleanSession: false });
    vi.advanceTimersByTime(SOON_MS);
    expect(broker.latest.get(CONFIG)).toContain('"via_device":"mqttsn_gw"');
    driver.step({ kind: 'admin', command: { command: 'forget', client: 'door-1' } });
    vi.advanceTimersByTime(DEVICE_INTERVAL_MS + SOON_MS);
    expect([broker.latest.get(STATE), broker.latest.get(CONFIG)]).toEqual(['', '']);
  });

  it('stays when its session ends with its connection: who is lost is the one that somebody looks for', async () => {
    const { broker, driver, back, away, stateOf } = rig('homeassistant');
    back();
    connected(driver, 'A', 'door-1', { duration: 60 });
    vi.advanceTimersByTime(SOON_MS);
    const { last_heard } = stateOf();
    driver.advance(600_000);
    expect(driver.core.inspect.has('door-1')).toBe(false);
    vi.advanceTimersByTime(DEVICE_INTERVAL_MS + SOON_MS);
    const gone = { client: 'door-1', availability: 'offline', state: 'LOST', link: 'lan' };
    expect(stateOf()).toMatchObject({ ...gone, last_heard });
    away();
    broker.latest.clear();
    back();
    vi.advanceTimersByTime(SOON_MS);
    expect(stateOf()).toMatchObject(gone);
    expect(broker.latest.get(CONFIG)).toContain('"via_device"');
    broker.listeners.get('base/bridge/request/#')?.({
      topic: 'base/bridge/request/device/forget',
      payload: Buffer.from('door-1'),
      retain: false,
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(broker.latest.get('base/bridge/response/device/forget')).toContain('"status":"ok"');
    driver.step({ kind: 'admin', command: { command: 'forget', client: 'door-1' } });
    vi.advanceTimersByTime(DEVICE_INTERVAL_MS + SOON_MS);
    expect([broker.latest.get(STATE), broker.latest.get(CONFIG)]).toEqual(['', '']);
  });

  it('stays for the latest of those without a session', () => {
    const { broker, driver, back } = rig();
    back();
    for (let i = 0; i <= DEPARTED_MAX; i++) {
      connected(driver, 'A', `dev${i}`);
      driver.send('A', { type: 'DISCONNECT' });
    }
    vi.advanceTimersByTime(60_000);
    expect(broker.latest.get('base/device/dev0/state')).toBe('');
    expect(broker.latest.get('base/device/dev1/state')).toContain('"DISCONNECTED"');
  });

  it('nothing is told after the end', () => {
    const { broker, driver, topics, back } = rig();
    back();
    topics.stop();
    broker.said.length = 0;
    connected(driver, 'A', 'door-1');
    vi.advanceTimersByTime(2 * REFRESH_INTERVAL_MS);
    expect(broker.said).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what is left at the broker of devices that are not known', () => {
  const retained = (topic: string): Heard => ({ topic, payload: Buffer.from('{}'), retain: true });

  it('is taken back, and nothing of other gateways or of devices that are known', () => {
    const { broker, driver, back } = rig('homeassistant');
    connected(driver, 'A', 'door-1', { cleanSession: false });
    back();
    const hear = (filter: string, topic: string): void =>
      broker.listeners.get(filter)?.(retained(topic));
    hear('base/device/+/state', 'base/device/gone/state');
    hear('base/device/+/state', STATE);
    hear('homeassistant/device/+/config', 'homeassistant/device/mqttsn_gw__gone/config');
    hear('homeassistant/device/+/config', 'homeassistant/device/mqttsn_gw/config');
    hear('homeassistant/device/+/config', 'homeassistant/device/mqttsn_other__gone/config');
    hear('homeassistant/device/+/config', CONFIG);
    const takenBack = [...broker.latest].filter(([, payload]) => payload === '');
    expect(takenBack.map(([topic]) => topic)).toEqual([
      'base/device/gone/state',
      'homeassistant/device/mqttsn_gw__gone/config',
    ]);
  });

  it('is found out without a look at all devices in one moment, of which there may be ten thousand', () => {
    const { driver, back, walked } = rig('homeassistant');
    for (let i = 0; i < 1000; i++) connected(driver, `A${i}`, `dev${i}`);
    back();
    expect(walked.count).toBe(0);
    let most = 0;
    for (let at = 0; at < 200; at++) {
      const before = walked.count;
      vi.advanceTimersByTime(PUMP_INTERVAL_MS);
      most = Math.max(most, walked.count - before);
    }
    expect(most).toBeLessThanOrEqual(LOOKS_PER_PUMP_MAX);
    expect(walked.count).toBe(1000);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(walked.count).toBe(2000);
  });

  it('of an earlier run takes nothing back of who has come since', () => {
    const { broker, driver, back } = rig('homeassistant');
    back();
    connected(driver, 'A', 'door-1');
    vi.advanceTimersByTime(SOON_MS);
    broker.listeners.get('base/device/+/state')?.(retained(STATE));
    broker.listeners.get('homeassistant/device/+/config')?.(retained(CONFIG));
    expect(broker.latest.get(STATE)).toContain('"online"');
    expect(broker.latest.get(CONFIG)).toContain('"via_device"');
  });

  it('is looked for the whole time, also when the broker has just been away', () => {
    const { broker, back, away } = rig();
    back();
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS - 100);
    away();
    back();
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS - 100);
    expect(broker.listeners.has('base/device/+/state')).toBe(true);
    vi.advanceTimersByTime(100);
    expect(broker.listeners.has('base/device/+/state')).toBe(false);
  });

  it('is looked for after each absence, and not for ever', () => {
    const { broker, back, away } = rig('homeassistant');
    const watched = (): string[] =>
      [...broker.listeners.keys()].filter((filter) => filter.includes('+'));
    for (let i = 0; i < 2; i++) {
      back();
      expect(watched()).toHaveLength(2);
      vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
      expect(watched()).toEqual([]);
      away();
    }
  });
});

describe('the health', () => {
  it('is told each minute, and at once when a link or a reason changes', () => {
    const { broker, reasons, lan, links, back, stateOf } = rig();
    back();
    expect(stateOf(HEALTH)).toMatchObject({
      healthy: true,
      version: '1.2.3',
      devices: { ACTIVE: 0 },
      links: { lan: { state: 'up', trouble: null } },
    });
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS - HEALTH_LOOK_MS);
    expect(broker.count(HEALTH)).toBe(1);
    reasons.push('store-failing');
    vi.advanceTimersByTime(HEALTH_LOOK_MS);
    expect(stateOf(HEALTH)).toMatchObject({ healthy: false, reasons: ['store-failing'] });
    links[0] = { ...lan, state: 'down', trouble: 'LINK_PORT_LOST' };
    vi.advanceTimersByTime(HEALTH_LOOK_MS);
    expect(stateOf(HEALTH)).toMatchObject({ links: { lan: { state: 'down' } } });
    expect(broker.count(HEALTH)).toBe(3);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(broker.count(HEALTH)).toBe(4);
  });

  it('tells when and how well a link has heard, which is no reason to tell it at once', () => {
    const { broker, lan, links, back, stateOf } = rig();
    back();
    links[0] = { ...lan, signal: { rssiDbm: -97, snrDb: 5.5 }, heardAtMs: WALL_OFFSET_MS + 60_000 };
    vi.advanceTimersByTime(HEALTH_LOOK_MS);
    expect(broker.count(HEALTH)).toBe(1);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    const heard = { rssi_dbm: -97, snr_db: 5.5, lqi: null, last_heard: '2026-01-01T00:01:00Z' };
    expect(stateOf(HEALTH)).toMatchObject({ links: { lan: heard } });
  });

  it('counts devices whose session has ended with their connection, as long as they are told of', () => {
    const { driver, back, stateOf } = rig();
    back();
    connected(driver, 'A', 'door-1', { duration: 10 });
    connected(driver, 'B', 'door-2');
    driver.send('B', { type: 'DISCONNECT' });
    driver.advance(600_000);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(stateOf(HEALTH)).toMatchObject({ devices: { ACTIVE: 0, LOST: 1, DISCONNECTED: 1 } });
    connected(driver, 'A', 'door-1');
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(stateOf(HEALTH)).toMatchObject({ devices: { ACTIVE: 1, LOST: 0, DISCONNECTED: 1 } });
  });
});

describe('what Home Assistant is told of the gateway', () => {
  const GATEWAY = 'homeassistant/device/mqttsn_gw/config';

  const LINK = 'homeassistant/device/mqttsn_gw__link__lan/config';

  it('has each link as a device: whether it works and when it heard; its signal when that is known', () => {
    const { broker, lan, links, back, stateOf } = rig('homeassistant');
    back();
    const components = (topic: string) => Object.keys(stateOf(topic)['components'] ?? {});
    expect(components(GATEWAY)).toEqual(['connectivity', 'devices', 'buffered']);
    expect(components(LINK)).toEqual(['link_lan', 'link_lan__last_heard']);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect([broker.count(GATEWAY), broker.count(LINK)]).toEqual([1, 1]);
    links[0] = { ...lan, signal: { rssiDbm: -97, lqi: 200 }, heardAtMs: WALL_OFFSET_MS + 60_000 };
    vi.advanceTimersByTime(HEALTH_LOOK_MS);
    expect([broker.count(GATEWAY), broker.count(LINK)]).toEqual([1, 2]);
    expect(components(LINK)).toEqual(
      expect.arrayContaining(['link_lan__rssi', 'link_lan__lqi', 'link_lan__last_heard']),
    );
    expect(stateOf(LINK)).toMatchObject({
      device: {
        identifiers: ['mqttsn_gw__link__lan'],
        name: 'Link lan of gw',
        via_device: 'mqttsn_gw',
      },
      components: {
        link_lan__rssi: {
          name: 'Signal',
          unique_id: 'mqttsn_gw_link_lan__rssi',
          state_topic: HEALTH,
          value_template: '{{ value_json.links["lan"].rssi_dbm }}',
          unit_of_measurement: 'dBm',
          availability: [{ topic: 'base/bridge/state' }],
        },
        link_lan__last_heard: { device_class: 'timestamp' },
      },
    });
  });

  it('has no link of an earlier run that has another name since, or is none any more', () => {
    const { broker, back, stateOf } = rig('homeassistant');
    back();
    const hear = (topic: string): void =>
      broker.listeners.get('homeassistant/device/+/config')?.({
        topic,
        payload: Buffer.from('{}'),
        retain: true,
      });
    const former = 'homeassistant/device/mqttsn_gw__link__attic/config';
    const other = 'homeassistant/device/mqttsn_gw2__link__attic/config';
    for (const topic of [former, other, LINK, GATEWAY]) hear(topic);
    expect(broker.latest.get(former)).toBe('');
    expect(broker.latest.has(other)).toBe(false);
    for (const topic of [LINK, GATEWAY]) expect(stateOf(topic)).toHaveProperty('components');
  });

  it('comes when a busy broker has room', () => {
    const { broker, back } = rig('homeassistant');
    broker.isBusy = true;
    back();
    expect(broker.count(GATEWAY)).toBe(0);
    broker.isBusy = false;
    vi.advanceTimersByTime(HEALTH_LOOK_MS);
    expect(broker.count(GATEWAY)).toBe(1);
  });
});

describe('a request at the broker', () => {
  const request = (topic: string, retain = false): Heard => ({
    topic,
    payload: Buffer.from('x'),
    retain,
  });

  it('is answered at the topic beside it, and logged', async () => {
    const { broker, told, back } = rig();
    back();
    broker.listeners.get('base/bridge/request/#')?.(request('base/bridge/request/health_check'));
    await vi.advanceTimersByTimeAsync(0);
    expect(broker.latest.get('base/bridge/response/health_check')).toContain('"status":"ok"');
    expect(told).toHaveLength(1);
  });

  it('under a name that is as long as a topic may be fills no log', async () => {
    const { broker, told, back } = rig();
    back();
    const name = 'x'.repeat(60_000);
    broker.listeners.get('base/bridge/request/#')?.(request(`base/bridge/request/${name}`));
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveLength(1);
    expect(told[0]?.length).toBeLessThan(500);
    expect(broker.said).toContain(`base/bridge/response/${name}`);
  });

  it('that is retained is none: it would be done again after each restart', async () => {
    const { told, back, broker } = rig();
    back();
    const hear = broker.listeners.get('base/bridge/request/#');
    hear?.(request('base/bridge/request/health_check', true));
    hear?.(request('base/bridge/request'));
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([]);
  });
});
