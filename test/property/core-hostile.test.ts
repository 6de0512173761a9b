/** Whatever strangers send, a device of good will is served as if it were alone, and the core stays small. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, type Message } from '../../src/codec/index.js';
import type { Context } from '../../src/core/context.js';
import { arbitraryMessage } from '../support/arbitrary-messages.js';
import { coreConfig, LAN, RADIO } from '../support/core/config.js';
import type { Place } from '../support/core/driver.js';
import { connect } from '../support/core/messages.js';
import { World } from '../support/core/world.js';

const DEVICES_MAX = 6;

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.nat(9).map((i) => ({ link: LAN, address: `h${i}` })),
  fc.uint8Array({ maxLength: 2 }).map((node) => ({ link: RADIO, address: 'forwarder', node })),
);

/** Few ids, so that strangers get in each other's way. */
const hostileConnect = fc
  .record({
    clientId: fc.constantFrom(
      'x',
      'y',
      'z',
      '',
      '+',
      'a\0',
      '$SYS',
      '${clientId}',
      'x'.repeat(257),
    ),
    will: fc.boolean(),
    cleanSession: fc.boolean(),
    duration: fc.constantFrom(0, 1, 65_535),
    protocolId: fc.constantFrom(1, 1, 1, 2),
  })
  .map(({ clientId, ...options }): Message => connect(clientId, options));

const frame = fc.oneof(hostileConnect, arbitraryMessage).map(encode);

const octets: fc.Arbitrary<Uint8Array> = fc.oneof(
  frame,
  fc.uint8Array({ maxLength: 40 }),
  fc.tuple(frame, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
    const damaged = Uint8Array.from(bytes);
    damaged[at % damaged.length] = value;
    return damaged;
  }),
);

const attack = fc.array(fc.tuple(place, octets, fc.constantFrom(0, 0, 0, 1, 1000, 10_000)), {
  maxLength: 15,
  size: 'max',
});

/** What the core keeps, counted inside: nothing at the boundary tells. */
function expectSmall(world: World): void {
  const { sessions, deadlines } = (world.driver.core as unknown as { ctx: Context }).ctx;
  expect(sessions.size).toBeLessThanOrEqual(DEVICES_MAX);
  expect(deadlines.size).toBeLessThanOrEqual(sessions.size);
}

describe('strangers who send anything', () => {
  it('do not disturb the exchanges of a device of good will', () => {
    fc.assert(
      fc.property(fc.array(attack, { minLength: 6, maxLength: 6 }), (attacks) => {
        const world = new World(
          coreConfig({ limits: { devices: DEVICES_MAX, datagramsPerSecondPerDevice: 1000 } }),
          1,
        );
        const device = world.device(0);
        let round = 0;
        const strike = (): void => {
          for (const [at, data, ms] of attacks[round++] ?? []) {
            world.inject(at, data);
            world.wait(ms);
          }
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
      {
        seed: Number(process.env['FC_SEED'] ?? 20_261_121),
        numRuns: Number(process.env['FC_RUNS'] ?? 500),
      },
    );
  });

  it('more devices than there is room for: the last ones hear "congestion"', () => {
    const world = new World(
      coreConfig({ limits: { devices: DEVICES_MAX, datagramsPerSecondPerDevice: 1000 } }),
      1,
    );
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
    const world = new World(
      coreConfig({ limits: { devices: DEVICES_MAX, datagramsPerSecondPerDevice: 1000 } }),
      1,
    );
    const at = { link: LAN, address: 'h' };
    for (let i = 0; i < 1000; i++) {
      world.inject(at, connect('x', { duration: 65_535, cleanSession: i % 2 === 0 }));
      world.inject(at, { type: 'DISCONNECT' });
    }
    expectSmall(world);
  });
});
