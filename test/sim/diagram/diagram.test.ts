import { expect, it } from 'vitest';
import type { Story } from '../story.js';
import type { WatcherFactory } from '../watcher.js';
import { play } from '../world.js';
import { draw } from './draw.js';
import type { Event } from './event.js';
import { recorder } from './recorder.js';

const sensor = (id: string): Story['scene']['devices'][number] => {
  return {
    id,
    kind: 'sensor',
    udp: '127.0.0.1:1883',
    topic: `up/${id}`,
    qos: 1,
    sleep: '60s',
    start_within: '10s',
  };
};

const story: Story = {
  seed: 2,
  minutes: 1,
  config: {
    mqtt: { server: 'mqtt://broker:1883', state_topics: false },
    store: { path: '/journal' },
  },
  broker: {
    version: 5,
    receiveMaximum: 10,
    inflightMax: 20,
    answerMs: 0,
    overlaps: 'once',
    denies: null,
  },
  diskMs: 10,
  lan: { loss: 0, duplication: 0, corruption: 0, delayMs: [1, 5] },
  scene: { devices: [sensor('dev0'), sensor('dev1')] },
  messages: [],
  faults: [{ at: 9950, kind: 'partition', forMs: 1000 }],
};

/** Complains of everything that arrives. */
const planted: WatcherFactory = (scene) => ({
  arrived: (_client, { topic }) => {
    if (topic === 'up/dev0') scene.report(`dev0 has said ${topic}, which nobody wanted to hear`);
  },
});

async function eventsOf(played: Story): Promise<Event[]> {
  const events: Event[] = [];
  await play(played, [recorder(events), planted]);
  return events;
}

it('a device, its packets at the broker, a fault and a breach, each in a line', async () => {
  const lines = draw(await eventsOf(story), { devices: ['dev0'], fromMs: 10_940, toMs: 11_960 });
  expect(`\n${lines.join('\n')}\n`).toBe(`
         s  dev0   network gateway broker   disk
    10.943    │       │──────>│       │       │    REGISTER topic id 0, message id 2, topic name "up/dev0"
    10.950  ━━ fault partition: forMs 1000 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
    10.958    │       │<──────│       │       ┃    REGACK topic id 1, message id 2, return code 0 (accepted)
    10.961    │<──────│       │       │       ┃    REGACK topic id 1, message id 2, return code 0 (accepted)
    10.961    │──────>│       │       │       ┃    PUBLISH QoS 1, topic id 1, message id 1, payload "1 20.8" (6 octets)
    10.964    │       │──────>│       │       ┃    PUBLISH QoS 1, topic id 1, message id 1, payload "1 20.8" (6 octets)
    10.964    │       │       │──────>│       ┃    PUBLISH QoS 1, up/dev0, packet id 3, payload "1 20.8" (6 octets)
    11.950  !! BREACH dev0 has said up/dev0, which nobody wanted to hear
    11.952    │       │       │<──────│       │    PUBACK packet id 3
    11.952    │       │<──────│       │       │    PUBACK topic id 1, message id 1, return code 0 (accepted)
    11.953    │<──────│       │       │       │    PUBACK topic id 1, message id 1, return code 0 (accepted)
    11.953    │──────>│       │       │       │    DISCONNECT sleep 66 s
    11.954    │       │──────>│       │       │    DISCONNECT sleep 66 s
    11.954    │       │       ●       │       │    dev0 is ASLEEP (DISCONNECT(66 s))
`);
});

it('more than three devices share a lane, and their names stand in front of the words', () => {
  const devices = ['a', 'b', 'c', 'd'];
  const events: Event[] = [
    { kind: 'message', at: 1, from: 'device', to: 'network', text: 'PINGREQ', devices: ['b'] },
    { kind: 'mark', at: 2, place: 'disk', text: 'the disk fails', devices: [] },
    { kind: 'mark', at: 3, place: 'gateway', text: 'x is LOST', devices: ['x'] },
  ];
  expect(draw(events, { devices, fromMs: 0, toMs: 10 })).toEqual([
    '         s devices network gateway broker   disk',
    '     0.001    │──────>│       │       │       │    b: PINGREQ',
    '     0.002    │       │       │       │       ●    the disk fails',
  ]);
});

it('no line is longer than a terminal, and of a breach nothing is cut off', () => {
  const text = 'dev0 never got these: '.repeat(20).trim();
  const frame = { devices: ['dev0'], fromMs: 0, toMs: 10 };
  const [head = '', ...breach] = draw([{ kind: 'breach', at: 1, text, devices: [] }], frame);
  const [, mark = ''] = draw([{ kind: 'mark', at: 1, place: 'broker', text, devices: [] }], frame);
  const [, fault = ''] = draw([{ kind: 'fault', at: 1, to: 5, text, devices: [] }], frame);
  const lengths = [head, mark, fault, ...breach].map((line) => line.length);
  expect(Math.max(...lengths)).toBe(120);
  expect(breach.map((line) => line.trim()).join(' ')).toBe(`0.001  !! BREACH ${text}`);
});
