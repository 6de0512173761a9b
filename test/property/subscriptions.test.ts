/**
 * Who gets which copy of a message, against a model of a broker that is free in all that MQTT leaves to it: what comes before SUBACK and
 * what behind it, one copy for all filters or one for each, and which of several connections is heard first.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Device, FILTERS, type Step, SubscribersWorld } from './subscribers-world.js';

/** Fixed, so that what fails here fails everywhere. */
const chance = { seed: Number(process.env['FC_SEED'] ?? 20_261_201), numRuns: 3000 };

const step = (devices: readonly Device[], isTroubled: boolean): fc.Arbitrary<Step> => {
  const device = fc.constantFrom(...devices);
  const filter = fc.constantFrom(...FILTERS);
  const lane = fc.nat(2);
  const answer = isTroubled
    ? fc.constantFrom('granted', 'granted', 'refused', 'lost', 'unanswered')
    : fc.constant('granted' as const);
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('subscribe' as const),
        device,
        filter,
        qos: fc.constantFrom(1, 2),
        answer,
      }),
    },
    ...(isTroubled
      ? [
          {
            weight: 1,
            arbitrary: fc.record({ does: fc.constant('unsubscribe' as const), device, filter }),
          },
        ]
      : []),
    { weight: 3, arbitrary: fc.record({ does: fc.constant('publish' as const) }) },
    {
      weight: 12,
      arbitrary: fc.record({
        does: fc.constantFrom('broker-hears', 'broker-answers', 'message-comes'),
        lane,
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('second-passes' as const) }) },
  );
};

const steps = (devices: readonly Device[], isTroubled: boolean): fc.Arbitrary<Step[]> =>
  fc.array(step(devices, isTroubled), { minLength: 5, maxLength: 40, size: 'max' });

describe.each([
  ['with one copy for each filter, by number', 'each'],
  ['with one copy for all filters, by number', 'all'],
] as const)('a broker %s', (_what, copies) => {
  it('that grants all: who has asked gets each message once, as of the moment when the broker has heard it', () => {
    fc.assert(
      fc.property(steps(['d', 'e'], false), (all) => {
        const world = new SubscribersWorld({ copies }).run(all);
        expect(world.lost()).toEqual([]);
        expect(world.repeated()).toEqual([]);
      }),
      chance,
    );
  });

  it('that refuses, or does not answer, and devices that give up: who has a filter to the end loses nothing', () => {
    fc.assert(
      fc.property(steps(['d', 'e'], true), (all) => {
        expect(new SubscribersWorld({ copies }).run(all).lost()).toEqual([]);
      }),
      chance,
    );
  });
});

describe('a broker without numbers, on a connection for each filter', () => {
  it('a device gets each message once, as of the moment when the broker has heard it', () => {
    fc.assert(
      fc.property(steps(['d'], false), (all) => {
        const world = new SubscribersWorld({ copies: 'none' }).run(all);
        expect(world.lost()).toEqual([]);
        expect(world.repeated()).toEqual([]);
      }),
      chance,
    );
  });
});
