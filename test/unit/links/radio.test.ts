/** What a radio link tells an operator, with a port and a modem that do what the test says. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkEvents } from '../../../src/links/link.js';
import type { OpenPort, PortSource } from '../../../src/links/port/port.js';
import { RadioLink } from '../../../src/links/radio.js';
import { Channel } from '../../../src/modems/channel.js';
import type { Modem, ModemEffect, ModemInput } from '../../../src/modems/modem.js';

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Opens at once, and whoever is behind it says nothing. */
const source: PortSource = {
  name: '/dev/scripted',
  open: async (): Promise<OpenPort> => ({
    write: () => {},
    pendingBytes: 0,
    close: async () => {},
  }),
  watch: () => () => {},
};

/** Gives up at each opening, until it is mended. */
class BrokenModem implements Modem {
  isMended = false;

  step({ kind }: ModemInput): readonly ModemEffect[] {
    if (kind !== 'opened') return [];
    if (this.isMended) return [{ kind: 'state', state: 'ready' }];
    return [
      { kind: 'state', state: 'starting' },
      { kind: 'problem', code: 'MODEM_SILENT', message: 'nobody answers' },
      { kind: 'reopen', why: 'nobody answers' },
    ];
  }

  nextDeadline(): number | undefined {
    return undefined;
  }

  maxMessageBytes(): number {
    return 50;
  }

  airBytes(messageBytes: number): number {
    return messageBytes;
  }
}

const air = { kind: 'rate', bytesPerSecond: 1000, overheadMs: 0 } as const;

it('a modem that fails at each opening is told of once, and again after it has worked', async () => {
  const modem = new BrokenModem();
  const link = new RadioLink({
    name: 'field',
    modem: 'scripted',
    source,
    channel: new Channel({ modem, air, dutyCycle: null }),
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()),
  });
  const said: string[] = [];
  const events: LinkEvents = {
    datagram: () => {},
    told: () => {},
    warning: (code) => said.push(code),
    info: (code) => said.push(code),
  };
  await link.start(events);
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(said.toSorted()).toEqual(['LINK_PORT_LOST', 'MODEM_SILENT']);
  modem.isMended = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said.slice(2)).toEqual(['LINK_READY']);
  await link.stop();
});

it('while the air time cannot be kept it says so, once each time, and when that is over', async () => {
  let tell: (works: boolean) => void = () => {};
  const link = new RadioLink({
    name: 'field',
    modem: 'scripted',
    source,
    channel: new Channel({ modem: new BrokenModem(), air, dutyCycle: 0.01 }),
    journal: {
      keep: (_records, kept) => kept(),
      watch: (watcher) => {
        tell = watcher;
      },
    },
    now: () => Math.floor(performance.now()),
  });
  const said: string[] = [];
  const say = (code: string, message: string): number => said.push(`${code}: ${message}`);
  await link.start({ datagram: () => {}, told: () => {}, warning: say, info: say });
  const before = said.length;
  for (const works of [false, false, true, true]) tell(works);
  expect(said.slice(before)).toEqual([
    'LINK_AIR_TIME_REDUCED: link "field": until its air time can be kept on disk it uses 0 s of an hour, not 36 s; a restart would forget the rest',
    'LINK_AIR_TIME_RESTORED: link "field": its air time is kept on disk again',
  ]);
  await link.stop();
});

it('a port that is closed at each opening is told of once, and the modem works when it has been heard', async () => {
  let isMended = false;
  let hear: (octets: Uint8Array) => void = () => {};
  const modem = new BrokenModem();
  modem.isMended = true;
  const link = new RadioLink({
    name: 'field',
    modem: 'scripted',
    source: {
      ...source,
      open: async (events) => {
        hear = (octets) => events.received(octets);
        if (!isMended) setTimeout(() => events.closed('closed by the other side'), 10);
        return source.open(events);
      },
    },
    channel: new Channel({ modem, air, dutyCycle: null }),
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()),
  });
  const said: string[] = [];
  const say = (code: string): number => said.push(code);
  await link.start({ datagram: () => {}, told: () => {}, warning: say, info: say });
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(said).toEqual(['LINK_PORT_LOST', 'LINK_PORT_UNAVAILABLE']);
  isMended = true;
  await vi.advanceTimersByTimeAsync(40_000);
  hear(Uint8Array.of(1));
  expect(said.slice(2)).toEqual(['LINK_READY']);
  await link.stop();
});

/** Wants to be asked again after each moment, and notes when it was. */
class PunctualModem extends BrokenModem {
  readonly asked: number[] = [];
  private dueAt = 10;

  override step({ kind }: ModemInput): readonly ModemEffect[] {
    if (kind === 'deadline') {
      this.asked.push(performance.now());
      this.dueAt = performance.now() + 10;
    }
    return [];
  }

  override nextDeadline(): number {
    return this.dueAt;
  }
}

it('octets without end: a deadline that the gateway was late for once is looked at all the same', async () => {
  let hear: (octets: Uint8Array) => void = () => {};
  let lateMs = 0;
  const modem = new PunctualModem();
  const link = new RadioLink({
    name: 'field',
    modem: 'scripted',
    source: {
      ...source,
      open: async (events) => {
        hear = (octets) => events.received(octets);
        return source.open(events);
      },
    },
    channel: new Channel({ modem, air, dutyCycle: null }),
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()) + lateMs,
  });
  await link.start({ datagram: () => {}, told: () => {}, warning: () => {}, info: () => {} });
  lateMs = 10;
  const before = modem.asked.length;
  for (let at = 0; at < 1000; at += 5) {
    await vi.advanceTimersByTimeAsync(5);
    hear(Uint8Array.of(1));
  }
  expect(modem.asked.length - before).toBeGreaterThan(20);
  await link.stop();
});
