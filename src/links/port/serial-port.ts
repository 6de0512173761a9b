/**
 * Serial ports, on `serialport`. Its traps shape this file: an object that was closed by force seems to open
 * again and is dead, so each opening has an object of its own; what is written to a closed one goes out at
 * the next opening; `error` without a listener ends the process; only a port that is read tells that it is
 * gone, and sometimes not even that one: it then reads nothing, again and again, at full speed. So the
 * device file is watched as well.
 */
import { realpath } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import type { OpenPort, PortEvents, PortSource } from './port.js';
import { watchPath } from './path-watch.js';
import { openProblem } from './serial-problems.js';

export interface SerialSettings {
  /** `/dev/serial/by-id/...` stays the same wherever the dongle is plugged in. */
  path: string;
  baudRate: number;
  /** Hardware flow control, for modems that have RTS and CTS wired. */
  rtscts: boolean;
  /**
   * Asks the adapter not to gather octets for up to 16 ms, as FTDI's do. At full speed that costs many
   * times the work, so only for modems that lose packets meanwhile.
   */
  lowLatency?: boolean;
}

/** Linux knows the request, the types do not. */
const LOW_LATENCY = { lowLatency: true } as Parameters<SerialPort['set']>[0];

export class SerialPortSource implements PortSource {
  readonly name: string;

  constructor(private readonly settings: SerialSettings) {
    this.name = settings.path;
  }

  async open(events: PortEvents): Promise<OpenPort> {
    const { path, baudRate, rtscts, lowLatency = false } = this.settings;
    try {
      // Only for whom has a serial port: it is a tenth of the start, and native code that may be missing.
      const { SerialPort } = await import('serialport');
      // The name is resolved anew each time: behind it may be another device file than before.
      const device = await realpath(path);
      const port = new SerialPort({
        path: device,
        baudRate,
        rtscts,
        autoOpen: false,
      });
      // For good: an error that nobody listens to would end the process.
      port.on('error', () => {});
      await opened(port);
      // Ports that do not know the request say so, and it does not matter.
      if (lowLatency) port.set(LOW_LATENCY, () => {});
      return new SerialDevice(port, device, events);
    } catch (error) {
      throw await openProblem(path, error as NodeJS.ErrnoException);
    }
  }

  watch(mayWork: () => void): () => void {
    return watchPath(this.settings.path, (isThere) => {
      if (isThere) mayWork();
    });
  }
}

async function opened(port: SerialPort): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve()));
  });
}

class SerialDevice implements OpenPort {
  private isGone = false;
  private readonly unwatch: () => void;

  constructor(
    private readonly port: SerialPort,
    device: string,
    private readonly events: PortEvents,
  ) {
    this.unwatch = watchPath(device, (isThere) => {
      if (!isThere) this.onGone('it was pulled out');
    });
    port.on('data', (octets: Buffer) => events.received(octets));
    // Both may come, and `close` twice.
    port.on('error', (error) => this.onGone(error.message));
    port.on('close', (error: Error | null | undefined) =>
      this.onGone(error?.message ?? 'it was closed'),
    );
  }

  get pendingBytes(): number {
    return this.port.writableLength;
  }

  write(octets: Uint8Array): void {
    if (this.isGone || !this.port.isOpen) return;
    // A view of the same octets, not a copy.
    this.port.write(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
  }

  async close(): Promise<void> {
    this.isGone = true;
    this.unwatch();
    const { port } = this;
    if (!port.isOpen) return;
    await new Promise<void>((resolve) => {
      port.close(() => resolve());
    });
  }

  private onGone(why: string): void {
    if (this.isGone) return;
    this.isGone = true;
    this.unwatch();
    if (this.port.isOpen) this.port.close(() => {});
    this.events.closed(why);
  }
}
