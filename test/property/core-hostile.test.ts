/** Whatever strangers send, devices of good will are served as if they were alone, and the core stays small. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/core/context.js';
import { replay } from '../../src/core/trace.js';
import { Attack, IMPOSTORS, STRANGERS } from '../support/core/attack.js';
import { command, perform } from '../support/core/commands.js';
import { coreConfig, LAN } from '../support/core/config.js';
import { connect } from '../support/core/messages.js';
import { HONEST, plainStage, World } from '../support/core/world.js';

const DEVICES_MAX = 6;

/** Blows of an attacker; see firmware-sim/devices/hostile. */
const blow = fc.nat(0xffffffff);
const attack = fc.array(blow, { maxLength: 15, size: 'max' });

const runs = (share: number) => ({
  seed: Number(process.env['FC_SEED'] ?? 20_261_121),
  numRuns: Number(process.env['FC_RUNS'] ?? 200) * share,
});

const fewDevices = coreConfig({
  limits: { devices: DEVICES_MAX, datagramsPerSecondPerDevice: 1000 },
});

/** What the core keeps, counted inside: nothing at the boundary tells. */
function expectSmall(world: World, devicesMax = DEVICES_MAX): void {
  const { sessions, deadlines } = (world.driver.core as unknown as { ctx: Context }).ctx;
  expect(sessions.size).toBeLessThanOrEqual(devicesMax);
  expect(deadlines.size).toBeLessThanOrEqual(sessions.size);
}

describe('strangers who send anything', () => {
  it('do not disturb the exchanges of a device of good will', () => {
    fc.assert(
      fc.property(fc.array(attack, { minLength: 6, maxLength: 6 }), (attacks) => {
        const world = new World(fewDevices, 1);
        const device = world.device(0);
        const strangers = new Attack(world, STRANGERS);
        let round = 0;
        const strike = (): void => {
          strangers.strike(attacks[round++] ?? []);
          expectSmall(world);
        };
        world.say(device, device.connect({ cleanSession: false, duration: 0 }));
        strike();
        world.say(device, device.publish(2, 1));
        expect(
          world.driver.requestsOf('publish').filter(({ client }) => client === 'dev0'),
        ).toHaveLength(1);
        expect(device.repeat()).toBeUndefined();
        strike();
        world.message('dev0', 'a/b', 2, 0);
        strike();
        world.say(device, { type: 'DISCONNECT', duration: 65_535 });
        world.message('dev0', 'a/b', 1, 0);
        strike();
        expect(device.delivered).toHaveLength(1);
        world.say(device, { type: 'PINGREQ', clientId: 'dev0' });
        strike();
        expect(device.delivered).toHaveLength(2);
        expect(world.driver.stateOf('dev0')).toBe('ASLEEP');
        world.say(device, { type: 'DISCONNECT' });
        strike();
        expect(world.driver.stateOf('dev0')).toBe('DISCONNECTED');
      }),
      runs(1),
    );
  });

  it('break no rule for anybody, and all that is owed to devices of good will is delivered in the end', () => {
    const story = fc.array(fc.oneof(command, blow), { minLength: 5, maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(story, fc.nat(), (events, luck) => {
        const world = new World(coreConfig(), luck);
        const strangers = new Attack(world, STRANGERS);
        for (const one of events) {
          if (typeof one === 'number') strangers.strike([one]);
          else perform(world, one);
        }
        world.settle();
        for (const client of HONEST) expect(world.exchanges.owedTo(client), client).toBe(0);
      }),
      runs(1),
    );
  });

  it('more devices than there is room for: the last ones hear "congestion"', () => {
    const world = new World(fewDevices, 1);
    for (let i = 0; i < 2 * DEVICES_MAX; i++)
      world.inject({ link: LAN, address: `h${i}` }, connect(`x${i}`));
    const codes = Array.from(
      { length: 2 * DEVICES_MAX },
      (_, i) => world.driver.received(`h${i}`)[0],
    );
    expect(codes.map((one) => one?.type === 'CONNACK' && one.returnCode)).toEqual([
      0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
    ]);
    expectSmall(world);
  });

  it('a device that comes and goes all day leaves nothing behind', () => {
    const world = new World(fewDevices, 1);
    const at = { link: LAN, address: 'h' };
    for (let i = 0; i < 1000; i++) {
      world.inject(at, connect('x', { duration: 65_535, cleanSession: i % 2 === 0 }));
      world.inject(at, { type: 'DISCONNECT' });
    }
    expectSmall(world);
  });
});

describe('impostors who speak for devices of good will', () => {
  it('make the core neither throw nor grow, and it happens again from its trace', () => {
    const story = fc.array(fc.oneof(command, blow, blow), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(story, fc.nat(), (events, luck) => {
        // What they repeat without DUP is a new message, in whose name it may be.
        const world = new World(fewDevices, luck, plainStage([]));
        const impostors = new Attack(world, IMPOSTORS);
        for (const one of events) {
          if (typeof one === 'number') impostors.strike([one]);
          else perform(world, one);
          expectSmall(world);
        }
        expect(replay(world.trace, () => {})).toMatchObject({ ok: true });
      }),
      runs(0.5),
    );
  });
});
