/** The shell of a probe: opens the port at each baud rate, carries octets to and fro, and keeps the time. */
import type { PortAddress } from '../../config/values.js';
import {
  type OpenPort,
  PortError,
  type PortEvents,
  type PortSource,
} from '../../links/port/port.js';
import type { Probe, ProbeEffect, ProbeInput, ProbeResult } from '../../modems/probe/probe.js';

interface RunOptions {
  progress: (text: string) => void;
  /** Ends it; it rejects then. */
  signal: AbortSignal;
}

/** Octets on their way out are waited for so long before the port is closed. */
const DRAIN_MS = 500;
const DRAIN_POLL_MS = 10;

/** Rejects with a `PortError`. */
export async function runProbe(
  probe: Probe,
  address: PortAddress,
  options: RunOptions,
): Promise<ProbeResult> {
  return new ProbeRun(probe, await sourcesOf(address), options).run();
}

type SourceAt = (baudRate: number | undefined) => PortSource;

async function sourcesOf(address: PortAddress): Promise<SourceAt> {
  if (address.kind === 'tcp') {
    const { TcpPortSource } = await import('../../links/port/tcp-port.js');
    return () => new TcpPortSource(address.host, address.port);
  }
  const { SerialPortSource } = await import('../../links/port/serial-port.js');
  return (baudRate) => {
    if (baudRate === undefined) throw new Error('broken invariant: a port without a baud rate');
    return new SerialPortSource({ path: address.path, baudRate, rtscts: false });
  };
}

class ProbeRun {
  private readonly end: Promise<ProbeResult>;
  private finish: (result: ProbeResult) => void = () => {};
  private giveUp: (error: Error) => void = () => {};
  private port: OpenPort | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly probe: Probe,
    private readonly sourceAt: SourceAt,
    private readonly options: RunOptions,
  ) {
    this.end = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.giveUp = reject;
    });
  }

  async run(): Promise<ProbeResult> {
    const { signal } = this.options;
    const abort = (): void => this.fail('interrupted');
    signal.addEventListener('abort', abort);
    try {
      if (signal.aborted) abort();
      else this.apply(this.probe.start());
      return await this.end;
    } finally {
      this.isOver = true;
      signal.removeEventListener('abort', abort);
      clearTimeout(this.timer);
      await this.closePort();
    }
  }

  private step(input: ProbeInput): void {
    if (this.isOver) return;
    this.apply(this.probe.step(input, performance.now()));
    this.arm();
  }

  private apply(effects: readonly ProbeEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open':
          void this.open(effect.baudRate);
          break;
        case 'write':
          this.port?.write(effect.data);
          break;
        case 'progress':
          this.options.progress(effect.text);
          break;
        case 'done':
          this.finish(effect.result);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  private async open(baudRate: number | undefined): Promise<void> {
    try {
      await this.closePort();
      const events: PortEvents = {
        received: (data) => this.step({ kind: 'received', data }),
        closed: (why) => this.fail(`the port is gone (${why})`),
      };
      const port = await this.sourceAt(baudRate).open(events, this.options.signal);
      this.port = port;
      if (this.isOver) await this.closePort();
      else this.step({ kind: 'opened' });
    } catch (error) {
      this.giveUp(error as Error);
    }
  }

  private async closePort(): Promise<void> {
    const { port } = this;
    this.port = undefined;
    if (port === undefined) return;
    const end = performance.now() + DRAIN_MS;
    while (port.pendingBytes > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    await port.close();
  }

  private fail(message: string): void {
    this.giveUp(new PortError(message));
  }

  private arm(): void {
    clearTimeout(this.timer);
    const deadline = this.probe.nextDeadline();
    if (deadline === undefined) return;
    const delayMs = Math.max(deadline - performance.now(), 1);
    // What has come in meanwhile goes first.
    this.timer = setTimeout(() => setImmediate(() => this.step({ kind: 'deadline' })), delayMs);
  }
}
