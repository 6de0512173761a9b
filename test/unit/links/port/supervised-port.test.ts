/** What keeps a port open, with ports that do what the test says. */
import { afterEach, describe, expect, it } from 'vitest';
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

  async open(events: PortEvents): Promise<OpenPort> {
    const port = new ScriptedPort(events);
    this.ports.push(port);
    return port;
  }

  watch(): () => void {
    return () => {};
  }
}

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function supervised() {
  const source = new ScriptedSource();
  const lost: string[] = [];
  const port = new SupervisedPort(source, {
    opened: () => {},
    received: () => {},
    lost: (why) => lost.push(why),
    problem: () => {},
  });
  cleanup.add(port, (one) => one.stop());
  await port.start();
  const [open] = source.ports;
  if (open === undefined) throw new Error('the port was not opened');
  return { port, open, lost };
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
