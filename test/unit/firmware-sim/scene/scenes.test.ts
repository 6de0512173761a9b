/** The scenes that come with the gateway. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScene } from '../../../../firmware-sim/scene/read.js';
import { Simulation } from '../../../../firmware-sim/simulation.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';

const FOLDER = new URL('../../../../config/scenes/', import.meta.url);
const names = readdirSync(FOLDER);

const network = () => ({ send() {}, onMessage() {}, listen() {}, close() {} });

describe('the scenes', () => {
  it('are all there', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'hostile.yaml',
        'lora-field.yaml',
        'mixed.yaml',
        'zigbee-building.yaml',
      ]),
    );
  });

  it.each(names)('%s runs, without a gateway', (name) => {
    const { scene, errors } = readScene(readFileSync(new URL(name, FOLDER), 'utf8'), name);
    expect(errors).toBeUndefined();
    if (scene === undefined) return;
    const time = new VirtualTimeline();
    const events: string[] = [];
    const simulation = new Simulation(scene, {
      timeline: time,
      openUdp: network,
      tell: (line) => events.push(line),
    });
    simulation.switchOn();
    time.run(20 * 60_000);
    const sentFrames = simulation.statisticsOfModems().map(([, one]) => one.sentFrames);
    expect(sentFrames).toEqual(sentFrames.map(() => 0));
    const repeats = [...simulation.devices.values()].map(({ ledger }) => ledger.repeats);
    expect(Math.max(...repeats)).toBeGreaterThan(0);
    expect(events.length > 0).toBe(scene.faults.length > 0);
  });
});
