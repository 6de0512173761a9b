/** What keeps a port open, with ports that do what the test says. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenPort, PortEvents, PortSource } from '../../../../src/links/port/port.js';
import { SupervisedPort } from '../../../../src/links/port/supervised-port.js';
import { Cleanup } from '../../../support/cleanup.js';

/** Takes octets as long as it is told to. */
class ScriptedPort implements OpenPort {
  pendingBytes = 0;
  isStuck = false;
  isClosed = false;

  constructor(readonly events: PortEvents) {}

  write(octets: Uint8Array): void {
    if (this.isStuck) this.pendingBytes += octets.length;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

class ScriptedSource implements PortSource {
  readonly name = 'scripted';
  readonly ports: ScriptedPort[] = [];
  /** What happens to a port as soon as it is open. */
  onOpened: (port: ScriptedPort) => void = () => {};
  mayWork: () => void = () => {};

  async open(events: PortEvents): Promise<OpenPort> {
    const port = new ScriptedPort(events);
    this.ports.push(port);
    this.onOpened(port);
    return port;
  }

  watch(mayWork: () => void): () => void {
    this.mayWork = mayWork;
    return () => {};
  }
}

const HOUR_MS = 3_600_000;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function supervised(onOpened: (port: ScriptedPort) => void = () => {}) {
  const source = new ScriptedSource();
  source.onOpened = onOpened;
  const lost: string[] = [];
  const problems: string[] = [];
  const told: string[] = [];
  const port = new SupervisedPort(source, {
    opened: () => told.push('opened'),
    received: () => told.push('received'),
    lost: (why) => {
      told.push('lost');
      lost.push(why);
    },
    problem: (message) => problems.push(message),
    trusted: () => told.push('trusted'),
  });
  cleanup.add(port, (one) => one.stop());
  await port.start();
  const [open] = source.ports;
  if (open === undefined) throw new Error('the port was not opened');
  return { port, open, lost, problems, told, source };
}

describe('a port that takes no octets any more', () => {
  it('is given up before what waits for it grows without end', async () => {
    const { port, open, lost } = await supervised();
    open.isStuck = true;
    for (let i = 0; i < 10_000; i++) port.write(new Uint8Array(100));
    expect(lost).toEqual([expect.stringContaining('takes no octets')]);
    expect(open.isClosed).toBe(true);
    expect(open.pendingBytes).toBeLessThan(100_000);
  });

  it('for a moment only is left alone', async () => {
    const { port, open, lost } = await supervised();
    open.isStuck = true;
    for (let i = 0; i < 300; i++) port.write(new Uint8Array(100));
    expect(lost).toEqual([]);
    expect(open.isClosed).toBe(false);
  });
});

describe('a port that is closed as soon as it is open', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const closes = (port: ScriptedPort): void => {
    setTimeout(() => port.events.closed('the other side has closed the connection'), 20);
  };

  it('again and again counts as one that cannot be opened: said once, with longer and longer pauses', async () => {
    const { port, source, problems } = await supervised(closes);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(problems).toEqual([
      'scripted can be opened and is closed at once (the other side has closed the connection): somebody else may use it',
    ]);
    expect(source.ports.length).toBeLessThan(160);
    expect(port.isTrusted).toBe(false);
  });

  it('and cannot be opened in between is told of once for each reason', async () => {
    const { port, source, problems } = await supervised(closes);
    let opens = 0;
    source.onOpened = (opened) => {
      if (++opens % 2 === 0) throw new Error('scripted is busy');
      closes(opened);
    };
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(problems).toHaveLength(2);
    expect(problems).toContain('scripted is busy');
    source.onOpened = () => {};
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(port.isTrusted).toBe(true);
    source.onOpened = () => {
      throw new Error('scripted is busy');
    };
    source.ports.at(-1)?.events.closed('pulled out');
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(problems.slice(2)).toEqual(['scripted is busy']);
  });

  it('is trusted again as soon as something is heard', async () => {
    const { port, source, told } = await supervised(closes);
    source.onOpened = () => {};
    await vi.advanceTimersByTimeAsync(1000);
    expect([port.isTrusted, told]).toEqual([false, ['opened', 'lost', 'opened']]);
    source.ports.at(-1)?.events.received(Uint8Array.of(1));
    expect([port.isTrusted, told.slice(3)]).toEqual([true, ['trusted', 'received']]);
  });

  it('is trusted again when it stays open, though nobody speaks', async () => {
    const { port, source, told } = await supervised(closes);
    source.onOpened = () => {};
    await vi.advanceTimersByTimeAsync(10_000);
    expect([port.isTrusted, told]).toEqual([true, ['opened', 'lost', 'opened', 'trusted']]);
  });

  it('is trusted again when it was plugged in anew', async () => {
    const { port, source } = await supervised(closes);
    await vi.advanceTimersByTimeAsync(100);
    expect(port.isTrusted).toBe(false);
    source.onOpened = () => {};
    source.mayWork();
    expect(port.isTrusted).toBe(true);
  });

  it('is a port that was lost if something was heard before, or it was open for a while', async () => {
    const { port, open, lost, problems } = await supervised();
    open.events.received(Uint8Array.of(1));
    open.events.closed('pulled out');
    expect([lost, problems, port.isTrusted]).toEqual([['pulled out'], [], true]);
    const other = await supervised();
    await vi.advanceTimersByTimeAsync(10_000);
    other.open.events.closed('pulled out');
    expect([other.lost, other.problems]).toEqual([['pulled out'], []]);
  });

  it('in the very moment in which it is opened: is lost, and opened again', async () => {
    let openings = 0;
    const { lost, told, source } = await supervised((port) => {
      if (++openings === 1) port.events.closed('gone');
    });
    expect([lost, told]).toEqual([['gone'], ['opened', 'lost']]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(source.ports).toHaveLength(2);
  });
});
