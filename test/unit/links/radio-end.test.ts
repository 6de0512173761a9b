/** The end of a radio link: what devices wait for still leaves, if there is time for it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkEvent, Urgency } from '../../../src/core/types.js';
import type { OpenPort } from '../../../src/links/port/port.js';
import { RadioLink } from '../../../src/links/radio.js';
import { Channel } from '../../../src/modems/channel.js';
import { createModem } from '../../../src/modems/registry.js';

const DISCONNECT = Uint8Array.of(2, 0x18);
const PATIENCE_MS = 3000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A line whose octets are the radio's: a message of two octets and its header take 0.7 seconds. */
async function world({ isThere = true, dutyCycle = null as number | null } = {}) {
  const written: string[] = [];
  const told: LinkEvent[] = [];
  let skewMs = 0;
  const port: OpenPort = {
    write: (octets) => written.push(Buffer.from(octets).toString('hex')),
    pendingBytes: 0,
    close: async () => {},
  };
  const modem = createModem({
    modem: 'slip',
    baudRate: 115_200,
    messageBytesMax: 60,
    addressing: { kind: 'fe' },
  });
  const link = new RadioLink({
    name: 'field',
    modem: 'slip',
    source: {
      name: '/dev/scripted',
      open: () => (isThere ? Promise.resolve(port) : Promise.reject(new Error('not there'))),
      watch: () => () => {},
    },
    channel: new Channel({
      modem,
      air: { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 },
      dutyCycle,
    }),
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()) + skewMs,
  });
  await link.start({
    datagram: () => {},
    told: (event) => told.push(event),
    warning: () => {},
    info: () => {},
  });
  const say = (address: string, urgency: Urgency = 1): void =>
    link.send(address, DISCONNECT, urgency);
  const drained = vi.fn<() => void>();
  const drain = (): void => void link.drain(PATIENCE_MS).then(drained);
  const dropped = (): unknown[] => told.filter(({ event }) => event === 'dropped');
  /** The gateway is busy with something else. */
  const skew = (ms: number): void => {
    skewMs += ms;
  };
  return { link, written, say, drain, drained, dropped, skew };
}

describe('a radio link that is drained', () => {
  it('resolves when the last answer has left, and not before', async () => {
    const { link, written, say, drain, drained, dropped } = await world();
    for (const address of ['0001', '0002', '0003']) say(address);
    drain();
    await vi.advanceTimersByTimeAsync(2000);
    expect(written).toHaveLength(3);
    expect(drained).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(900);
    expect(drained).toHaveBeenCalled();
    expect(dropped()).toEqual([]);
    await link.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has waited long enough: tells what has not left, and sends no more', async () => {
    const { link, written, say, drain, drained, dropped } = await world();
    for (let node = 1; node <= 6; node++) say(`000${node}`);
    drain();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(drained).toHaveBeenCalled();
    const before = written.length;
    expect(before).toBeGreaterThan(2);
    // What the modem has just got may go out or not: nobody knows.
    expect(dropped()).toHaveLength(6 - before + 1);
    expect(dropped()[0]).toMatchObject({ event: 'dropped', reason: 'link-down', data: DISCONNECT });
    say('0009');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(before);
    await link.stop();
  });

  it('waits for nothing that no device waits for', async () => {
    const { link, say, drain, drained, dropped } = await world();
    say('0001');
    for (let node = 2; node <= 6; node++) say(`000${node}`, 4);
    drain();
    await vi.advanceTimersByTimeAsync(1000);
    expect(drained).toHaveBeenCalled();
    expect(dropped()).toHaveLength(5);
    await link.stop();
  });

  it('the hour is used up: at once, with the answers that have no air told as dropped', async () => {
    // 3.6 seconds, of which messages keep a tenth: four DISCONNECTs.
    const { link, written, say, drain, drained, dropped } = await world({ dutyCycle: 0.001 });
    for (let node = 1; node <= 4; node++) say(`000${node}`);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written).toHaveLength(4);
    for (const address of ['0005', '0006']) say(address);
    expect(dropped()).toMatchObject([
      { reason: 'air-time-used-up', address: '0005', data: DISCONNECT },
      { reason: 'air-time-used-up', address: '0006', data: DISCONNECT },
    ]);
    drain();
    await vi.advanceTimersByTimeAsync(0);
    expect(drained).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(4);
    await link.stop();
  });

  it('without a port: at once, and everything was told before', async () => {
    const { link, say, drain, drained, dropped } = await world({ isThere: false });
    say('0001');
    expect(dropped()).toMatchObject([{ reason: 'link-down' }]);
    drain();
    await vi.advanceTimersByTimeAsync(0);
    expect(drained).toHaveBeenCalled();
    await link.stop();
  });
});

describe('a radio link that is stopped', () => {
  it.each([0, 100])('leaves no timer behind, though one was %i ms late', async (lateMs) => {
    const { link, say, skew } = await world();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    say('0001');
    skew(lateMs);
    // The deadline is due, and what has come in meanwhile goes first.
    vi.advanceTimersToNextTimer();
    await link.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
