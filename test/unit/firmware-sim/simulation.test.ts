/** A whole scene in virtual time, with a gateway of a few lines behind its modem. */
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../firmware-sim/devices/ledger.js';
import { type Report, reportOf, reportText } from '../../../firmware-sim/report.js';
import { readScene } from '../../../firmware-sim/scene/read.js';
import { Simulation } from '../../../firmware-sim/simulation.js';
import { VirtualTimeline } from '../../../firmware-sim/virtual-timeline.js';
import { PlainGateway } from './devices/plain-gateway.js';

const END = 0xc0;
const ESCAPES = new Map([
  [0xc0, [0xdb, 0xdc]],
  [0xdb, [0xdb, 0xdd]],
]);

const slip = (frame: Uint8Array): Uint8Array =>
  Uint8Array.from([END, ...[...frame].flatMap((octet) => ESCAPES.get(octet) ?? [octet]), END]);

/** Frames in what a modem says; escapes are not needed for what the devices say here. */
function frames(onFrame: (frame: Uint8Array) => void): (octets: Uint8Array) => void {
  let frame: number[] = [];
  return (octets) => {
    for (const octet of octets) {
      if (octet !== END) frame.push(octet);
      else {
        if (frame.length > 0) onFrame(Uint8Array.from(frame));
        frame = [];
      }
    }
  };
}

const FIELD = `
radios:
  air:
    air_time: { lora: { spreading_factor: 7, bandwidth: 125kHz } }
    listen_before_talk: { backoff: 200ms }
    faults: { loss: 0.2 }
modems:
  - { id: dongle, radio: air, dialect: slip, port: { tcp: '127.0.0.1:1' } }
devices:
  - id: sensor-{n}
    count: 5
    kind: sensor
    radio: air
    via: dongle
    header: fe
    node: '{n:2x}'
    sleep: 30s
    topic: 'field/{id}'
    qos: 1
`;

interface Outcome {
  report: Report;
  ledgers: Ledger[];
  gateways: Map<number, PlainGateway>;
  events: string[];
}

/** Runs for half an hour; then nothing is lost any more, so that what waits arrives. */
function run(text: string, seed?: number): Outcome {
  const { scene, errors } = readScene(text, 'field.yaml');
  if (scene === undefined) throw new Error(errors.join('\n'));
  const time = new VirtualTimeline();
  const events: string[] = [];
  const simulation = new Simulation(scene, {
    timeline: time,
    ...(seed === undefined ? {} : { seed }),
    tell: (line) => events.push(`${Math.round(time.now() / 1000)} ${line}`),
  });
  const gateways = new Map<number, PlainGateway>();
  const modem = simulation.modems.get('dongle');
  modem?.onOutput(
    frames((frame) => {
      const node = frame[3] ?? 0;
      let gateway = gateways.get(node);
      if (gateway === undefined) {
        gateway = new PlainGateway(time);
        gateway.listen(true);
        gateway.onMessage((message) =>
          modem.fromHost(slip(Uint8Array.of(4, 0xfe, 1, node, ...message))),
        );
        gateways.set(node, gateway);
      }
      gateway.send(frame.subarray(4));
    }),
  );
  simulation.switchOn();
  time.run(30 * 60_000);
  const radio = simulation.radios.get('air');
  if (radio !== undefined) radio.faults.loss = 0;
  time.run(33 * 60_000);
  const ledgers = [...simulation.devices.values()].map(({ ledger }) => ledger);
  return { report: reportOf(simulation), ledgers, gateways, events };
}

const sorted = (counts: number[]): number[] => counts.toSorted((a, b) => a - b);

describe('a simulated field', () => {
  it('brings every message through loss and collisions', () => {
    const { report, ledgers, gateways } = run(FIELD);
    for (const { sent } of ledgers) {
      expect(sent.length).toBeGreaterThan(30);
      expect(sent.filter(({ acknowledgedAt }) => acknowledgedAt === undefined)).toEqual([]);
    }
    const arrived = [...gateways.values()].map(({ published }) => new Set(published).size);
    const sent = ledgers.map(({ sentCount }) => sentCount);
    expect(sorted(arrived)).toEqual(sorted(sent));
    expect(report.messages.acknowledged).toBe(report.messages.sent);
    expect(report.troubles.repeats).toBeGreaterThan(50);
    expect(report.modems[0]?.lost.loss).toBeGreaterThan(50);
    expect(report.modems[0]?.worstHourMs).toBeGreaterThan(0);
  });

  it('is the same for the same seed, and another for another', () => {
    const { report, gateways } = run(FIELD, 5);
    const again = run(FIELD, 5);
    expect(again.report).toEqual(report);
    expect([...again.gateways].map(([, { heard }]) => heard)).toEqual(
      [...gateways].map(([, { heard }]) => heard),
    );
    expect(run(FIELD, 6).report).not.toEqual(report);
  });

  it('suffers its faults, and recovers from them', () => {
    const { report, ledgers, events } = run(`${FIELD}
faults:
  - { at: 2m, for: 1m, outage: air }
  - { at: 4m, for: 30s, loss: { radio: air, rate: 1 } }
  - { at: 6m, for: 1m, unplug: dongle }
  - { at: 8m, for: 20s, modem: { id: dongle, is: frozen } }
  - { at: 9m, reset: dongle }
  - { at: 10m, noise: { modem: dongle, bytes: 20 } }
  - { every: 12m, for: 2s, reboot: 'sensor-*' }
`);
    expect(events).toEqual([
      '120 nothing gets through air for 60 s',
      '180 air works again',
      '240 air loses 100 % for 30 s',
      '270 air is as before',
      '360 dongle is unplugged for 60 s',
      '420 dongle is plugged in again',
      '480 dongle is frozen for 20 s',
      '500 dongle is in order again',
      '540 dongle starts anew',
      '600 20 octets of noise from dongle',
      ...[720, 1440].flatMap((at) => [1, 2, 3, 4, 5].map((n) => `${at} sensor-${n} reboots`)),
    ]);
    for (const { sent, reboots } of ledgers) {
      expect(reboots).toBe(2);
      const open = sent.filter(({ acknowledgedAt }) => acknowledgedAt === undefined);
      // What was in its memory at a reboot is gone.
      expect(open.length).toBeLessThanOrEqual(2);
      expect(open.every(({ isForgotten }) => isForgotten)).toBe(true);
    }
    const { sent, acknowledged, forgotten } = report.messages;
    expect([report.messages.open, acknowledged + forgotten]).toEqual([0, sent]);
  });

  it('does not count as sent what nobody repeats', () => {
    const { report } = run(`${FIELD}
  - { id: beacon, kind: beacon, radio: air, via: dongle, header: fe, node: 'f1', topic: { short: bc }, every: 10s }
  - { id: cheap, kind: careless, radio: air, via: dongle, header: fe, node: 'f2', topic: t, every: 10s }
`);
    const { sent, acknowledged, unawaited } = report.messages;
    expect(acknowledged).toBe(sent);
    expect(unawaited).toBeGreaterThan(300);
    expect(reportText(report)).toContain(`${unawaited} without acknowledgement`);
  });

  it('is summed up in a few lines', () => {
    const text = reportText(run(FIELD).report);
    expect(text).toMatch(/^0:33:00 {2}devices: \d/);
    expect(text).toMatch(/messages: \d+ sent, \d+ acknowledged/);
    expect(text).toMatch(/troubles: \d+ repeats/);
    expect(text).toMatch(/dongle: sent \d+, received \d+; lost .*\d+ loss; [\d.]+ s on the air/);
  });
});
