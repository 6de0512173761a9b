/** The probe of a port, whatever answers: it comes to an end, once, and says something for people. */
import assert from 'node:assert/strict';
import { Probe, type ProbeEffect, type ProbeResult } from '../../../src/modems/probe/probe.js';
import { probeStages } from '../../../src/modems/probe/questions.js';
import { spliced } from '../lines.js';
import type { Target } from '../target.js';
import { modemLines, words } from '../vectors.js';

const WHERE = ['usual', 'all', 'as-is', 9600] as const;

/** Long before, every question has been asked at every rate. */
const STEPS_MAX = 2000;

/** Where, and nothing else. */
const HEAD_BYTES = 1;

export const probe: Target = {
  name: 'probe',
  bytesMax: 400,
  seeds: () => modemLines().map((line) => Uint8Array.of(0, line.length, ...line)),
  dictionary: words(
    'OK\r',
    '+OK\r\n',
    '+RCV=',
    'RN2483 1.0.5',
    '+VER=',
    'ATI',
    'AT+VER=?\r\n',
    '\r\n',
  ),
  work: { base: 400_000, perOctet: 20_000 },
  mutate: (input, random) => {
    const line = random.pick(modemLines());
    return spliced(input, [Uint8Array.of(line.length, ...line)], HEAD_BYTES, random);
  },
  run: ([where = 0, ...octets]) => {
    const script = Uint8Array.from(octets);
    const [whole, cut] = [probeWith(where, script, 0), probeWith(where, script, 1)];
    assert.deepEqual(cut, whole, 'chunks mean the same');
    for (const text of [
      whole.speaker?.what,
      whole.speaker?.advice,
      ...whole.nonsense.map((one) => one.text),
    ]) {
      assert.match(text ?? '', /^[\x20-\x7e]*$/, 'is for people');
    }
  },
};

/** The script holds one answer for each question, with its length in front; behind the last there are none. */
function probeWith(where: number, script: Uint8Array, size: number): ProbeResult {
  const tested = new Probe(probeStages(WHERE[where % WHERE.length] ?? 'usual'));
  let now = 0;
  let at = 0;
  let result: ProbeResult | undefined;
  const queue: ProbeEffect[] = tested.start();
  const take = (effects: readonly ProbeEffect[]): void => {
    queue.push(...effects);
  };
  for (let steps = 0; result === undefined; steps++) {
    assert.ok(steps < STEPS_MAX, 'the probe comes to an end');
    const effect = queue.shift();
    if (effect === undefined) {
      now = tested.nextDeadline() ?? assert.fail('the probe waits for nothing');
      take(tested.step({ kind: 'deadline' }, now));
    } else if (effect.kind === 'done') ({ result } = effect);
    else if (effect.kind === 'open') take(tested.step({ kind: 'opened' }, now));
    else if (effect.kind === 'write') {
      const end = at + 1 + (script[at] ?? 0);
      const answer = script.slice(at + 1, end);
      at = end;
      for (let from = 0; from < answer.length; from += size || answer.length) {
        const data = answer.subarray(from, from + (size || answer.length));
        take(tested.step({ kind: 'received', data }, now));
      }
    }
  }
  assert.equal(tested.nextDeadline(), undefined, 'nothing is waited for at the end');
  return result;
}
