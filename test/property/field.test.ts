/** A field of sensors behind one LoRa modem: the real core, scheduler and driver in virtual time. */
import { expect, it } from 'vitest';
import { Simulation } from '../../firmware-sim/simulation.js';
import { readScene } from '../../firmware-sim/scene/read.js';
import { VirtualTimeline } from '../../firmware-sim/virtual-timeline.js';
import { createEbyteTransparent } from '../../src/modems/ebyte-transparent.js';
import type { LinkHeader } from '../../src/modems/link-header.js';
import type { Modem } from '../../src/modems/modem.js';
import { RadioheadHeader } from '../../src/modems/radiohead-header.js';
import { createRn2483 } from '../../src/modems/rn2483.js';
import { createRui3 } from '../../src/modems/rui3.js';
import { createSlip } from '../../src/modems/slip.js';
import { VirtualGateway } from '../support/field/virtual-gateway.js';
import { lora as loraSettings } from '../support/radio/lora-settings.js';

const MINUTE_MS = 60_000;

/** What the law grants between 869.4 and 869.65 MHz: a tenth of each hour. */
const DUTY_CYCLE = 0.1;

/** Acknowledgements and the repeats of those that are lost take a third of the air: fewer have room. */
const sensors = (reliable: boolean): number => (reliable ? 12 : 20);

const scene = (dialect: string, baudRate: number, reliable: boolean): string => `
radios:
  field:
    air_time:
      lora: { spreading_factor: 9, bandwidth: 125kHz, coding_rate: 4/5, preamble: 8 }
    faults: { loss: 0.2 }
    listen_before_talk: { backoff: 400ms, attempts: 8 }
modems:
  - { id: dongle, radio: field, dialect: ${dialect}, node: 1, baudrate: ${baudRate}, port: { pty: /tmp/unused } }
devices:
  - id: 'soil-{n:2}'
    count: ${sensors(reliable)}
    kind: sensor
    radio: field
    via: dongle
    header: radiohead
    node: '1{n:2}'${reliable ? '\n    reliable: { timeout: 600ms }' : ''}
    sleep: 2m
    start_within: 2m
    measure_every: 2
    topic: 'field/{id}/moisture'
    qos: 1
    subscribe:
      - { topic: 'field/{id}/set', qos: 1 }
    retry: { interval: 12s, count: 4 }
`;

const lora = loraSettings({ powerDbm: 14 });

/** Each with the speed of its line. */
const MODEMS: Record<string, [baudRate: number, create: (header: LinkHeader) => Modem]> = {
  slip: [115_200, (header) => createSlip({ header, baudRate: 115_200, messageBytesMax: 200 })],
  rn2483: [57_600, (header) => createRn2483({ lora, header, querySignal: false })],
  rui3: [115_200, (header) => createRui3({ lora, header })],
  'ebyte-transparent': [
    9600,
    (header) => createEbyteTransparent({ header, baudRate: 9600, family: 'e22' }),
  ],
};

interface Case {
  dialect: string;
  seed: number;
  /** Nodes with RHReliableDatagram. */
  reliable: boolean;
}

function field({ dialect, seed, reliable }: Case) {
  const [baudRate = 0, create] = MODEMS[dialect] ?? [];
  const { scene: plan, errors } = readScene(scene(dialect, baudRate, reliable), 'field.yaml');
  if (plan === undefined) throw new Error(errors.join());
  const timeline = new VirtualTimeline(1_000_000);
  const simulation = new Simulation(plan, { timeline, seed });
  const modem = simulation.modems.get('dongle');
  if (modem === undefined || create === undefined) throw new Error(`no modem ${dialect}`);
  const air = { kind: 'lora', settings: lora } as const;
  const driver = create(new RadioheadHeader({ ownAddress: 1, acknowledge: reliable }));
  const settings = { driver, air, dutyCycle: DUTY_CYCLE, baudRate };
  return { timeline, simulation, gateway: new VirtualGateway(timeline, modem, settings) };
}

const cases: Case[] = Object.keys(MODEMS).flatMap((dialect) => [
  { dialect, seed: 1, reliable: false },
  { dialect, seed: 2, reliable: false },
  { dialect, seed: 1, reliable: true },
]);

it.each(cases)(
  'thirty minutes, a fifth of all frames lost: nothing is lost for good ($dialect, $seed, reliable: $reliable)',
  (subject) => {
    const { timeline, simulation, gateway } = field(subject);
    simulation.switchOn();
    gateway.start();
    const begin = timeline.now();
    timeline.run(begin + 10 * MINUTE_MS);
    for (const id of simulation.devices.keys()) gateway.publish(`field/${id}/set`, `for ${id}`, 1);
    timeline.run(begin + 30 * MINUTE_MS);

    for (const [id, { ledger }] of simulation.devices) {
      const arrived = gateway.arrived.filter(({ topic }) => topic === `field/${id}/moisture`);
      const texts = new Set(arrived.map(({ text }) => text));
      const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);
      for (const sent of ledger.sent) {
        if (sent.acknowledgedAt !== undefined) expect(texts).toContain(text(sent.payload));
        // What was measured just now may still be on its way.
        else
          expect(sent.at, `${id} ${text(sent.payload)}`).toBeGreaterThan(
            timeline.now() - 9 * MINUTE_MS,
          );
      }
      expect(ledger.acknowledgedCount, id).toBeGreaterThan(2);
      expect(ledger.received.map(({ payload }) => text(payload))).toContain(`for ${id}`);
    }
    const [[, statistics] = []] = simulation.statisticsOfModems();
    expect(statistics?.worstHourMs).toBeLessThanOrEqual(DUTY_CYCLE * 60 * MINUTE_MS);
  },
);
