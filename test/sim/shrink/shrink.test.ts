/** Faults are planted in the checkers here: each complains of a combination, and the story is cut down to that. */
import { expect, it } from 'vitest';
import { storyOf } from '../generate.js';
import type { Fault, Story } from '../story.js';
import type { WatcherFactory } from '../watcher.js';
import { play } from '../world.js';
import { type Patience, shrink, type Shrunk } from './shrink.js';

const PATIENCE: Patience = { runsMax: 500, mayGoOn: () => true, tell: () => {} };

/** Complains of a message that arrives at the broker after a restart of the gateway and a partition. */
const planted: WatcherFactory = (scene) => ({
  arrived: (_client, { topic }) => {
    const has = (kind: Fault['kind']): boolean =>
      scene.faults.some(({ fault }) => fault.kind === kind);
    if (topic === 'up/lamp' && has('restart') && has('partition')) {
      scene.report(`lamp1 has said "${topic}" to a broker that was gone ${scene.now()} ms`);
    }
  },
});

/** Another one, who complains of everything that arrives: not the first complaint, so not the one that counts. */
const grumbler: WatcherFactory = (scene) => ({
  finish: () => scene.report('the end was reached'),
});

const LAMP = { id: 'lamp1', kind: 'sensor', udp: '127.0.0.1:1883', topic: 'up/lamp', sleep: '30s' };

const story: Story = {
  ...storyOf(1),
  minutes: 3,
  config: {
    mqtt: { server: 'mqtt://broker:1883', keepalive: '60s', max_inflight: 5 },
    links: [{ name: 'lan', type: 'udp', listen: '0.0.0.0:1883', qos_minus_one: { topics: ['#'] } }],
    defaults: { retry: { interval: '5s', count: 3 } },
    store: { path: '/journal' },
  },
  lan: { loss: 0.1, duplication: 0.1, corruption: 0, delayMs: [1, 200] },
  scene: {
    devices: [
      { id: 'clock1', kind: 'sensor', udp: '127.0.0.1:1883', topic: 'up/clock', sleep: '1m' },
      { ...LAMP, qos: 1, measure_every: 2, will: { topic: 'wills/lamp', payload: 'x', qos: 1 } },
      { id: 'lamp2', kind: 'actuator', udp: '127.0.0.1:1883', commands: 'down/lamp2', state: 'x' },
    ],
  },
  messages: [40_000, 90_000, 200_000].map((at) => {
    return { at, topic: 'down/lamp2', text: `lamp2 ${at}`, qos: 1, retain: false };
  }),
  faults: [
    { at: 5000, kind: 'wall-clock', byMs: 5000 },
    { at: 10_000, kind: 'restart', offMs: 100 },
    { at: 12_000, kind: 'reboot', device: 'lamp2', offMs: 100 },
    { at: 20_000, kind: 'partition', forMs: 1000 },
    { at: 60_000, kind: 'restart', offMs: 100 },
    { at: 70_000, kind: 'disk-slow', forMs: 1000, latencyMs: 200 },
    { at: 90_000, kind: 'partition', forMs: 1000 },
  ],
};

it('a story is cut down to the faults and the device that the checker complains of', async () => {
  const shrunk = await shrink(story, [grumbler, planted], PATIENCE);
  expect(shrunk).toMatchObject({ isMinimal: true, kind: 'has said to a broker that was gone' });
  expect(shrunk?.story.faults.map(({ kind }) => kind).sort()).toEqual(['partition', 'restart']);
  expect(shrunk?.story.messages).toEqual([]);
  expect(shrunk?.story.minutes).toBeLessThanOrEqual(2);
  expect(shrunk?.story.lan).toEqual({ loss: 0, duplication: 0, corruption: 0, delayMs: [1, 5] });
  expect(shrunk?.story.config).toEqual({ mqtt: { server: 'mqtt://broker:1883' } });
  expect(shrunk?.story.scene.devices).toEqual([LAMP]);
});

it('the same story is cut down to the same, and says how far it has come', async () => {
  const told: string[][] = [[], []];
  const results: (Shrunk | undefined)[] = [];
  for (const lines of told) {
    const tell = (line: string): void => void lines.push(line);
    results.push(await shrink(story, [planted], { ...PATIENCE, runsMax: 6, tell }));
  }
  const [one, other] = results;
  expect(one).toEqual(other);
  expect(one).toMatchObject({ runs: 6, isMinimal: false });
  expect(told[0]?.[0]).toContain('lamp1 has said');
  expect(told[0]?.[1]).toMatch(
    /^faults: 2 faults, 3 devices, 3 messages, 3 minutes after \d+ runs$/,
  );
  expect(told[0]).toEqual(told[1]);
});

it('what is returned when the time is over still fails', async () => {
  let left = 5;
  const mayGoOn = (): boolean => left-- > 0;
  const shrunk = await shrink(story, [planted], { ...PATIENCE, mayGoOn });
  expect(shrunk).toMatchObject({ runs: 5, isMinimal: false });
  if (shrunk === undefined) return;
  expect(shrunk.story.faults.length).toBeLessThan(story.faults.length);
  const again = await play(shrunk.story, [planted]);
  expect(again.breaches).not.toEqual([]);
});

it('a story with which nothing is wrong is not cut down', async () => {
  expect(await shrink({ ...story, faults: [] }, [planted], PATIENCE)).toBeUndefined();
});

it('of the blows of a hostile device the one that it takes is left', async () => {
  const blows = Array.from({ length: 12 }, (_, index) => 1000 + index);
  const device = {
    id: 'evil1',
    kind: 'hostile',
    udp: '127.0.0.1:1883',
    topics: ['x'],
    every: '1s',
  };
  const attack: Story = {
    ...story,
    minutes: 1,
    faults: [],
    messages: [],
    scene: { devices: [{ ...device, blows }] },
  };
  const outcry: WatcherFactory = (scene) => ({
    finish: () => {
      const [plan] = scene.story.scene.devices;
      if (plan !== undefined && (plan['blows'] as number[]).includes(1007))
        scene.report('it hurts');
    },
  });
  const shrunk = await shrink(attack, [outcry], PATIENCE);
  expect(shrunk?.story.scene.devices).toEqual([{ ...device, blows: [1007] }]);
});

it('gateway and devices of a radio stay where they find each other', async () => {
  const radio = { frequency: '869.525MHz', spreading_factor: 7, bandwidth: '250kHz' };
  const port = '/dev/dongle';
  const field = {
    name: 'field',
    type: 'serial',
    port,
    modem: 'cobs',
    addressing: 'radiohead',
    radio,
  };
  const place = { radio: 'field', via: 'dongle', header: 'radiohead', node: '11' };
  const lora = { spreading_factor: 7, bandwidth: '250kHz' };
  const onRadio: Story = {
    ...story,
    minutes: 1,
    config: { mqtt: { server: 'mqtt://broker:1883' }, links: [field] },
    faults: [],
    messages: [],
    scene: {
      radios: { field: { air_time: { lora }, faults: { loss: 0.1 } } },
      modems: [{ id: 'dongle', radio: 'field', dialect: 'cobs', port: { pty: port } }],
      devices: [{ id: 'lamp1', kind: 'sensor', topic: 'up/lamp', sleep: '30s', ...place }],
    },
  };
  const shrunk = await shrink(onRadio, [grumbler], PATIENCE);
  expect(shrunk?.story.config).toMatchObject({
    links: [{ name: 'field', addressing: 'radiohead' }],
  });
  expect(shrunk?.story.scene.devices).toEqual([expect.objectContaining(place)]);
  expect(shrunk?.story.scene.radios).toEqual({ field: { air_time: { lora } } });
});
