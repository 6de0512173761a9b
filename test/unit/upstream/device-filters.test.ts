import { beforeEach, describe, expect, it } from 'vitest';
import type { MqttQos, UpstreamEvent } from '../../../src/core/types.js';
import { DeviceFilters, type FilterCarrier } from '../../../src/upstream/device-filters.js';
import { FormerFilters } from '../../../src/upstream/former-filters.js';
import { FORMER_FILTERS_MAX, REMOVED_FOR_MS } from '../../../src/upstream/limits.js';
import type { UpstreamLog } from '../../../src/upstream/options.js';
import { realTime, type Time } from '../../../src/upstream/time.js';
import { TestJournal } from '../../support/journal.js';

const log = { warn: () => undefined } as unknown as UpstreamLog;

/** Grants everything, and takes what it is told. */
function broker(isCertain = true): FilterCarrier & { unsubscribed: string[] } {
  const unsubscribed: string[] = [];
  return {
    unsubscribed,
    subscribe: (_filter, qos, _identifier, done) => done({ granted: qos }),
    unsubscribe: (filter, done) => {
      unsubscribed.push(filter);
      done(isCertain);
    },
    trustSession: () => undefined,
  };
}

const ignore = (): void => undefined;

const subscribing = (filter: string, qos: MqttQos) =>
  ({ op: 'subscribe', token: 1, client: 'd', filter, qos }) as const;

const unsubscribing = (filter: string) =>
  ({ op: 'unsubscribe', token: 2, client: 'd', filter }) as const;

describe('a subscription that is given up while the broker is away', () => {
  let journal: TestJournal;
  let nowMs: number;
  let events: UpstreamEvent[];
  const time: Time = { ...realTime, nowMs: () => nowMs };
  const filtersAt = (disk: TestJournal): DeviceFilters =>
    new DeviceFilters('d', {
      ...{ log, time, former: new FormerFilters(disk) },
      emit: (event) => void events.push(event),
    });

  beforeEach(() => {
    journal = new TestJournal('never');
    nowMs = 0;
    events = [];
  });

  const givenUp = (...filters: string[]): DeviceFilters => {
    const own = filtersAt(journal);
    for (const filter of filters) {
      own.subscribe(broker(), subscribing(filter, 1), ignore);
      own.unsubscribe(undefined, unsubscribing(filter), () => journal.commit());
    }
    return own;
  };

  it('after a restart: the broker is told, and once', () => {
    givenUp('down/#');
    const next = journal.crashed();
    const own = filtersAt(next);
    expect(own.isEmpty).toBe(false);
    const known = broker();
    own.up(known, 'known');
    own.up(known, 'known');
    expect(known.unsubscribed).toEqual(['down/#']);
    next.commit();
    expect(next.kept('uf')).toEqual([]);
  });

  it('its messages are not for the device any more, nor after a restart', () => {
    for (const own of [givenUp('down/#', '$share/team/work'), filtersAt(journal.crashed())]) {
      expect(own.want('down/1')).toBe(false);
      expect(own.want('work')).toBe(false);
      expect(own.want('other')).toBe(true);
    }
  });

  it('what another subscription of the device matches is for it still', () => {
    const own = givenUp('down/#');
    own.subscribe(broker(), subscribing('down/1', 1), ignore);
    expect(own.want('down/1')).toBe(true);
    expect(own.want('down/2')).toBe(false);
  });

  it('who subscribes again has it, and nothing is taken from it later', () => {
    const own = givenUp('down/#');
    own.subscribe(broker(), subscribing('down/#', 1), ignore);
    journal.commit();
    expect(own.want('down/1')).toBe(true);
    expect(journal.kept('uf')).toEqual([]);
  });

  it('who subscribes again in vain has not got it, also after a restart, and the broker is told', () => {
    const own = givenUp('down/#');
    own.subscribe(undefined, subscribing('down/#', 1), () => journal.commit());
    expect(events.at(-1)).toMatchObject({ event: 'subscribed', token: 1, failure: 'unavailable' });
    expect(own.want('down/1')).toBe(false);
    const known = broker();
    filtersAt(journal.crashed()).up(known, 'known');
    expect(known.unsubscribed).toEqual(['down/#']);
  });

  it('an answer that never came leaves it open; a new session of the broker ends it', () => {
    const own = filtersAt(journal);
    own.unsubscribe(broker(false), unsubscribing('down/#'), () => journal.commit());
    expect(journal.kept('uf')).toHaveLength(1);
    const fresh = broker();
    own.up(fresh, 'new');
    journal.commit();
    expect(fresh.unsubscribed).toEqual([]);
    expect(journal.kept('uf')).toEqual([]);
  });

  it('what the broker has queued for it comes behind UNSUBACK, and is not for the device', () => {
    const own = givenUp('down/#');
    own.up(broker(), 'known');
    expect(own.want('down/1')).toBe(false);
    own.subscribe(broker(), subscribing('down/1', 1), ignore);
    expect(own.want('down/1')).toBe(true);
    expect(own.want('down/2')).toBe(false);
    nowMs = REMOVED_FOR_MS;
    expect(own.want('down/2')).toBe(true);
  });

  it('at a broker that may have subscriptions which nobody knows of, what comes behind UNSUBACK is for the device', () => {
    const own = givenUp('down/#');
    own.up(broker(), 'unknown');
    expect(own.want('down/1')).toBe(true);
    own.subscribe(broker(), subscribing('x/#', 1), ignore);
    own.unsubscribe(broker(), unsubscribing('x/#'), ignore);
    expect(own.want('x/1')).toBe(true);
    own.up(broker(), 'new');
    own.subscribe(broker(), subscribing('x/#', 1), ignore);
    own.unsubscribe(broker(), unsubscribing('x/#'), ignore);
    expect(own.want('x/1')).toBe(false);
  });

  it('SUBSCRIBE and UNSUBSCRIBE on their way together: the device has it no more, and nobody asks for it again', () => {
    const own = filtersAt(journal);
    const answers: (() => void)[] = [];
    const slow: FilterCarrier = {
      subscribe: (_filter, qos, _identifier, done) => answers.push(() => done({ granted: qos })),
      unsubscribe: (_filter, done) => answers.push(() => done(true)),
      trustSession: ignore,
    };
    own.subscribe(slow, subscribing('down/#', 1), ignore);
    own.unsubscribe(slow, unsubscribing('down/#'), ignore);
    expect(own.want('down/1')).toBe(false);
    for (const answer of answers.splice(0)) answer();
    expect(own.isEmpty).toBe(true);
    own.up(slow, 'new');
    expect(answers).toEqual([]);
  });

  it('given up again and again, with the broker there: the oldest are forgotten', () => {
    const own = filtersAt(journal);
    for (let n = 0; n < FORMER_FILTERS_MAX + 2; n++)
      own.unsubscribe(broker(), unsubscribing(`down/${n}`), ignore);
    expect(own.want('down/1')).toBe(true);
    expect(own.want('down/2')).toBe(false);
  });

  it('a retained message that comes before SUBACK is for the device, whatever it has given up', () => {
    const own = givenUp('down/#');
    own.up(broker(), 'known');
    const slow = broker();
    slow.subscribe = ignore;
    own.subscribe(slow, subscribing('down/1', 1), ignore);
    expect(own.want('down/1')).toBe(true);
    expect(own.want('down/2')).toBe(false);
  });

  it('without end, and without the broker: the oldest are forgotten', () => {
    givenUp(...Array.from({ length: FORMER_FILTERS_MAX + 2 }, (_, n) => `down/${n}`));
    expect(journal.kept('uf')).toHaveLength(FORMER_FILTERS_MAX);
    expect(filtersAt(journal.crashed()).want('down/1')).toBe(true);
  });
});
