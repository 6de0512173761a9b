/** Two ports that are one, with ports that do what the test says. */
import { describe, expect, it } from 'vitest';
import { PairedPortSource } from '../../../../src/links/port/paired-port.js';
import {
  type OpenPort,
  PortError,
  type PortEvents,
  type PortSource,
} from '../../../../src/links/port/port.js';

class ScriptedPort implements OpenPort {
  readonly written: number[] = [];
  pendingBytes = 0;
  isClosed = false;

  constructor(readonly events: PortEvents) {}

  write(octets: Uint8Array): void {
    this.written.push(...octets);
    this.pendingBytes += octets.length;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Opens when it is told to. */
class ScriptedSource implements PortSource {
  port: ScriptedPort | undefined;
  mayWork: (() => void) | undefined;
  private settle: { open: () => void; fail: (error: Error) => void } | undefined;

  constructor(readonly name: string) {}

  open(events: PortEvents): Promise<OpenPort> {
    return new Promise((resolve, reject) => {
      const port = new ScriptedPort(events);
      this.port = port;
      this.settle = { open: () => resolve(port), fail: reject };
    });
  }

  watch(mayWork: () => void): () => void {
    this.mayWork = mayWork;
    return () => {
      this.mayWork = undefined;
    };
  }

  opens(): void {
    this.settle?.open();
  }

  fails(why: string): void {
    this.settle?.fail(new PortError(why, true));
  }
}

function world() {
  const rx = new ScriptedSource('rx');
  const tx = new ScriptedSource('tx');
  const source = new PairedPortSource(rx, tx);
  const heard: unknown[] = [];
  const closed: string[] = [];
  const opening = source.open({
    received: (octets, line) => heard.push([...octets, line]),
    closed: (why) => closed.push(why),
  });
  const opened = async (): Promise<OpenPort> => {
    rx.opens();
    tx.opens();
    return await opening;
  };
  return { rx, tx, source, heard, closed, opening, opened };
}

describe('a pair of ports', () => {
  it('has the names of both', () => {
    expect(world().source.name).toBe('rx and tx');
  });

  it('writes to the one that transmits, and says from which one octets come', async () => {
    const { rx, tx, heard, opened } = world();
    const pair = await opened();
    pair.write(Uint8Array.of(1, 2));
    expect([rx.port?.written, tx.port?.written]).toEqual([[], [1, 2]]);
    expect(pair.pendingBytes).toBe(2);
    rx.port?.events.received(Uint8Array.of(3));
    tx.port?.events.received(Uint8Array.of(4));
    expect(heard).toEqual([
      [3, undefined],
      [4, 'transmitter'],
    ]);
  });

  it.each(['rx', 'tx'] as const)(
    '%s is lost: the other one is closed, and it is told once',
    async (which) => {
      const { rx, tx, closed, opened } = world();
      await opened();
      const [lost, other] = which === 'rx' ? [rx, tx] : [tx, rx];
      lost.port?.events.closed('pulled out');
      other.port?.events.closed('pulled out, too');
      expect(closed).toEqual([`${which}: pulled out`]);
      expect(other.port?.isClosed).toBe(true);
    },
  );

  it.each(['rx', 'tx'] as const)(
    '%s cannot be opened: the other one is closed, and why is told as it was said',
    async (which) => {
      const { rx, tx, opening } = world();
      const [failing, other] = which === 'rx' ? [rx, tx] : [tx, rx];
      other.opens();
      failing.fails('no rights');
      await expect(opening).rejects.toMatchObject({ message: 'no rights', isPatient: true });
      expect(other.port?.isClosed).toBe(true);
    },
  );

  it('one is lost while the other is opened: it is closed, and another attempt is due', async () => {
    const { rx, tx, closed, heard, opening } = world();
    rx.opens();
    rx.port?.events.received(Uint8Array.of(1));
    rx.port?.events.closed('pulled out');
    tx.opens();
    await expect(opening).rejects.toThrow('rx: pulled out, while the other one was opened');
    expect(tx.port?.isClosed).toBe(true);
    expect([heard, closed]).toEqual([[], []]);
  });

  it('is closed: both are, and nothing is told any more', async () => {
    const { rx, tx, closed, heard, opened } = world();
    const pair = await opened();
    await pair.close();
    expect([rx.port?.isClosed, tx.port?.isClosed]).toEqual([true, true]);
    rx.port?.events.received(Uint8Array.of(1));
    tx.port?.events.closed('late');
    expect([heard, closed]).toEqual([[], []]);
  });

  it('may work again when either may', () => {
    const { rx, tx, source } = world();
    let hints = 0;
    const end = source.watch(() => hints++);
    rx.mayWork?.();
    tx.mayWork?.();
    expect(hints).toBe(2);
    end();
    expect([rx.mayWork, tx.mayWork]).toEqual([undefined, undefined]);
  });
});
