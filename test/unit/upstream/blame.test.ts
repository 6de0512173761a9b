import { expect, it } from 'vitest';
import { Repetition, repeatPatienceMs } from '../../../src/upstream/blame.js';
import { CLOSES_WITHIN_MS, DOUBTFUL_LOSS, LOSSES_MAX } from '../../../src/upstream/limits.js';
import type { Time } from '../../../src/upstream/time.js';

class Clock implements Time {
  nowMs = (): number => this.#now;
  random = (): number => 0;
  #now = 0;
  readonly #timers = new Map<() => void, number>();

  after(delayMs: number, run: () => void): { cancel(): void } {
    this.#timers.set(run, this.#now + delayMs);
    return { cancel: () => this.#timers.delete(run) };
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const [run, at] of [...this.#timers]) {
      if (at > this.#now) continue;
      this.#timers.delete(run);
      run();
    }
  }
}

const PATIENCE_MS = 100_000;

function begin() {
  const clock = new Clock();
  const ignored: number[] = [];
  const repetition = new Repetition(clock, PATIENCE_MS, () => ignored.push(clock.nowMs()));
  return { clock, repetition, ignored };
}

it('who closes at once dislikes what came last, who closes later perhaps', () => {
  const { clock, repetition } = begin();
  clock.pass(CLOSES_WITHIN_MS);
  expect(repetition.blame(false)).toBe(1);
  clock.pass(1);
  expect(repetition.blame(false)).toBe(DOUBTFUL_LOSS);
  repetition.goesOn();
  expect(repetition.blame(false)).toBe(1);
});

it('who answers nothing at all is only gone', () => {
  const { repetition } = begin();
  expect(repetition.blame(true)).toBe(0);
});

it('who is there and does not answer dislikes it: that has an end', () => {
  const { clock, repetition, ignored } = begin();
  clock.pass(PATIENCE_MS - 1);
  repetition.goesOn();
  clock.pass(PATIENCE_MS - 1);
  expect(ignored).toEqual([]);
  clock.pass(1);
  expect(ignored).toEqual([2 * PATIENCE_MS - 1]);
  expect(repetition.blame(false)).toBe(1);
});

it('what is over ends nothing', () => {
  const { clock, repetition, ignored } = begin();
  repetition.end();
  clock.pass(2 * PATIENCE_MS);
  expect(ignored).toEqual([]);
});

it('nobody is blamed for silence that MQTT.js has not seen yet: one and a half keep alives', () => {
  for (const keepaliveSec of [5, 60, 3600])
    expect(repeatPatienceMs(keepaliveSec)).toBeGreaterThan(1.5 * keepaliveSec * 1000);
});

it('doubts add up', () => {
  expect(LOSSES_MAX / DOUBTFUL_LOSS).toBe(8);
});
