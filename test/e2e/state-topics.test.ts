/** What the gateway tells of itself at the broker, as mosquitto_sub sees it: through kills, restarts and a forgotten device. */
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { need } from '../support/requirements.js';
import { type Setup, Site, setupName } from '../support/site.js';
import { Subscriber } from '../support/subscriber.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const BASE = 'mqttsn/e2e';
const HA = 'homeassistant/device';
/** A client id that would be a filter, or another topic, if it were one. */
const HOSTILE = 'x/../bridge/state+#';
const HOSTILE_STATE = `${BASE}/device/x%2F..%2Fbridge%2Fstate%2B%23/state`;

const SETUPS: readonly Setup[] = [
  { mode: 'aggregating', version: 5 },
  { mode: 'aggregating', version: 4 },
  { mode: 'transparent', version: 5 },
];

it.for(SETUPS.map((setup) => [setupName(setup), setup] as const))(
  '%s: states are there while the gateway is, whatever is killed, and nothing is left of who is forgotten',
  async ([_name, setup], context) => {
    const mosquittoSub = need(context, 'mosquitto_sub');
    const site = cleanup.add(await Site.start(setup, { sections: { homeassistant: {} } }), (one) =>
      one.dispose(),
    );
    const subscriber = (): Subscriber =>
      cleanup.add(
        Subscriber.at(mosquittoSub, site.broker.port, `${BASE}/#`, 'homeassistant/#'),
        (one) => one.end(),
      );
    const seen = subscriber();
    await seen.shows(`${BASE}/bridge/state`, (text) => text === 'online');
    await seen.showsJson(`${BASE}/bridge/health`, { healthy: true, reasons: [] });
    await seen.shows(`${HA}/mqttsn_e2e/config`, (text) => text.includes('"identifiers"'));
    await seen.shows(`${HA}/mqttsn_e2e__link__lan/config`, (text) => text.includes('"link_lan"'));

    const door = await site.connected('door-1', { clean: false });
    await seen.showsJson(`${BASE}/device/door-1/state`, {
      client: 'door-1',
      availability: 'online',
      state: 'ACTIVE',
      link: 'lan',
      buffered: { messages: 0, bytes: 0 },
    });
    await seen.shows(`${HA}/mqttsn_e2e__door-1/config`, (text) =>
      text.includes(`"state_topic":"${BASE}/device/door-1/state"`),
    );
    await site.connected(HOSTILE, { clean: false });
    await seen.showsJson(HOSTILE_STATE, { client: HOSTILE, availability: 'online' });
    await door.sleep(3600);
    await seen.showsJson(`${BASE}/device/door-1/state`, {
      availability: 'online',
      state: 'ASLEEP',
    });

    // A power cut: the broker tells that the gateway is gone. Meanwhile a device is forgotten.
    await site.daemon.kill();
    await seen.shows(`${BASE}/bridge/state`, (text) => text === 'offline');
    const helper = await site.witness();
    await helper.publish(`${BASE}/device/gone/state`, '{}', 1, true);
    await helper.publish(`${HA}/mqttsn_e2e__gone/config`, '{}', 1, true);
    await helper.publish(`${HA}/mqttsn_e2e__link__gone/config`, '{}', 1, true);
    await helper.publish(`${HA}/mqttsn_e2e2__other/config`, '{}', 1, true);
    await helper.publish(`${BASE}/bridge/request/device/forget`, 'door-1', 1, true);
    await site.restart();
    await seen.shows(`${BASE}/bridge/state`, (text) => text === 'online');
    await seen.shows(`${BASE}/device/gone/state`, (text) => text === '');
    await seen.shows(`${HA}/mqttsn_e2e__gone/config`, (text) => text === '');
    await seen.shows(`${HA}/mqttsn_e2e__link__gone/config`, (text) => text === '');
    await seen.showsJson(`${BASE}/device/door-1/state`, {
      availability: 'online',
      state: 'ASLEEP',
    });

    // A broker that has forgotten everything.
    await site.broker.kill();
    await site.broker.restart();
    const later = subscriber();
    await later.shows(`${BASE}/bridge/state`, (text) => text === 'online');
    await later.showsJson(`${BASE}/device/door-1/state`, { state: 'ASLEEP' });
    await later.showsJson(`${BASE}/bridge/health`, { healthy: true });
    await later.shows(`${HA}/mqttsn_e2e__door-1/config`, (text) => text !== '');

    const request = JSON.stringify({ client: 'door-1', transaction: 7 });
    const asker = await site.witness();
    const answer = `${BASE}/bridge/response/device/forget`;
    // With MQTT 3.1.1 a subscription is renewed a second after a reconnection at the latest.
    const ask = setInterval(() => {
      if (!later.latest.has(answer))
        void asker.publish(`${BASE}/bridge/request/device/forget`, request, 1);
    }, 500);
    cleanup.add(ask, clearInterval);
    await later.shows(
      answer,
      (text) => text === '{"data":{"client":"door-1"},"status":"ok","transaction":7}',
    );
    clearInterval(ask);
    await later.shows(`${BASE}/device/door-1/state`, (text) => text === '');
    await later.shows(`${HA}/mqttsn_e2e__door-1/config`, (text) => text === '');
    const last = subscriber();
    await last.shows(`${BASE}/bridge/state`, (text) => text === 'online');
    await last.showsJson(HOSTILE_STATE, { client: HOSTILE });
    expect([...last.topics].filter((topic) => topic.includes('door-1'))).toEqual([]);
    // Nobody's device leads anywhere else.
    const strange = [...seen.topics, ...later.topics].filter(
      (topic) => !/^mqttsn\/e2e\/(bridge|device)\/|^homeassistant\/device\//.test(topic),
    );
    expect(strange).toEqual([]);
    await site.daemon.stop();
    await last.shows(`${BASE}/bridge/state`, (text) => text === 'offline');
  },
);

it('Home Assistant switched off over a restart: what it was told is taken back, also with the state topics off', async (context) => {
  const mosquittoSub = need(context, 'mosquitto_sub');
  const site = cleanup.add(
    await Site.start({ mode: 'aggregating', version: 5 }, { mqtt: { state_topics: false } }),
    (one) => one.dispose(),
  );
  await site.daemon.stop();
  await site.restart({ homeassistant: {}, mqtt: { server: site.broker.url } });
  const seen = cleanup.add(
    Subscriber.at(mosquittoSub, site.broker.port, 'homeassistant/#'),
    (one) => one.end(),
  );
  await site.connected('door-1', { clean: false });
  const ids = ['mqttsn_e2e', 'mqttsn_e2e__link__lan', 'mqttsn_e2e__door-1'];
  const told = ids.map((id) => `${HA}/${id}/config`);
  for (const topic of told) await seen.shows(topic, (text) => text.includes('"identifiers"'));
  const other = `${HA}/mqttsn_e2e2__door-1/config`;
  await (await site.witness()).publish(other, '{}', 1, true);
  await seen.shows(other, (text) => text === '{}');
  await site.daemon.stop();
  await site.restart();
  for (const topic of told) await seen.shows(topic, (text) => text === '');
  expect(seen.latest.get(other)).toBe('{}');
});
