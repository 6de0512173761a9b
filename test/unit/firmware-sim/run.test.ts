/** Real time and real ports, for a moment. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { run } from '../../../firmware-sim/run.js';
import type { Simulator } from '../../../src/cli/simulate.js';
import { until } from '../../support/wait.js';

/** The command takes the simulator for this. */
const simulator: Simulator = { run };

describe('a scene in real time', () => {
  it('opens its ports, sends, tells what it does, and ends when it is told to', async () => {
    const gateway = createSocket('udp4');
    const datagrams: Buffer[] = [];
    gateway.on('message', (data) => datagrams.push(data));
    await new Promise<void>((resolve) => gateway.bind(0, '127.0.0.1', resolve));
    const lines: string[] = [];
    const end = new AbortController();
    const done = simulator.run({
      file: 'a.yaml',
      text: `
radios:
  air: { air_time: { fixed: 5ms } }
modems:
  - { id: dongle, radio: air, dialect: slip, port: { tcp: '127.0.0.1:0' } }
devices:
  - { id: near, kind: beacon, radio: air, via: dongle, topic: { short: ab }, every: 1s }
  - id: lan
    kind: beacon
    udp: 127.0.0.1:${gateway.address().port}
    topic: { short: ab }
    every: 1s
`,
      seed: 1,
      minutes: undefined,
      speed: 20,
      json: false,
      print: (line) => lines.push(line),
      signal: end.signal,
    });
    await until(() => lines.length > 0, 5000, 'the first line');
    const [, tcp] = /^\* dongle \(slip\) at tcp:\/\/127.0.0.1:(\d+)$/.exec(lines[0] ?? '') ?? [];
    const serial = connect(Number(tcp), '127.0.0.1');
    let octets = 0;
    serial.on('data', (data) => {
      octets += data.length;
    });
    await until(() => datagrams.length > 0 && octets > 0, 5000, 'both beacons');
    end.abort();
    expect(await done).toEqual([]);
    expect(lines.at(-1)).toMatch(/devices: 2 active\n.*messages: \d+ without acknowledgement/);
    serial.destroy();
    gateway.close();
  });

  it('ends by itself after its minutes, and prints JSON when asked', async () => {
    const lines: string[] = [];
    const errors = await simulator.run({
      file: 'a.yaml',
      text: "devices: [{ id: a, kind: beacon, udp: '127.0.0.1:9', topic: { short: ab }, every: 1h }]",
      seed: undefined,
      minutes: 0.1,
      speed: 100,
      json: true,
      print: (line) => lines.push(line),
      signal: new AbortController().signal,
    });
    expect(errors).toEqual([]);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      devices: { active: 1 },
      messages: { sent: 0 },
    });
  });

  it('says what is wrong with a scene, and starts nothing', async () => {
    const options = {
      file: 'a.yaml',
      seed: undefined,
      minutes: undefined,
      speed: 1,
      json: false,
      print: () => {},
      signal: new AbortController().signal,
    };
    expect(await simulator.run({ ...options, text: 'devices: []' })).toEqual([
      'a.yaml:1:1: devices: must not be empty',
    ]);
  });
});
