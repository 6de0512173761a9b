/**
 * Any modem on any line: what it says comes late, twice or never, its port comes and goes, the disk takes
 * its time. Whatever is given to the channel has one end, and that is told once.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChannelInput } from '../../src/modems/channel-events.js';
import { Channel } from '../../src/modems/channel.js';
import type { Priority } from '../../src/radio/frames.js';
import { HOUR_MS } from '../../src/radio/limits.js';
import { type ModemSubject, subjects } from '../contract/modems/subjects.js';
import type { Respond } from '../support/modems/bench.js';

/** Fixed, so that what fails here fails everywhere. */
const chance = { seed: Number(process.env['FC_SEED'] ?? 20_261_120), numRuns: 15 };

const PINGREQ = Uint8Array.of(2, 0x16);

/** Longer than anything may wait, and than a modem is waited for. */
const SETTLED_MS = 3 * 60_000;

/** What a modem and a disk take. */
const ANSWER_MS = 5;

/** A modem that says everything twice may end up talking to itself; then it loses something. */
const WAITING_MAX = 20;

const AIR = { kind: 'rate', bytesPerSecond: 500, overheadMs: 0 } as const;

const event = fc.record({
  pauseMs: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(2000), fc.nat(70_000)),
  act: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('send' as const),
        urgency: fc.constantFrom<Priority>(1, 2, 3, 4, 5),
        to: fc.constantFrom('device', 'everybody', 'nobody'),
        bytes: fc.integer({ min: 2, max: 60 }),
        chance: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 3, arbitrary: fc.constant({ kind: 'heard' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('noise' as const),
        octets: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('modem' as const),
        says: fc.constantFrom('once', 'twice', 'never'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('disk' as const), works: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('store' as const), works: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('port' as const), isOpen: fc.boolean() }),
    },
  ),
});

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

class Line {
  private now = 1_000_000;
  private readonly channel: Channel;
  private readonly respond: Respond;
  private readonly waiting: Uint8Array[] = [];
  private readonly uncommitted: number[] = [];
  private says: 'once' | 'twice' | 'never' = 'once';
  private diskWorks = true;
  longestAnswerMs = 0;
  /** How often each number was told of. */
  readonly told: number[] = [];

  constructor(
    private readonly subject: ModemSubject,
    dutyCycle: number | null,
  ) {
    this.respond = subject.modem();
    this.channel = new Channel({ modem: subject.create(), air: AIR, dutyCycle });
    this.step({ kind: 'opened' });
  }

  happens({ pauseMs, act }: Event): void {
    this.wait(pauseMs);
    switch (act.kind) {
      case 'send': {
        const { urgency, to, bytes } = act;
        const { address: known, noAddress } = this.subject;
        const address = to === 'everybody' ? null : to === 'device' ? known : noAddress;
        const data = new Uint8Array(bytes);
        data.set([bytes, 0x0c]);
        const ref = this.told.push(0) - 1;
        this.step({ kind: 'send', address, data, urgency, chance: act.chance, ref });
        return;
      }
      case 'heard':
        this.step({ kind: 'received', data: this.subject.received(PINGREQ) });
        return;
      case 'noise':
        this.step({ kind: 'received', data: act.octets });
        return;
      case 'modem':
        this.says = act.says;
        return;
      case 'disk':
        this.diskWorks = act.works;
        return;
      case 'store':
        this.step(act);
        return;
      case 'port':
        this.step({ kind: 'closed' });
        if (act.isOpen) this.step({ kind: 'opened' });
        return;
      default:
        act satisfies never;
    }
  }

  /** No new faults: all that waits comes to its end. */
  settle(): void {
    this.diskWorks = true;
    this.says = 'once';
    this.step({ kind: 'store', works: true });
    this.wait(SETTLED_MS);
  }

  private wait(ms: number): void {
    const end = this.now + ms;
    for (let turns = 0; ; turns++) {
      if (turns > 100_000) throw new Error('the channel turns and turns and nothing happens');
      const isDue = this.waiting.length > 0 || (this.diskWorks && this.uncommitted.length > 0);
      const due = isDue ? this.now + ANSWER_MS : (this.channel.nextDeadline() ?? end + 1);
      if (due > end) break;
      this.now = Math.max(Math.ceil(due), this.now);
      this.deliver();
      if ((this.channel.nextDeadline() ?? end) <= this.now) this.step({ kind: 'deadline' });
    }
    this.now = end;
  }

  private deliver(): void {
    for (const data of this.waiting.splice(0)) this.step({ kind: 'received', data });
    if (!this.diskWorks) return;
    for (const number of this.uncommitted.splice(0)) this.step({ kind: 'committed', number });
  }

  private step(input: ChannelInput): void {
    for (const effect of this.channel.step(input, this.now)) {
      if (effect.kind === 'journal' && effect.number !== undefined)
        this.uncommitted.push(effect.number);
      if (effect.kind === 'write') this.hears(effect.data);
      if (effect.kind !== 'transmitted') continue;
      this.told[effect.ref] = (this.told[effect.ref] ?? 0) + 1;
      this.longestAnswerMs = Math.max(this.longestAnswerMs, effect.answerMs);
    }
  }

  private hears(written: Uint8Array): void {
    const answers = this.respond(written);
    if (this.says === 'never' || this.waiting.length > WAITING_MAX) return;
    this.waiting.push(...answers);
    if (this.says === 'twice') this.waiting.push(...answers);
  }
}

const cases = subjects.flatMap((subject) =>
  [null, 0.001].map((dutyCycle) => ({ name: subject.name, subject, dutyCycle })),
);

it.each(cases)(
  'whatever happens, each message has one end, and it is told once ($name, $dutyCycle)',
  ({ subject, dutyCycle }) => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 60, size: 'max' }), (events) => {
        const line = new Line(subject, dutyCycle);
        for (const one of events) line.happens(one);
        line.settle();
        expect(line.told.filter((times) => times !== 1)).toEqual([]);
        expect(line.longestAnswerMs).toBeLessThanOrEqual(HOUR_MS);
      }),
      chance,
    );
  },
);
