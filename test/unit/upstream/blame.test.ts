import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Repetition } from '../../../src/upstream/blame.js';
import {
  CLOSES_WITHIN_MS,
  DOUBTFUL_LOSS,
  PING_TIMEOUT_MS,
  RESEND_TIMEOUT_MS,
} from '../../../src/upstream/limits.js';
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

function begin() {
  const clock = new Clock();
  const happened: string[] = [];
  const sendPing = () => void happened.push('ping');
  const client = { stream: new PassThrough(), sendPing };
  const repetition = new Repetition(clock, client, ({ message }) => void happened.push(message));
  repetition.goesOn();
  return { clock, client, repetition, happened };
}

it('who closes at once dislikes what came last, who closes later perhaps', () => {
  const { clock, repetition } = begin();
  clock.pass(CLOSES_WITHIN_MS);
  expect(repetition.blame(undefined)).toBe(1);
  clock.pass(1);
  expect(repetition.blame(undefined)).toBe(DOUBTFUL_LOSS);
  repetition.goesOn();
  expect(repetition.blame(new Error('ECONNRESET'))).toBe(1);
});

it('who is silent is only gone, and so is who says that it goes', () => {
  const { repetition } = begin();
  expect(repetition.blame(new Error('Keepalive timeout'))).toBe(0);
  const said = (code: number) => Object.assign(new Error('disconnected'), { code });
  for (const code of [0x89, 0x8b, 0x8e, 0x98, 0x9c, 0x9d, 0x9f])
    expect(repetition.blame(said(code))).toBe(0);
  // Malformed, not authorized, topic name invalid, packet too large.
  for (const code of [0x81, 0x87, 0x90, 0x95]) expect(repetition.blame(said(code))).toBe(1);
});

it('who answers pings and not what is repeated dislikes that', () => {
  const { clock, client, repetition, happened } = begin();
  clock.pass(RESEND_TIMEOUT_MS - 1);
  repetition.goesOn();
  clock.pass(RESEND_TIMEOUT_MS - 1);
  expect(happened).toEqual([]);
  clock.pass(1);
  expect(happened).toEqual(['ping']);
  repetition.pong();
  expect(client.stream.destroyed).toBe(false);
  clock.pass(PING_TIMEOUT_MS);
  expect(client.stream.destroyed).toBe(true);
  expect(happened).toEqual(['ping', 'the broker answers pings, but not what is repeated']);
  expect(repetition.blame(undefined)).toBe(1);
});

it('who answers neither is only gone, though its connection has to end', () => {
  const { clock, client, repetition, happened } = begin();
  clock.pass(RESEND_TIMEOUT_MS);
  clock.pass(PING_TIMEOUT_MS);
  expect(client.stream.destroyed).toBe(true);
  expect(happened).toEqual(['ping', 'the broker is silent']);
  expect(repetition.blame(undefined)).toBe(0);
});

it('what is over ends no connection, also not a later one of the same client', () => {
  const { clock, client, repetition, happened } = begin();
  repetition.end();
  repetition.goesOn();
  clock.pass(RESEND_TIMEOUT_MS);
  clock.pass(PING_TIMEOUT_MS);
  expect(happened).toEqual([]);
  expect(client.stream.destroyed).toBe(false);

  const other = begin();
  const { stream } = other.client;
  other.client.stream = new PassThrough();
  other.clock.pass(RESEND_TIMEOUT_MS);
  other.clock.pass(PING_TIMEOUT_MS);
  expect(stream.destroyed).toBe(true);
  expect(other.client.stream.destroyed).toBe(false);
});
