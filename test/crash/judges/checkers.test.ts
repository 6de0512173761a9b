/** Each checker finds what it is there for, and lets pass what the protocol allows. */
import { describe, expect, it } from 'vitest';
import { accountOf } from '../../support/crash/account.js';
import {
  breaches,
  brokerBreaches,
  disturbedSleep,
  downlinkBreaches,
  sessionBreaches,
  strangers,
  uplinkBreaches,
} from '../../support/crash/checkers.js';
import type { DeviceLedger, Ledgers, Observed, Published } from '../../support/crash/ledger.js';
import {
  connect,
  device,
  fault,
  hears,
  ledgers,
  puback,
  publish,
  register,
  says,
  trace,
} from './traces.js';

const observed = (...payloads: string[]): Observed[] =>
  payloads.map((payload, index) => ({
    topic: payload.split(' ')[0] ?? '',
    payload,
    at: index + 2,
  }));

describe('uplinks', () => {
  const judge = (one: DeviceLedger, fields: Partial<Ledgers>): string[] =>
    uplinkBreaches(one, accountOf(one.trace), ledgers(fields));
  const sent = (qos: 1 | 2, ...payloads: string[]): DeviceLedger =>
    device(
      trace(
        ...payloads.flatMap((payload, index) => [
          says(publish(index + 1, payload, { qos })),
          hears(qos === 1 ? puback(index + 1) : { type: 'PUBREC', msgId: index + 1 }),
        ]),
      ),
    );

  it('all there, in order, once: nothing to say', () => {
    expect(judge(sent(2, 'up/a 1', 'up/a 2'), { observed: observed('up/a 1', 'up/a 2') })).toEqual(
      [],
    );
  });

  it('acknowledged and not there: lost', () => {
    expect(judge(sent(1, 'up/a 1', 'up/a 2'), { observed: observed('up/a 1') })).toEqual([
      'd: uplink up/a 2 was lost',
    ]);
  });

  it('not acknowledged and not there: nothing to say', () => {
    const one = device(trace(says(publish(1, 'up/a 1')), hears(puback(1, 1))));
    expect(judge(one, {})).toEqual([]);
  });

  it('QoS 2 twice: not even a fault excuses it', () => {
    const fields = { observed: observed('up/a 1', 'up/a 1'), faults: [fault(1, 2)] };
    expect(judge(sent(2, 'up/a 1'), fields)).toEqual(['d: uplink up/a 1 at QoS 2 arrived 2 times']);
  });

  it('QoS 2 twice from a device whose session ended with the gateway: excused', () => {
    const fields = { observed: observed('up/a 1', 'up/a 1'), faults: [fault(1, 2)] };
    expect(judge({ ...sent(2, 'up/a 1'), keepsSession: false }, fields)).toEqual([]);
  });

  it('QoS 1 twice: excused by a fault between sending and arrival, by none before or after', () => {
    const twice = { observed: observed('up/a 1', 'up/a 1') };
    const one = sent(1, 'up/a 1');
    expect(judge(one, { ...twice, faults: [fault(1.5)] })).toEqual([]);
    expect(judge(one, { ...twice, faults: [fault(0, 0.5), fault(4)] })).toHaveLength(1);
    expect(judge(one, twice)).toHaveLength(1);
  });

  it('sent before the broker lost everything: nothing to say, whatever became of it', () => {
    const one = sent(2, 'up/a 1', 'up/a 2', 'up/a 3');
    const fields = { observed: observed('up/a 2', 'up/a 2', 'up/a 1', 'up/a 3') };
    expect(judge(one, fields)).toHaveLength(2);
    expect(judge(one, { ...fields, excusedBefore: 5 })).toEqual([]);
    expect(judge(one, { excusedBefore: 5 })).toEqual(['d: uplink up/a 3 was lost']);
  });

  it('QoS 1: one more copy for each fault, no more', () => {
    const thrice = { observed: observed('up/a 1', 'up/a 1', 'up/a 1') };
    expect(judge(sent(1, 'up/a 1'), { ...thrice, faults: [fault(1.5)] })).toHaveLength(1);
  });

  it('out of order: a breach; a late repeat or another topic: not', () => {
    const one = sent(1, 'up/a 1', 'up/a 2', 'up/b 1');
    expect(judge(one, { observed: observed('up/a 2', 'up/a 1', 'up/b 1') })).toEqual([
      'd: uplink up/a 1 came after 2',
    ]);
    const repeated = observed('up/b 1', 'up/a 1', 'up/a 2', 'up/a 1');
    expect(judge(one, { observed: repeated, faults: [fault(1.5)] })).toEqual([]);
  });
});

describe('downlinks', () => {
  const judge = (one: DeviceLedger, fields: Partial<Ledgers>): string[] =>
    downlinkBreaches(one, accountOf(one.trace), ledgers(fields));
  const published = (...payloads: string[]): Published[] =>
    payloads.map((payload) => ({ payload, qos: 1, at: 0, ackedAt: 1 }));

  it('taken by the broker and not there: lost, unless the session may end or nobody asked for it', () => {
    const fields = { published: published('down/a 1') };
    expect(judge(device([]), fields)).toEqual(['d: downlink down/a 1 was lost']);
    expect(judge(device([], { keepsSession: false }), fields)).toEqual([]);
    expect(judge(device([], { filters: ['down/b'] }), fields)).toEqual([]);
  });

  it('not yet taken by the broker and not there: nothing to say', () => {
    expect(judge(device([]), { published: [{ payload: 'down/a 1', qos: 1, at: 0 }] })).toEqual([]);
  });

  it('QoS 1 again with DUP: fine; without DUP: one for each fault since it was published', () => {
    const fields = { published: published('down/a 1') };
    const marked = device(
      trace(hears(publish(1, 'down/a 1')), hears(publish(1, 'down/a 1', { dup: true }))),
    );
    const unmarked = device(trace(hears(publish(1, 'down/a 1')), hears(publish(2, 'down/a 1'))));
    expect(judge(marked, fields)).toEqual([]);
    expect(judge(unmarked, fields)).toEqual(['d: downlink down/a 1 at QoS 1 came 2 times']);
    expect(judge(unmarked, { ...fields, faults: [fault(1.5)] })).toEqual([]);
    expect(judge(unmarked, { ...fields, faults: [fault(3)] })).toHaveLength(1);
  });

  it('QoS 1 again without DUP, and the broker has it twice of its publisher: nothing to say', () => {
    const one = device(trace(hears(publish(1, 'down/a 1')), hears(publish(2, 'down/a 1'))));
    const fields = { published: published('down/a 1'), observed: observed('down/a 1', 'down/a 1') };
    expect(judge(one, fields)).toEqual([]);
  });

  it('published before the broker lost everything: nothing to say', () => {
    expect(judge(device([]), { published: published('down/a 1'), excusedBefore: 1 })).toEqual([]);
  });

  it('QoS 2 in two exchanges: a breach, with DUP and whatever has happened', () => {
    const one = device(
      trace(
        hears(publish(1, 'down/a 1', { qos: 2 })),
        hears({ type: 'PUBREL', msgId: 1 }),
        hears(publish(1, 'down/a 1', { qos: 2, dup: true })),
      ),
    );
    const once: Published[] = [{ payload: 'down/a 1', qos: 2, at: 0, ackedAt: 1 }];
    expect(judge(one, { published: once, faults: [fault(2)] })).toHaveLength(1);
    expect(judge({ ...one, keepsSession: false }, { published: once, faults: [fault(2)] })).toEqual(
      [],
    );
  });

  it('out of order: a breach', () => {
    const one = device(trace(hears(publish(1, 'down/a 2')), hears(publish(2, 'down/a 1'))));
    expect(judge(one, { published: published('down/a 1', 'down/a 2') })).toEqual([
      'd: downlink down/a 1 came after 2',
    ]);
  });
});

describe('topics', () => {
  const judge = (one: DeviceLedger, fields: Partial<Ledgers>): string[] =>
    strangers(new Map([[one, accountOf(one.trace)]]), ledgers(fields));
  const down = { published: [{ payload: 'down/a 1', qos: 1, at: 0 }] as Published[] };

  it('a message under its own topic id: nothing to say', () => {
    const one = device(trace(hears(register(1, 'down/a')), hears(publish(1, 'down/a 1'))));
    expect(judge(one, down)).toEqual([]);
  });

  it('under an id that means another topic, or nothing: a breach', () => {
    const other = device(trace(hears(register(1, 'down/b')), hears(publish(1, 'down/a 1'))));
    const unknown = device(trace(hears(publish(1, 'down/a 1'))));
    expect(judge(other, down)).toEqual(['d got "down/a 1" under down/b']);
    expect(judge(unknown, down)).toHaveLength(1);
  });

  it('to a device that did not ask for it: a breach', () => {
    const frames = trace(hears(register(1, 'down/a')), hears(publish(1, 'down/a 1')));
    expect(judge(device(frames, { filters: ['down/b'] }), down)).toHaveLength(1);
  });

  it('at the broker under another topic, or from nobody: a breach', () => {
    const one = device(trace(says(publish(1, 'up/a 1'))));
    expect(judge(one, { observed: observed('up/a 1') })).toEqual([]);
    expect(judge(one, { observed: observed('will/d 1') })).toHaveLength(1);
    expect(judge(one, { observed: [{ topic: 'up/b', payload: 'up/a 1', at: 0 }] })).toHaveLength(1);
  });
});

describe('sleep', () => {
  const judge = (...entries: Parameters<typeof trace>): string[] =>
    disturbedSleep(device(trace(...entries)));

  it('whatever comes while the radio is on: nothing to say', () => {
    expect(
      judge('off', 'on', hears(publish(1, 'down/a 1')), hears({ type: 'PINGRESP' }), 'off'),
    ).toEqual([]);
  });

  it('whatever comes while it is off: a breach', () => {
    expect(judge('off', hears(publish(1, 'down/a 1')), hears({ type: 'PINGRESP' }))).toHaveLength(
      2,
    );
  });

  it('PUBREL that crosses the answer to DISCONNECT: let pass once, and only if asked for', () => {
    const release = hears({ type: 'PUBREL', msgId: 7 });
    const asleep = [says({ type: 'DISCONNECT', duration: 60 }), says({ type: 'PUBREC', msgId: 7 })];
    expect(judge(...asleep, 'off', release)).toEqual([]);
    expect(judge(...asleep, 'off', release, release)).toHaveLength(1);
    expect(judge(...asleep.toReversed(), 'off', release)).toHaveLength(1);
  });
});

describe('sessions', () => {
  const goodBye = hears({ type: 'DISCONNECT' });
  const ping = says({ type: 'PINGREQ' });
  const judge = (one: DeviceLedger, ...killedAt: number[]): string[] =>
    sessionBreaches(
      one,
      killedAt.map((at) => fault(at)),
    );

  it('who keeps its session and is sent away: a breach, with or without a crash', () => {
    const one = device(trace(says(connect()), ping, goodBye));
    expect(judge(one)).toHaveLength(1);
    expect(judge(one, 1.5)).toHaveLength(1);
  });

  it('DISCONNECT as the answer to its own, behind a message that crossed it: nothing to say', () => {
    const sleep = says({ type: 'DISCONNECT', duration: 60 });
    const one = device(
      trace(says(connect()), sleep, hears(publish(1, 'a 1')), says(puback(1)), goodBye),
    );
    expect(judge(one)).toEqual([]);
  });

  it('who does not keep it: sent away after a crash, and after nothing else', () => {
    const one = device(trace(says(connect(true)), ping, goodBye), { keepsSession: false });
    expect(judge(one, 1.5)).toEqual([]);
    expect(judge(one)).toHaveLength(1);
    expect(judge(one, 0.5)).toHaveLength(1);
  });

  it('who does not keep it, and is answered as if nothing had happened: a breach', () => {
    const frames = trace(says(connect(true)), ping, hears({ type: 'PINGRESP' }));
    expect(judge(device(frames, { keepsSession: false }), 1.5)).toHaveLength(1);
    expect(judge(device(frames), 1.5)).toEqual([]);
  });
});

describe('the broker itself', () => {
  const published: Published[] = [{ payload: 'down/a 1', qos: 2, at: 0, ackedAt: 1 }];

  it('is told from the gateway when it loses or repeats', () => {
    expect(brokerBreaches(ledgers({ published, observed: observed('down/a 1') }))).toEqual([]);
    expect(brokerBreaches(ledgers({ published }))).toHaveLength(1);
    expect(
      brokerBreaches(ledgers({ published, observed: observed('down/a 1', 'down/a 1') })),
    ).toHaveLength(1);
    expect(brokerBreaches(ledgers({ published, excusedBefore: 1 }))).toEqual([]);
  });
});

it('all checkers together judge a whole run', () => {
  const good = device(
    trace(
      says(connect()),
      hears(register(1, 'down/a')),
      hears(publish(1, 'down/a 1')),
      says(publish(2, 'up/a 1')),
      hears(puback(2)),
    ),
  );
  const published: Published[] = [{ payload: 'down/a 1', qos: 1, at: 0, ackedAt: 1 }];
  const run = ledgers({ devices: [good], published, observed: observed('down/a 1', 'up/a 1') });
  expect(breaches(run)).toEqual([]);
  const deaf = device(
    trace(
      says(connect()),
      'off',
      hears(publish(1, 'down/a 1')),
      'on',
      hears({ type: 'DISCONNECT' }),
    ),
  );
  expect(breaches({ ...run, devices: [deaf], observed: observed('up/x 1') })).toEqual([
    'the broker itself lost down/a 1',
    'd: downlink down/a 1 was lost',
    'd: PUBLISH came while it was asleep',
    'd: was sent away at 5 ms',
    'the observer got "up/x 1" under up/x',
  ]);
});
