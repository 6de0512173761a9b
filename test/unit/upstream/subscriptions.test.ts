/** Which devices a message is for: after a restart that does not know all that the broker does, and with filters that overlap. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IPublishPacket } from 'mqtt';
import type { JournalValue, MqttQos, UpstreamEvent } from '../../../src/core/types.js';
import type { SubscribeAnswer } from '../../../src/upstream/answers.js';
import { ROUNDS_PER_FILTER_MAX } from '../../../src/upstream/limits.js';
import { recordKey } from '../../../src/upstream/records.js';
import { AWAY, TIMEOUT } from '../../../src/upstream/reasons.js';
import { NO_RECEIPT } from '../../../src/upstream/receipts.js';
import { Rounds } from '../../../src/upstream/rounds.js';
import { Subscriptions } from '../../../src/upstream/subscriptions.js';
import { realTime } from '../../../src/upstream/time.js';
import { TestJournal } from '../../support/journal.js';

const write = (): void => undefined;
const quiet = { debug: write, info: write, warn: write, error: write };

/** Where the numbers of this run begin. */
const CHANCE = 1000;

type SessionKind = Parameters<Subscriptions['up']>[1];

/**
 * A run whose records tell of the filters of each device: they have the numbers 1, 2 and so on. `lanes`: with more than one
 * connection each filter has its own, and the broker knows no numbers.
 */
class Run {
  readonly events: UpstreamEvent[] = [];
  readonly asked: { filter: string; number: number; done: (answer: SubscribeAnswer) => void }[] =
    [];
  readonly givenUp: { filter: string; done: (isCertain: boolean) => void }[] = [];
  /** To the broker. */
  readonly said: string[] = [];
  /** Of what comes. */
  topic = 'kept';
  sentQos: MqttQos = 2;
  retain = false;
  readonly journal: TestJournal;
  private readonly subscriptions: Subscriptions;
  private readonly lanes: { isUp: boolean; hasIdentifiers: boolean }[] = [];

  /**
   * @param granted with QoS 2 otherwise
   * @param journal of an earlier run
   */
  constructor(
    devices: Readonly<Record<string, readonly string[]>>,
    lanes = 1,
    granted: Readonly<Record<string, MqttQos>> = {},
    journal?: TestJournal,
  ) {
    const filters = [...new Set(Object.values(devices).flat())];
    const records = filters.map(
      (filter, at) =>
        [
          recordKey('ur', at + 1),
          {
            filter,
            lane: at % lanes,
            order: at,
            qos: 2,
            asks: [],
            isIdentified: lanes === 1,
          },
        ] as const,
    );
    this.journal = journal ?? new TestJournal('at-once', new Map<string, JournalValue>(records));
    const laneOf = () => ({
      isUp: lanes === 1,
      hasIdentifiers: lanes === 1,
      subscribe: (filter: string, _qos: number, number = 0, done: (a: SubscribeAnswer) => void) => {
        this.said.push(`SUBSCRIBE ${filter}`);
        this.asked.push({ filter, number, done });
      },
      unsubscribe: (filter: string, done: (isCertain: boolean) => void) => {
        this.said.push(`UNSUBSCRIBE ${filter}`);
        this.givenUp.push({ filter, done });
      },
      trustSession: () => undefined,
    });
    const emit = (event: UpstreamEvent): void => void this.events.push(event);
    this.subscriptions = new Subscriptions(
      laneOf,
      emit,
      quiet,
      realTime,
      new Rounds(this.journal, CHANCE),
    );
    for (let index = 0; index < lanes; index++) {
      const lane = laneOf();
      this.lanes.push(lane);
      this.subscriptions.addLane(lane);
    }
    this.subscriptions.restore();
    for (const [client, own] of Object.entries(devices)) {
      const subscriptions = own.map((filter) => ({ filter, qos: granted[filter] ?? 2 }));
      const request = { op: 'resume', client, cleanSession: false, connected: true } as const;
      this.subscriptions.resume({ ...request, subscriptions });
    }
  }

  up(session: SessionKind, index = 0): this {
    for (const lane of this.lanes.slice(index, index + 1)) lane.isUp = true;
    this.subscriptions.up(index, session);
    return this;
  }

  /** Another broker has taken its place. */
  knowsNumbers(): this {
    for (const lane of this.lanes) lane.hasIdentifiers = true;
    return this;
  }

  down(index: number): this {
    for (const lane of this.lanes.slice(index, index + 1)) lane.isUp = false;
    this.subscriptions.down(index);
    return this;
  }

  /** A message comes under these numbers. */
  comes(text: string, ...numbers: number[]): void {
    this.message(0, text, numbers, false);
  }

  /** The broker has no answer to it from the connection before. */
  comesAgain(text: string, ...numbers: number[]): void {
    this.message(0, text, numbers, true);
  }

  comesOn(index: number, text: string): void {
    this.message(index, text, [], false);
  }

  comesAgainOn(index: number, text: string): void {
    this.message(index, text, [], true);
  }

  private message(index: number, text: string, numbers: number[], dup: boolean): void {
    const { topic, sentQos: qos, retain } = this;
    const packet = { cmd: 'publish', topic, qos, retain, dup } as const;
    const properties = numbers.length === 0 ? {} : { subscriptionIdentifier: numbers };
    const message: IPublishPacket = { ...packet, payload: Buffer.from(text), properties };
    this.subscriptions.message(index, message, NO_RECEIPT);
  }

  subscribe(client: string, filter: string, qos: MqttQos = 2): void {
    this.subscriptions.subscribe({ op: 'subscribe', token: 1, client, filter, qos });
  }

  /** It has got it. Returns the number that the broker was given. */
  has(client: string, filter: string, qos: MqttQos): number {
    this.subscribe(client, filter, qos);
    const { number, done } = this.asked.at(-1) ?? expect.unreachable();
    done({ granted: qos });
    return number;
  }

  unsubscribe(client: string, filter: string): void {
    this.subscriptions.unsubscribe({ op: 'unsubscribe', token: 1, client, filter });
  }

  forget(client: string): void {
    this.subscriptions.forget(client);
  }

  /** The broker answers what was asked for. */
  answer(): void {
    for (const { done } of this.asked) done({ granted: 2 });
    for (const { done } of this.givenUp) done(true);
  }

  get qosHanded(): MqttQos[] {
    return this.events.flatMap((event) => (event.event === 'message' ? [event.qos] : []));
  }

  /** To one of them. */
  handedTo(client: string): string[] {
    return this.handed.filter((one) => one.startsWith(client));
  }

  get handed(): string[] {
    return this.events.flatMap((event) =>
      event.event === 'message' ? [`${event.client} ${Buffer.from(event.payload).toString()}`] : [],
    );
  }
}

it('all that comes under a number that a failed disk forgot is handed over, and the filter asked for anew once', () => {
  const run = new Run({ d: ['kept'] }).up('known');
  for (const text of ['x', 'y', 'z']) run.comes(text, 777);
  expect(run.handed).toEqual(['d x', 'd y', 'd z']);
  expect(run.asked).toMatchObject([{ filter: 'kept' }]);
  run.answer();
  run.comes('w', run.asked[0]?.number ?? 0);
  expect(run.handed.at(-1)).toBe('d w');
  expect(run.asked).toHaveLength(1);
});

it('what comes once under forgotten numbers of several filters comes once, with the highest QoS of the device', () => {
  for (const session of ['known', 'unknown'] as const) {
    const run = new Run({ d: ['+', 'kept'], e: ['#', '+'] }, 1, { '+': 0 }).up(session);
    run.comes('x', 777, 778, 779);
    expect(run.handed).toEqual(['d x', 'e x']);
    expect(run.qosHanded).toEqual([2, 2]);
  }
});

it('of filters with the same QoS, whichever the device had first, one gets what comes under forgotten numbers', () => {
  for (const filters of [
    ['+', 'kept'],
    ['kept', '+'],
  ]) {
    const run = new Run({ d: filters }).up('known');
    run.comes('x', 777, 778);
    expect(run.handed).toEqual(['d x']);
  }
});

it('a number that is known beside a forgotten one leaves the copy to the filter whose number may be the other', () => {
  const run = new Run({ d: ['kept', '+'], e: ['+'] }).up('known');
  run.comes('x', 2, 777);
  expect(run.handed.toSorted()).toEqual(['d x', 'e x']);
  expect(run.asked).toMatchObject([{ filter: 'kept' }]);
  run.answer();
  run.comes('y', 2, run.asked[0]?.number ?? 0);
  expect(run.handed.slice(2).toSorted()).toEqual(['d y', 'e y']);
});

it('so is what comes before the filter is asked for anew, in a session of which nobody knows what it holds', () => {
  const run = new Run({ d: ['kept'] }).up('unknown');
  run.comes('x', 777);
  expect(run.handed).toEqual(['d x']);
});

it('what is repeated under the number that the records know says nothing of what comes then', () => {
  const run = new Run({ d: ['kept'] }).up('known');
  run.comesAgain('x', 1);
  run.comes('y', 777);
  expect(run.handed).toEqual(['d x', 'd y']);
});

it('what comes late for a filter that was given up goes to nobody else', () => {
  const run = new Run({ d: ['+'], e: ['kept'] }).up('known');
  run.unsubscribe('e', 'kept');
  run.answer();
  run.comes('x', 2);
  run.comes('x', 1);
  expect(run.handed).toEqual(['d x']);
});

describe('UNSUBSCRIBE goes out, and the process dies before its answer', () => {
  const killed = (): TestJournal => {
    const run = new Run({ d: ['kept', '+'] }).up('known');
    run.unsubscribe('d', 'kept');
    expect(run.givenUp).toMatchObject([{ filter: 'kept' }]);
    const journal = run.journal.crashed();
    journal.commits = 'at-once';
    return journal;
  };

  it('the broker may have the filter no more: a device that has it still gets it anew', () => {
    const next = new Run({ d: ['kept', '+'] }, 1, {}, killed()).up('known');
    expect(next.asked).toMatchObject([{ filter: 'kept' }]);
    next.comes('x', 2);
    expect(next.handed).toEqual(['d x']);
    next.answer();
    expect(next.givenUp).toEqual([]);
    next.journal.commit();
    expect(next.journal.kept('ur')).not.toContain(recordKey('ur', 1));
  });

  it('a filter that nobody has is given up once more', () => {
    const next = new Run({ d: ['+'] }, 1, {}, killed()).up('known');
    expect(next.asked).toEqual([]);
    expect(next.givenUp).toMatchObject([{ filter: 'kept' }]);
    next.answer();
    next.journal.commit();
    expect(next.journal.kept('ur')).not.toContain(recordKey('ur', 1));
  });
});

it('the disk knows of UNSUBSCRIBE before the broker does, and who asks for the filter meanwhile comes behind it', () => {
  const run = new Run({ d: ['kept'] }).up('known');
  run.journal.commits = 'never';
  run.unsubscribe('d', 'kept');
  run.subscribe('d', 'kept');
  expect(run.said).toEqual([]);
  run.journal.commit();
  expect(run.said).toEqual(['UNSUBSCRIBE kept', 'SUBSCRIBE kept']);
});

it('a hundred devices with two filters that nobody is sure of get each message once', () => {
  const clients = Array.from({ length: 100 }, (_one, at) => `d${at}`);
  const run = new Run(Object.fromEntries(clients.map((client) => [client, ['+', 'kept']])));
  run.up('unknown');
  run.comes('x', 2);
  run.comes('x', 1);
  expect(run.handed).toEqual(clients.map((client) => `${client} x`));
});

it('a broker that has lost one session has hardly another: the copy for the filter that it was asked for again counts', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('new', 1);
  run.answer();
  run.comesOn(1, 'x');
  expect(run.handed).toEqual(['d x']);
});

it('what had come on a connection that is away proves nothing when the broker has lost another session', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('known', 0).up('known', 1);
  run.comesOn(0, 'x');
  run.down(0).down(1).up('new', 1);
  run.answer();
  run.comesOn(1, 'y');
  expect(run.handed).toEqual(['d x', 'd y']);
});

it('a connection that comes back with its session is not asked anew because the broker has lost another one', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('new', 0);
  run.answer();
  run.up('known', 1);
  expect(run.asked).toMatchObject([{ filter: 'kept' }]);
});

it('and the broker is told there of a filter that nobody has any more', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('new', 0);
  run.unsubscribe('d', '+');
  run.up('known', 1);
  expect(run.givenUp).toMatchObject([{ filter: '+' }]);
});

it('while a filter is asked for anew, nothing that comes under a forgotten number asks again', () => {
  for (const session of ['known', 'unknown'] as const) {
    const run = new Run({ d: ['kept'] }).up(session);
    const texts = Array.from({ length: 30 }, (_one, at) => `x${at}`);
    for (const [at, text] of texts.entries()) run.comes(text, 777 + at);
    expect(run.asked).toMatchObject([{ filter: 'kept' }]);
    run.answer();
    run.comes('live', run.asked[0]?.number ?? 0);
    expect(run.handed).toEqual([...texts, 'live'].map((text) => `d ${text}`));
  }
});

it('a message that was sent for two filters at once is another one than its like that was sent for one of them', () => {
  const run = new Run({ d: ['kept', '#'] }).up('unknown');
  run.comesAgain('x', 2);
  run.comesAgain('x', 1, 2);
  expect(run.handed).toEqual(['d x', 'd x']);
});

it('both copies come again as their connections come up, one after the other: the second is none for the device', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('unknown', 0);
  run.comesAgainOn(0, 'x');
  run.up('unknown', 1);
  run.comesAgainOn(1, 'x');
  expect(run.handed).toEqual(['d x']);
});

it('a copy comes in a session in doubt while the connection is away whose copies count: it goes to the device, and the other is none', () => {
  const run = new Run({ d: ['kept', '+'] }, 2).up('unknown', 1);
  run.comesOn(1, 'x');
  run.up('known', 0);
  run.comesOn(0, 'x');
  run.comesOn(0, 'x');
  expect(run.handed).toEqual(['d x', 'd x']);
});

describe('a device with two filters, each on its connection, gives the one up whose copies count', () => {
  const twoFilters = (): Run => {
    const run = new Run({ d: ['kept', '+'] }, 2).up('known', 0).up('known', 1);
    run.comesOn(1, 'x');
    return run;
  };

  it('before its copy has come: it gets that, once, for the other copy has been acknowledged', () => {
    const run = twoFilters();
    run.unsubscribe('d', 'kept');
    run.comesOn(0, 'x');
    run.comesOn(0, 'x');
    run.comesOn(0, 'y');
    expect(run.handed).toEqual(['d x']);
    run.comesOn(1, 'x');
    expect(run.handed).toEqual(['d x', 'd x']);
  });

  it('after its copy has come, before or after the other one: it is owed nothing', () => {
    const run = twoFilters();
    run.comesOn(0, 'x');
    run.comesOn(0, 'y');
    run.comesOn(1, 'y');
    run.unsubscribe('d', 'kept');
    run.comesOn(0, 'x');
    run.comesOn(0, 'y');
    expect(run.handed).toEqual(['d x', 'd y']);
  });

  it('and the other one, too: it is owed nothing', () => {
    const run = twoFilters();
    run.unsubscribe('d', 'kept');
    run.unsubscribe('d', '+');
    run.comesOn(0, 'x');
    expect(run.handed).toEqual([]);
  });

  it('and asks for it again: it gets each copy once', () => {
    const run = twoFilters();
    run.unsubscribe('d', 'kept');
    run.subscribe('d', 'kept');
    run.answer();
    run.comesOn(0, 'x');
    expect(run.handed).toEqual(['d x']);
  });
});

it('a device with two filters at a broker that knows numbers, and sends a copy for each, is owed the one that waited', () => {
  const run = new Run({ d: ['kept', '+'] }).up('known');
  run.comes('x', 2);
  run.comes('y', 1, 2);
  expect(run.handed).toEqual(['d y']);
  run.unsubscribe('d', 'kept');
  run.comes('x', 1);
  run.comes('y', 1);
  run.comes('x', 2);
  expect(run.handed).toEqual(['d y', 'd x', 'd x']);
});

describe('a copy for a filter comes before its SUBACK, and another one for a filter that the device has', () => {
  const asksFor = (qos: MqttQos, old: MqttQos) => {
    const run = new Run({}).up('new');
    const number = run.has('d', 'kept', old);
    run.subscribe('d', '+', qos);
    const { number: young, done } = run.asked.at(-1) ?? expect.unreachable();
    return { run, number, young, done };
  };
  const early = (qos: MqttQos, old: MqttQos) => {
    const { run, number, young, done } = asksFor(qos, old);
    run.comes('x', young);
    done({ granted: qos });
    return { run, number };
  };

  it('which the device gives up before it has come: it gets that, once', () => {
    const { run, number } = early(1, 2);
    run.unsubscribe('d', 'kept');
    for (const text of ['x', 'x', 'y']) run.comes(text, number);
    expect(run.handed).toEqual(['d x']);
  });

  it('which the device gives up after it has come: it is owed nothing', () => {
    const { run, number } = early(1, 2);
    run.comes('x', number);
    run.unsubscribe('d', 'kept');
    run.comes('x', number);
    expect(run.handed).toEqual(['d x']);
  });

  it('of which the copy has come before: it is owed nothing when it gives that one up', () => {
    const { run, number, young, done } = asksFor(1, 2);
    run.comes('x', number);
    run.comes('x', young);
    done({ granted: 1 });
    run.unsubscribe('d', 'kept');
    run.comes('x', number);
    expect(run.handed).toEqual(['d x']);
  });

  it('at QoS 0 nothing is owed of what it leaves to one that it gives up', () => {
    const { run, number } = early(0, 2);
    run.unsubscribe('d', 'kept');
    run.comes('x', number);
    expect(run.handed).toEqual([]);
  });

  it('at QoS 0: it gets the early one, and no second one', () => {
    for (const isGivenUp of [false, true]) {
      const { run, number } = early(2, 0);
      if (isGivenUp) run.unsubscribe('d', 'kept');
      run.comes('x', number);
      expect(run.handed).toEqual(['d x']);
      expect(run.qosHanded).toEqual([2]);
    }
  });

  it.each([TIMEOUT, { failure: 'refused', detail: 'no' } as const])(
    'and it does not get the new one (%j): one of the copies goes to it all the same',
    (answer) => {
      for (const [qos, old] of [
        [1, 2],
        [2, 1],
      ] as const) {
        const { run, number, young, done } = asksFor(qos, old);
        run.comes('x', young);
        done(answer);
        run.comes('x', number);
        run.comes('y', number);
        expect(run.handed).toEqual(['d x', 'd y']);
      }
    },
  );

  it('what was sent before the new one, and comes behind its first copy, is not lost', () => {
    const { run, number, young, done } = asksFor(2, 1);
    run.comes('new', young);
    run.comes('old', number);
    done({ granted: 2 });
    for (const text of ['old', 'new']) run.comes(text, number);
    expect(run.handed).toEqual(['d new', 'd old', 'd old']);
  });
});

describe('a device waits for two filters, and a copy for the second one comes first', () => {
  const both = () => {
    const run = new Run({}).up('new');
    run.subscribe('d', 'kept');
    run.subscribe('d', '+');
    const [first, second] = run.asked;
    if (first === undefined || second === undefined) return expect.unreachable();
    run.comes('x', second.number);
    return { run, first, second };
  };

  it.each([TIMEOUT, { failure: 'refused', detail: 'no' } as const])(
    'the first one fails (%j): it gets the message once',
    (answer) => {
      const { run, first, second } = both();
      first.done(answer);
      second.done({ granted: 2 });
      run.comes('y', second.number);
      expect(run.handed).toEqual(['d x', 'd y']);
    },
  );

  it.each(['before SUBACK', 'after SUBACK'])('the first one is given up %s: it gets it', (when) => {
    const { run, first, second } = both();
    if (when === 'after SUBACK') for (const { done } of [first, second]) done({ granted: 2 });
    run.unsubscribe('d', 'kept');
    run.comes('x', first.number);
    expect(run.handed).toEqual(['d x']);
  });

  it('both are granted: each message comes once', () => {
    const { run, first, second } = both();
    run.comes('x', first.number);
    for (const { done } of [second, first]) done({ granted: 2 });
    for (const text of ['x', 'y', 'x', 'z'])
      for (const { number } of [first, second]) run.comes(text, number);
    expect(run.handed).toEqual(['d x', 'd x', 'd y', 'd x', 'd z']);
  });
});

it('many ask for a filter at once that somebody has: what comes under the number before is not lost', () => {
  const run = new Run({}).up('new');
  const before = run.has('d', 'kept', 2);
  for (let at = 0; at < 2 * ROUNDS_PER_FILTER_MAX; at++) run.subscribe(`e${at}`, 'kept');
  run.comes('x', before);
  expect(run.handed).toEqual(['d x']);
  const [, ...asked] = run.asked;
  for (const { done } of asked.slice(0, -1)) done(TIMEOUT);
  run.comes('y', before);
  expect(run.handedTo('d')).toEqual(['d x', 'd y']);
  for (const { done } of asked.slice(-1)) done({ granted: 2 });
  run.journal.commit();
  expect(run.journal.kept('ur')).toHaveLength(ROUNDS_PER_FILTER_MAX);
});

it('SUBACK on a connection that the filter has left for another kind of broker is none: the device is to ask again', () => {
  const run = new Run({ d: ['+'] }, 2).up('known', 0).up('known', 1);
  run.subscribe('e', 'kept');
  const [asked] = run.asked;
  run.down(0).knowsNumbers().up('new', 0);
  asked?.done({ granted: 2 });
  expect(run.events).toContainEqual(
    expect.objectContaining({ event: 'subscribed', client: 'e', failure: 'unavailable' }),
  );
});

describe('a number that the broker may use is not forgotten, however many there are', () => {
  const refused = { failure: 'refused', detail: 'no' } as const;

  it('in a run after one that had as many as are remembered: SUBACK of the one after them is lost', () => {
    const before = new Run({}).up('new');
    for (let at = 0; at < ROUNDS_PER_FILTER_MAX; at++) before.has('d', 'kept', 2);
    const run = new Run({ d: ['kept'] }, 1, {}, before.journal.crashed()).up('known');
    run.journal.commits = 'at-once';
    run.subscribe('e', 'kept');
    const [asked] = run.asked;
    asked?.done(TIMEOUT);
    run.comes('x', asked?.number ?? 0);
    expect(run.handed).toEqual(['d x']);
  });

  it('which it has heard without an answer, and then refused others', () => {
    const run = new Run({}).up('new');
    run.has('d', 'kept', 2);
    for (let at = 0; at < 2 * ROUNDS_PER_FILTER_MAX; at++) {
      run.subscribe('e', 'kept');
      run.asked.at(-1)?.done(at === 0 ? TIMEOUT : refused);
    }
    run.comes('x', run.asked[1]?.number ?? 0);
    expect(run.handed).toEqual(['d x']);
  });

  it('and over runs that end with SUBSCRIBEs under way there are no more of them than that', () => {
    let journal = new Run({ d: ['kept'] }).up('known').journal.crashed();
    for (let runs = 0; runs < 5; runs++) {
      const run = new Run({ d: ['kept'] }, 1, {}, journal).up('known');
      run.journal.commits = 'at-once';
      for (let at = 0; at < ROUNDS_PER_FILTER_MAX; at++) {
        run.subscribe('e', 'kept');
        if (at % 2 === 0) run.asked.at(-1)?.done(TIMEOUT);
      }
      journal = run.journal.crashed();
    }
    expect(journal.kept('ur').length).toBeLessThanOrEqual(2 * ROUNDS_PER_FILTER_MAX);
  });
});

it('without numbers, who asks beside the only one that has the filter gets what comes before SUBACK once that one has left', () => {
  const run = new Run({ d: ['kept'], e: ['other'] }, 2).up('known', 0).up('known', 1);
  run.subscribe('e', 'kept');
  run.unsubscribe('d', 'kept');
  run.comesOn(0, 'x');
  expect(run.handed).toEqual(['e x']);
});

it('what came for SUBSCRIBE on a connection that is lost proves nothing on the next one', () => {
  const run = new Run({}).up('new');
  run.has('d', '+', 1);
  run.journal.commits = 'never';
  run.subscribe('d', 'kept');
  run.journal.commit();
  const early = run.asked.at(-1);
  run.comes('x', early?.number ?? 0);
  run.subscribe('d', 'kept');
  run.down(0);
  early?.done(AWAY);
  run.up('new');
  run.journal.commits = 'at-once';
  const renewed = run.asked.findLast(({ filter }) => filter === '+');
  run.comes('y', renewed?.number ?? 0);
  expect(run.handed).toEqual(['d x', 'd y']);
});

it('who asks twice, in vain at first, has the filter as of the second time: what he has asked for meanwhile is older', () => {
  const run = new Run({}).up('new');
  for (const [filter, qos] of [
    ['kept', 2],
    ['+', 1],
    ['kept', 2],
  ] as const)
    run.subscribe('d', filter, qos);
  const [first, plus, second] = run.asked;
  plus?.done({ granted: 1 });
  first?.done(TIMEOUT);
  second?.done({ granted: 2 });
  for (const number of [plus, plus, second]) run.comes('x', number?.number ?? 0);
  expect(run.handed).toEqual(['d x', 'd x']);
});

it('who asks twice, in vain at first, has the filter, and its session ends with it', () => {
  const run = new Run({}).up('new');
  run.subscribe('d', 'kept');
  run.subscribe('d', 'kept');
  run.asked[0]?.done(TIMEOUT);
  run.asked[1]?.done({ granted: 2 });
  run.forget('d');
  expect(run.said.at(-1)).toBe('UNSUBSCRIBE kept');
});

describe('a device asks for one more filter, with a higher QoS', () => {
  const oneMore = (): { run: Run; old: number; young: number } => {
    const run = new Run({}).up('new');
    const [old, young] = [run.has('d', 'kept', 1), run.has('d', '+', 2)];
    return { run, old, young };
  };

  it('brings what was sent before, and waited at the broker: there is no copy for the new one', () => {
    const { run, old, young } = oneMore();
    for (const text of ['x', 'y', 'x']) run.comes(text, old);
    run.comes('z', young);
    expect(run.handed).toEqual(['d x', 'd y', 'd x', 'd z']);
  });

  it.each(['the old one first', 'the new one first'])(
    'each of two copies comes once: %s',
    (order) => {
      const { run, old, young } = oneMore();
      run.comes('before', old);
      const numbers = order.startsWith('the old') ? [old, young] : [young, old];
      const texts = ['x', 'y', 'x', 'x', 'before', 'y'];
      for (const text of texts) for (const number of numbers) run.comes(text, number);
      expect(run.handed).toEqual(['before', ...texts].map((text) => `d ${text}`));
    },
  );

  it('of what is the same as before, it loses none', () => {
    for (const numbers of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { run, old, young } = oneMore();
      run.comes('on', old);
      for (let times = 0; times < 3; times++) {
        for (const at of numbers) run.comes('on', [old, young][at] ?? 0);
      }
      expect(run.handed).toHaveLength(4);
    }
  });

  it('and then gives the old one up: what it had got through that one does not count', () => {
    const { run, old, young } = oneMore();
    run.comes('on', old);
    run.unsubscribe('d', 'kept');
    run.comes('on', young);
    run.comes('on', young);
    expect(run.handed).toEqual(['d on', 'd on', 'd on']);
  });

  it('the old one is QoS 0, which may be lost: the copy for the new one is not left out for it', () => {
    const run = new Run({}).up('new');
    const [old, young] = [run.has('d', 'kept', 0), run.has('d', '+', 1)];
    for (const text of ['x', 'y', 'x']) for (const number of [old, young]) run.comes(text, number);
    expect(run.handed).toEqual(['d x', 'd y', 'd x']);
    expect(run.qosHanded).toEqual([1, 1, 1]);
  });

  it('and gets what comes first with the QoS of the new one', () => {
    const { run, old, young } = oneMore();
    run.sentQos = 1;
    for (const number of [old, young]) run.comes('x', number);
    expect(run.qosHanded).toEqual([2]);
  });

  it('from a broker that sends one copy for both, each is one', () => {
    const { run, old, young } = oneMore();
    run.comes('x', old);
    run.comes('x', old, young);
    run.comes('x', old, young);
    expect(run.handed).toEqual(['d x', 'd x', 'd x']);
  });
});

it('a device asks for a filter that another one has for longer, and gets what had been sent to that one before', () => {
  const run = new Run({}).up('new');
  const all = run.has('e', '+', 1);
  const own = run.has('d', 'kept', 1);
  run.comes('x', all);
  const again = run.has('d', '+', 1);
  run.comes('x', own);
  run.comes('y', again);
  run.comes('y', own);
  run.comes('z', again);
  run.comes('z', own);
  expect(run.handed.filter((one) => one.startsWith('d'))).toEqual(['d x', 'd y', 'd z']);
});

it('a device asks for the filter whose copies count anew, with a lower QoS, and gets what had waited for it', () => {
  const run = new Run({}).up('new');
  const [young, old] = [run.has('d', '+', 1), run.has('d', 'kept', 2)];
  for (const text of ['y', 'z']) for (const number of [young, old]) run.comes(text, number);
  run.comes('x', young);
  run.has('d', 'kept', 1);
  run.comes('x', old);
  expect(run.handed).toEqual(['d y', 'd z', 'd x']);
});

describe('what is told of one device and its filters is no more than that', () => {
  it('QoS 0 makes no debts: nothing comes for them when a filter is given up', () => {
    const run = new Run({}).up('new');
    run.has('e', '+', 2);
    const [old, young] = [run.has('d', 'kept', 2), run.has('d', '+', 2)];
    run.sentQos = 0;
    for (let times = 0; times < 3; times++)
      for (const number of [old, young]) run.comes('21.5', number);
    run.unsubscribe('d', '+');
    run.sentQos = 2;
    for (const number of [young, old]) run.comes('21.5', number);
    expect(run.handedTo('d')).toHaveLength(4);
  });

  it('nor do the debts of others go for it', () => {
    const run = new Run({}).up('new');
    const kept = run.has('f', 'kept', 1);
    run.has('e', '+', 2);
    run.has('f', 'kept', 2);
    const all = run.has('f', '+', 1);
    for (const text of ['s', 't']) for (const number of [all, kept]) run.comes(text, number);
    run.comes('owed', all);
    const numbers = [run.has('d', 'kept', 1), run.has('d', '+', 2)];
    run.sentQos = 0;
    for (let at = 0; at < 4096; at++)
      for (const number of numbers) run.comes(`v${at % 64}`, number);
    run.unsubscribe('f', 'kept');
    run.unsubscribe('d', '+');
    run.sentQos = 2;
    run.comes('owed', kept);
    expect(run.handed.filter((one) => one === 'f owed')).toHaveLength(1);
  });

  it('a debt is paid by what comes after the filter is asked for anew', () => {
    const run = new Run({}).up('new');
    run.has('e', '#', 2);
    const [old, young] = [run.has('d', 'kept', 2), run.has('d', '+', 1)];
    for (const number of [old, young]) run.comes('y', number);
    run.comes('on', young);
    for (const qos of [1, 2] as const) run.has('d', 'kept', qos);
    run.comes('on', old);
    run.unsubscribe('d', 'kept');
    run.comes('on', 1001);
    run.comes('on', young);
    expect(run.handedTo('d')).toEqual(['d y', 'd on', 'd on']);
  });

  it('what is repeated on a new connection leaves no trace: each like it comes then', () => {
    const run = new Run({}).up('new');
    const [old, young] = [run.has('d', 'kept', 1), run.has('d', '+', 2)];
    run.sentQos = 1;
    run.comes('on', young);
    run.down(0).up('known');
    run.comesAgain('on', young);
    run.comes('on', old);
    run.unsubscribe('d', '+');
    for (let times = 0; times < 2; times++) run.comes('on', old);
    expect(run.handed).toHaveLength(4);
  });

  it('what had come for a filter that is given up keeps nothing back', () => {
    const run = new Run({}).up('new');
    const [all, own] = [run.has('e', '+', 2), run.has('d', 'kept', 2)];
    run.has('d', '+', 2);
    run.comes('x', all);
    run.unsubscribe('d', '+');
    run.comes('x', own);
    expect(run.handedTo('d')).toEqual(['d x', 'd x']);
  });

  it('QoS 0 that overtakes does not count for what waits', () => {
    const run = new Run({}).up('new');
    const [own, young] = [run.has('d', 'kept', 1), run.has('d', '+', 2)];
    run.sentQos = 0;
    for (const number of [young, own]) run.comes('t', number);
    run.sentQos = 1;
    for (const number of [own, young, own]) run.comes('on', number);
    expect(run.handed).toEqual(['d t', 'd on', 'd on']);
  });

  it('three filters on three connections: each of them brings what had waited there', () => {
    const run = new Run({}, 3).up('new', 0).up('new', 1).up('new', 2);
    for (const [filter, qos] of [
      ['a/+', 1],
      ['+/b', 1],
      ['#', 2],
    ] as const)
      run.has('d', filter, qos);
    run.topic = 'y/b';
    for (const text of ['m2', 'm3']) for (const lane of [1, 2]) run.comesOn(lane, text);
    run.topic = 'a/x';
    run.comesOn(0, 'm1');
    expect(run.handed).toEqual(['d m2', 'd m3', 'd m1']);
  });

  it('and what two of them have cleared up is not forgotten for the third', () => {
    const run = new Run({}, 3).up('new', 0).up('new', 1).up('new', 2);
    run.has('e', '#', 2);
    for (const filter of ['+/b', 'a/+', '#']) run.has('d', filter, 2);
    run.topic = 'y/b';
    run.comesOn(1, 'm2');
    run.topic = 'a/x';
    run.comesOn(0, 'm1');
    run.comesOn(2, 'm1');
    run.topic = 'y/b';
    run.comesOn(0, 'm2');
    expect(run.handedTo('d')).toEqual(['d m2', 'd m1']);
  });

  it('a connection may be as far behind as a broker keeps messages', () => {
    const run = new Run({}, 2).up('new', 0).up('new', 1);
    run.has('e', '+', 2);
    for (const filter of ['kept', '+']) run.has('d', filter, 2);
    for (const lane of [0, 1]) for (let at = 0; at < 1000; at++) run.comesOn(lane, `m${at}`);
    expect(run.handedTo('d')).toHaveLength(1000);
  });
});

it.each([
  ['before', [0, 1]],
  ['behind', [1, 0]],
] as const)(
  'a lost session: what comes before the second filter is renewed has no copy, what comes then has one, %s it',
  (_, order) => {
    const run = new Run({ d: ['kept', '+'] }).up('new');
    const [kept, plus] = run.asked;
    plus?.done({ granted: 2 });
    run.comes('x', plus?.number ?? 0);
    kept?.done({ granted: 2 });
    run.comes('y', plus?.number ?? 0);
    for (const text of ['x', 'z', 'y', 'x']) {
      for (const at of order) run.comes(text, [kept, plus][at]?.number ?? 0);
    }
    expect(run.handed).toEqual(['d x', 'd y', 'd x', 'd z', 'd y', 'd x']);
  },
);

describe('a message that comes between SUBSCRIBE and SUBACK', () => {
  const retained = (run: Run): void => {
    run.retain = true;
    run.comes('old', run.asked[0]?.number ?? 0);
    run.retain = false;
  };

  it('goes to who asks, if nobody had the filter before', () => {
    const run = new Run({ d: ['other'] }).up('known');
    run.subscribe('d', 'kept', 1);
    retained(run);
    run.comes('live', run.asked[0]?.number ?? 0);
    run.answer();
    run.comes('later', run.asked[0]?.number ?? 0);
    expect(run.handed).toEqual(['d old', 'd live', 'd later']);
    expect(run.qosHanded).toEqual([1, 1, 1]);
  });

  it('also where the broker knows no numbers', () => {
    const run = new Run({ d: ['other'] }, 2).up('known', 0).up('known', 1);
    run.subscribe('d', 'kept');
    run.comesOn(0, 'live');
    expect(run.handed).toEqual(['d live']);
  });

  it('goes to who has the filter, and to who asks for it as well if it was sent for his SUBSCRIBE or a later one', () => {
    const run = new Run({ d: ['kept'] }).up('known');
    for (const client of ['e', 'f']) run.subscribe(client, 'kept');
    run.comes('live', 1);
    for (const { number } of run.asked) run.comes('newer', number);
    expect(run.handed).toEqual(['d live', 'd newer', 'e newer', 'd newer', 'e newer', 'f newer']);
    run.answer();
    for (const number of [1, ...run.asked.map((one) => one.number)]) run.comes('late', number);
    expect(run.handedTo('f')).toHaveLength(4);
  });

  it('where the broker knows no numbers, goes to nobody who asks beside one who has the filter: it may be older', () => {
    const run = new Run({ d: ['kept'], e: ['other'] }, 2).up('known', 0).up('known', 1);
    run.subscribe('e', 'kept');
    run.comesOn(0, 'live');
    expect(run.handed).toEqual(['d live']);
  });

  it('goes to who asks for it once more, though his first SUBSCRIBE has failed', () => {
    const run = new Run({}).up('new');
    const young = run.has('d', '+', 1);
    for (let round = 0; round < 2; round++) run.subscribe('d', 'kept');
    const [, first, second] = run.asked;
    run.comes('x', first?.number ?? 0);
    first?.done(TIMEOUT);
    run.comes('x', young);
    run.comes('y', second?.number ?? 0);
    run.comes('y', young);
    second?.done({ granted: 2 });
    expect(run.handed).toEqual(['d x', 'd y']);
  });

  it('was left to a filter that fails: its copy for that one goes to the device after all', () => {
    const run = new Run({}).up('new');
    run.subscribe('d', 'kept');
    run.subscribe('d', '+', 1);
    const [kept, plus] = run.asked;
    for (const text of ['x', 'y'])
      for (const asked of [kept, plus]) run.comes(text, asked?.number ?? 0);
    plus?.done({ granted: 1 });
    run.comes('z', plus?.number ?? 0);
    kept?.done(TIMEOUT);
    run.comes('z', kept?.number ?? 0);
    expect(run.handed).toEqual(['d x', 'd y', 'd z']);
  });

  it('is raised to no QoS that the broker has not granted', () => {
    const run = new Run({}).up('new');
    const old = run.has('d', 'kept', 1);
    run.subscribe('d', '+');
    run.sentQos = 1;
    run.comes('x', old);
    expect(run.qosHanded).toEqual([1]);
  });

  it('at QoS 0 comes once, too, to who waits for two filters', () => {
    const run = new Run({}).up('new');
    for (const filter of ['kept', '+']) run.subscribe('d', filter);
    run.sentQos = 0;
    for (const { number } of run.asked) run.comes('x', number);
    expect(run.handed).toEqual(['d x']);
  });

  it('goes to who has another filter that matches, and which the broker has lost', () => {
    for (const refuses of [false, true]) {
      const run = new Run({ d: ['+'] }).up('new');
      if (refuses) run.asked[0]?.done({ failure: 'refused', detail: 'no' });
      run.subscribe('d', 'kept');
      run.comes('x', run.asked.at(-1)?.number ?? 0);
      expect(run.handed).toEqual(['d x']);
    }
  });

  it('goes to all who wait, whose SUBSCRIBE it may have come for', () => {
    const run = new Run({}).up('known');
    run.subscribe('d', 'kept');
    const first = run.asked[0]?.number ?? 0;
    run.subscribe('d', 'kept');
    run.asked[0]?.done(TIMEOUT);
    run.comes('late', first);
    expect(run.handed).toEqual(['d late']);
    run.subscribe('e', 'kept');
    run.comes('both', run.asked.at(-1)?.number ?? 0);
    expect(run.handed).toEqual(['d late', 'd both', 'e both']);
  });

  it('comes once to who waits for two filters, of which there is a copy each', () => {
    const run = new Run({}).up('known');
    run.subscribe('d', 'kept');
    run.subscribe('d', '+');
    for (const { number } of run.asked) run.comes('x', number);
    expect(run.handed).toEqual(['d x']);
  });

  it('comes once to who has it by another filter', () => {
    const run = new Run({ d: ['+'] }).up('known');
    run.subscribe('d', 'kept');
    const number = run.asked[0]?.number ?? 0;
    run.comes('x', 1);
    run.comes('x', number);
    run.comes('y', 1, number);
    expect(run.handed).toEqual(['d x', 'd y']);
  });

  it('comes once to who asks for two filters at once', () => {
    const run = new Run({}).up('known');
    run.subscribe('d', 'kept');
    run.subscribe('d', '+');
    run.comes('x', ...run.asked.map(({ number }) => number));
    expect(run.handed).toEqual(['d x']);
  });

  it('and goes to nobody is told of: who asks for it has given up meanwhile', () => {
    const run = new Run({}).up('known');
    run.subscribe('d', 'kept');
    run.unsubscribe('d', 'kept');
    run.comes('x', run.asked[0]?.number ?? 0);
    expect(run.handed).toEqual([]);
    expect(run.events).toContainEqual({ event: 'unclaimed', topic: 'kept' });
  });
});

describe('where the broker knows no numbers, who asks while it has still to answer for the filter', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const asksAgain = (): Run => {
    const run = new Run({ d: ['kept'], e: ['other'] }, 2).up('known', 0).up('known', 1);
    run.subscribe('e', 'kept');
    run.subscribe('d', 'kept', 1);
    run.subscribe('d', 'kept');
    return run;
  };
  const answersTo = (run: Run, client: string): UpstreamEvent[] =>
    run.events.filter((one) => one.event === 'subscribed' && one.client === client);

  it('waits for the next SUBSCRIBE, and gets what is retained once', () => {
    const run = asksAgain();
    run.answer();
    expect(answersTo(run, 'd')).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(run.asked).toHaveLength(2);
    run.answer();
    run.retain = true;
    run.comesOn(0, 'old');
    expect(run.handed).toEqual(['d old']);
    expect(run.qosHanded).toEqual([2]);
    expect(answersTo(run, 'd')).toHaveLength(2);
  });

  it('is told when the connection is lost before that: it would wait in vain for what is retained', () => {
    const run = asksAgain().down(0);
    const failed = { event: 'subscribed', client: 'd', failure: 'unavailable' };
    expect(answersTo(run, 'd')).toMatchObject([failed, failed]);
  });
});
