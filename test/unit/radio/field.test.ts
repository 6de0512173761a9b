/** Hours of a LoRa field: twenty devices at SF9 in sub-band M of EU868, where the gateway has 36 s. */
import { describe, expect, it } from 'vitest';
import type { Priority, RadioFrame } from '../../../src/radio/frames.js';
import { bandOf, PLANS } from '../../../src/radio/plans.js';
import { worstHourMs } from './hour.js';
import { lora } from '../../support/radio/lora-settings.js';
import { Transmitter } from './transmitter.js';

const HOUR_MS = 3_600_000;
const DEVICES = 20;
/** A device that has sent listens for so long. */
const LISTENS_MS = 2000;

/** Repeatable chance: a linear congruential generator. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Traffic {
  /** Each device sends a message at QoS 1 about so often. */
  reportEveryMs: number;
  /** So often somebody sends a message to a device. */
  commandEveryMs: number;
}

type Offered = RadioFrame & { at: number; accepted: boolean };

/** Three hours of it, and then silence. */
function someHours({ reportEveryMs, commandEveryMs }: Traffic) {
  const settings = lora({ frequencyHz: 868_100_000 });
  const { band } = bandOf(PLANS.EU868, settings.frequencyHz, settings.bandwidthHz);
  const modem = new Transmitter({
    air: { kind: 'lora', settings },
    dutyCycle: band?.dutyCycle ?? null,
    waitMaxMs: 10_000,
  });
  const roll = dice(42);
  const offered = new Map<number, Offered>();
  const offer = (priority: Priority, address: string | null, bytes: number, lastsMs: number) => {
    const changes = { address, bytes, expiresAt: modem.now + lastsMs };
    const solicited = priority < 3 ? {} : { backoff: roll() };
    const { id, accepted } = modem.offer(priority, { ...changes, ...solicited });
    offered.set(id, { id, priority, ...changes, at: modem.now, accepted });
  };
  const events: { at: number; run: () => void }[] = [];
  for (let device = 0; device < DEVICES; device++) {
    const address = `${device}`;
    for (let at = roll() * reportEveryMs; at < 3 * HOUR_MS; at += reportEveryMs * (0.5 + roll())) {
      const run = () => {
        modem.heard(address);
        // PUBACK has seven octets.
        offer(1, address, 7, LISTENS_MS);
      };
      events.push({ at: Math.floor(at), run });
    }
  }
  for (let at = 0; at < 3 * HOUR_MS; at += commandEveryMs) {
    const address = `${Math.floor(roll() * DEVICES)}`;
    events.push({ at, run: () => offer(roll() < 0.5 ? 3 : 4, address, 20, 15_000) });
  }
  for (let at = 0; at < 3 * HOUR_MS; at += 900_000) {
    events.push({ at, run: () => offer(5, null, 5, 60_000) });
  }
  for (const { at, run } of events.sort((a, b) => a.at - b.at)) {
    modem.runUntil(at);
    run();
  }
  modem.run(HOUR_MS);
  return { modem, offered };
}

describe('twenty devices at SF9 with one percent', () => {
  it('a quiet field: every answer and every message goes out at once', () => {
    // 80 answers and 30 messages an hour: 19 s.
    const { modem, offered } = someHours({ reportEveryMs: 900_000, commandEveryMs: 120_000 });
    expect(modem.dropped).toEqual([]);
    expect([...offered.values()].filter(({ accepted }) => !accepted)).toEqual([]);
    expect(modem.sent).toHaveLength(offered.size);
    for (const { frame, fromMs } of modem.sent) {
      expect(fromMs - (offered.get(frame.id)?.at ?? 0)).toBeLessThan(1000);
    }
  });

  it('too many messages: every answer goes out while its device listens', () => {
    // 40 answers an hour are 5 s, less than the reserve; 720 messages want 130 s.
    const { modem, offered } = someHours({ reportEveryMs: 1_800_000, commandEveryMs: 5000 });
    judge(modem, offered);
    const waits = modem.sent
      .filter(({ frame }) => frame.priority === 1)
      .map(({ frame, fromMs }) => fromMs - (offered.get(frame.id)?.at ?? 0));
    expect(waits).toHaveLength(
      [...offered.values()].filter(({ priority }) => priority === 1).length,
    );
    expect(Math.max(...waits)).toBeLessThan(500);
    expect(modem.scheduler.usage(modem.now).refused['expired-before-sent']).toBeGreaterThan(1000);
  });

  it('too much of everything: the law holds, and nothing is late', () => {
    // 240 answers an hour are 30 s of the 36.
    const { modem, offered } = someHours({ reportEveryMs: 300_000, commandEveryMs: 5000 });
    judge(modem, offered);
    const answers = modem.sent.filter(({ frame }) => frame.priority === 1);
    expect(answers.length).toBeGreaterThan(3 * 100);
  });
});

/** The hours are full and not fuller, what was accepted has an end, and what was sent was in time. */
function judge(modem: Transmitter, offered: ReadonlyMap<number, Offered>): void {
  const worst = worstHourMs(
    modem.sent.map(({ toMs, transmission }) => ({ fromMs: toMs - transmission.airMs, toMs })),
  );
  expect(worst).toBeLessThanOrEqual(36_000);
  expect(worst).toBeGreaterThan(33_000);
  for (const { frame, fromMs, transmission } of modem.sent) {
    expect(fromMs + transmission.airMs).toBeLessThanOrEqual(frame.expiresAt);
  }
  const accepted = [...offered.values()].filter((one) => one.accepted);
  expect(modem.sent.length + modem.dropped.length).toBe(accepted.length);
}
