/** Modem drivers under any script of chunks, time, sends and ports that come and go. */
import assert from 'node:assert/strict';
import type { ModemEffect, ModemInput } from '../../../src/modems/modem.js';
import { type ModemSubject, subjects } from '../../contract/modems/subjects.js';
import { ModemBench } from '../../support/modems/bench.js';
import { pieces, spliced } from '../lines.js';
import type { Target } from '../target.js';
import { messageFrames, modemLines, words } from '../vectors.js';

/** Subject, and size of the pieces. */
const HEAD_BYTES = 2;

/**
 * What an input says: records of an operation, and a length for those that have octets. Everything means
 * something, so that few changes are in vain.
 */
const RECEIVED_BYTES_MAX = 64;
const OPERATIONS = 8;
const MESSAGE_BYTES_MAX = 300;
const AIR_MS = 200;
/** Longer than any driver waits for anything. */
const FOREVER_MS = 600_000;

type Step = { wait: number } | { isAnswering: boolean } | ModemInput;

function* stepsOf(script: Uint8Array, { address, noAddress }: ModemSubject): Generator<Step> {
  for (let at = 0; at < script.length; ) {
    const operation = (script[at++] as number) % OPERATIONS;
    const argument = script[at++] ?? 0;
    switch (operation) {
      case 0:
      case 1:
      case 2: {
        const end = at + 1 + (argument % RECEIVED_BYTES_MAX);
        yield { kind: 'received', data: script.slice(at, end) };
        at = end;
        break;
      }
      case 3:
        yield { wait: argument ** 2 };
        break;
      case 4: {
        const bytes = Math.min(MESSAGE_BYTES_MAX, 2 + argument * 2);
        const to = [address, null, noAddress][argument % 3] as string | null;
        yield { kind: 'send', id: 0, address: to, data: publishOf(bytes), airTimeMs: AIR_MS };
        break;
      }
      case 5:
        yield {
          kind: (['opened', 'closed', 'probe', 'deadline'] as const)[argument % 4] ?? 'probe',
        };
        break;
      case 6:
        yield { isAnswering: argument % 2 === 0 };
        break;
      default:
        yield { wait: FOREVER_MS };
    }
  }
}

const publishOf = (bytes: number): Uint8Array =>
  bytes <= 0xff
    ? Uint8Array.of(bytes, 0x0c, ...new Uint8Array(bytes - 2))
    : Uint8Array.of(0x01, bytes >> 8, bytes & 0xff, 0x0c, ...new Uint8Array(bytes - 4));

export const modem: Target = {
  name: 'modem',
  bytesMax: 500,
  seeds: () =>
    subjects.flatMap((subject, number) =>
      messageFrames()
        .slice(0, 3)
        .map((message) => {
          const line = subject.received(message).subarray(0, RECEIVED_BYTES_MAX);
          return Uint8Array.of(number, 1, 4, 10, 0, line.length - 1, ...line, 7, 0);
        }),
    ),
  dictionary: [
    ...words('ok\r\n', 'busy\r\n', '+ERR=1\r\n', 'radio_err\r\n', 'OK\r\n'),
    Uint8Array.of(7, 0),
  ],
  work: { base: 400_000, perOctet: 60_000 },
  mutate: (input, random) => {
    const line = random.pick(modemLines()).subarray(0, RECEIVED_BYTES_MAX);
    return spliced(input, [Uint8Array.of(0, line.length - 1, ...line)], HEAD_BYTES, random);
  },
  run: ([number = 0, size = 0, ...octets]) => {
    const subject = subjects[number % subjects.length] as ModemSubject;
    const script = Uint8Array.from(octets);
    const whole = play(subject, script, 0);
    assert.deepEqual(sense(play(subject, script, 1 + (size % 16))), sense(whole), 'chunks');
  },
};

function play(subject: ModemSubject, script: Uint8Array, size: number): readonly ModemEffect[] {
  const line = new Line(subject);
  const { bench } = line;
  let sends = 0;
  for (const step of stepsOf(script, subject)) {
    if ('wait' in step) bench.advance(step.wait);
    else if ('isAnswering' in step) line.isAnswering = step.isAnswering;
    else if (step.kind === 'received') line.hear(step.data, size);
    else if (step.kind !== 'send') bench.step(step);
    else if (bench.state === 'ready' && bench.of('sent').length === sends) {
      bench.step({ ...step, id: ++sends });
    }
    expectDeadline(bench);
  }
  bench.step({ kind: 'closed' });
  assert.deepEqual(
    bench.of('sent').map(({ id }) => id),
    Array.from({ length: sends }, (_, i) => i + 1),
    'one `sent` for each `send`',
  );
  assert.equal(bench.modem.nextDeadline(), undefined, 'nothing is waited for behind a closed port');
  expectAccounts(bench, line.heardBytes);
  return bench.effects;
}

/** A driver, and a modem that answers while it likes to. */
class Line {
  readonly bench: ModemBench;
  isAnswering = true;
  heardBytes = 0;
  /** What the modem says to the first piece of a chunk comes behind the last one. */
  private held: Uint8Array[] | undefined;

  constructor(subject: ModemSubject) {
    const modemSide = subject.modem();
    this.bench = new ModemBench(subject.create(), (data) => {
      const answers = this.isAnswering ? modemSide(data) : [];
      for (const answer of answers) this.heardBytes += answer.length;
      if (this.held === undefined) return answers;
      this.held.push(...answers);
      return [];
    }).open();
  }

  hear(data: Uint8Array, size: number): void {
    this.heardBytes += data.length;
    const held: Uint8Array[] = [];
    this.held = held;
    for (const piece of pieces(data, size)) this.bench.receive(piece);
    this.held = undefined;
    for (const answer of held) this.bench.receive(answer);
  }
}

function expectDeadline({ modem: driver, now }: ModemBench): void {
  const deadline = driver.nextDeadline();
  assert.ok(deadline === undefined || Number.isFinite(deadline), 'a deadline is a time');
  assert.ok(deadline === undefined || deadline - now <= FOREVER_MS, 'a deadline comes');
}

/** Datagrams and discards never hold more than came. */
function expectAccounts(bench: ModemBench, heardBytes: number): void {
  const discarded = bench.of('discarded').reduce((sum, { bytes }) => sum + bytes, 0);
  const datagrams = bench.of('datagram').reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(
    bench.of('discarded').every(({ bytes }) => bytes > 0),
    'a discard has octets',
  );
  assert.ok(discarded <= heardBytes, `${discarded} octets discarded of ${heardBytes}`);
  assert.ok(datagrams <= heardBytes, `${datagrams} octets of datagrams of ${heardBytes}`);
}

/** What a line means, without the pieces in which nonsense is reported. */
const sense = (effects: readonly ModemEffect[]): unknown[] => [
  effects.filter(({ kind }) => kind !== 'discarded' && kind !== 'alive'),
  effects.reduce((sum, one) => sum + (one.kind === 'discarded' ? one.bytes : 0), 0),
];
