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

  nextDeadline(): undefined {
    return undefined;
  }

  maxMessageBytes(): number {
    return 50;
  }

  airBytes(messageBytes: number): number {
    return messageBytes;
  }
}

it('a modem that fails at each opening is told of once, and again after it has worked', async () => {
  const modem = new BrokenModem();
  const air = { kind: 'rate', bytesPerSecond: 1000, overheadMs: 0 } as const;
  const link = new RadioLink({
    name: 'field',
    modem: 'scripted',
    source,
    channel: new Channel({ modem, air, dutyCycle: null }),
    keep: (_records, kept) => kept(),
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
