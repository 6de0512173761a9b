import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { VirtualModem } from '../modems/modem.js';
import type { Direction, PacedLine } from './line.js';
import { type ModemPort, type PortOptions, paced } from './port.js';
import { StableLink } from './stable-link.js';

export type PtyOptions = PortOptions & {
  /** What appears there: like /dev/ttyUSB0. */
  path: string;
  /** A name that stays when the number changes: like a link in /dev/serial/by-id. */
  stablePath?: string;
};

/** socat makes a pty in some 15 ms; a machine that is busy takes longer (modems.md 10). */
const READY_DEADLINE_MS = 5000;
const READY_POLL_MS = 5;
/** A host that reads nothing loses octets, as behind any UART. */
const UNREAD_BYTES_MAX = 64 * 1024;

type Socat = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A pseudo-terminal in front of a virtual modem: whoever opens its path sees a serial port. Throws, and
 * says what to install, when socat is missing.
 */
export async function openPty(modem: VirtualModem, options: PtyOptions): Promise<PtyPort> {
  const port = new PtyPort(modem, options);
  await port.open(options.path);
  return port;
}

export class PtyPort implements ModemPort {
  private readonly modem: VirtualModem;
  private readonly line: PacedLine;
  private readonly stableLink: StableLink | undefined;
  private currentPath: string;
  private socat: Socat | undefined;

  constructor(modem: VirtualModem, options: PtyOptions) {
    this.modem = modem;
    this.currentPath = options.path;
    this.stableLink =
      options.stablePath === undefined ? undefined : new StableLink(options.stablePath);
    this.line = paced(modem, options, (octets) => this.toHost(octets));
  }

  /** Where it is now, or was before it was unplugged. */
  get path(): string {
    return this.currentPath;
  }

  /** Makes the pty appear. */
  async open(path: string): Promise<void> {
    this.currentPath = path;
    // Left behind by a socat that was killed.
    rmSync(path, { force: true });
    const socat = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.socat = socat;
    socat.stdout.on('data', (octets: Buffer) => {
      if (this.socat !== socat) return;
      // A host that writes faster than the line has to wait, as at any serial port.
      socat.stdout.pause();
      this.line.hostWrites(Uint8Array.from(octets), () => socat.stdout.resume());
    });
    // What was under way to a pty that is gone is gone too.
    socat.stdin.on('error', () => {});
    try {
      await untilReady(socat, path);
    } catch (error) {
      this.socat = undefined;
      throw error;
    }
    // Unplugged meanwhile.
    if (this.socat !== socat) return;
    this.line.plug();
    this.stableLink?.pointTo(path);
  }

  unplug(): void {
    this.line.unplug();
    this.disappear();
    this.modem.powerOff();
  }

  unplugAfter(octets: number, direction: Direction): void {
    this.line.afterOctets(direction, octets, () => this.unplug());
  }

  /** Plugs it in again, under the same name or another; the modem starts anew. */
  async replug(path = this.currentPath): Promise<void> {
    await this.open(path);
    this.modem.reset();
  }

  async close(): Promise<void> {
    this.line.unplug();
    const socat = this.socat;
    this.disappear();
    const isRunning = socat?.exitCode === null && socat.signalCode === null;
    if (socat !== undefined && isRunning) await once(socat, 'exit');
  }

  private toHost(octets: Uint8Array): void {
    const stdin = this.socat?.stdin;
    if (stdin?.writable === true && stdin.writableLength < UNREAD_BYTES_MAX) stdin.write(octets);
  }

  private disappear(): void {
    this.socat?.kill('SIGKILL');
    this.socat = undefined;
    this.stableLink?.remove();
    // A killed socat leaves its link.
    rmSync(this.currentPath, { force: true });
  }
}

/** Until socat has made its link. Rejects with what it says when it cannot. */
async function untilReady(socat: Socat, path: string): Promise<void> {
  let complaint = '';
  let failure: Error | undefined;
  socat.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  socat.on('error', (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ENOENT';
    failure = isMissing ? new Error('socat is not installed: apt-get install socat') : error;
  });
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!existsSync(path)) {
    if (failure !== undefined) throw failure;
    if (socat.killed) return;
    if (socat.exitCode !== null) throw new Error(`socat made no pty: ${complaint.trim()}`);
    if (performance.now() > deadline) {
      socat.kill('SIGKILL');
      throw new Error(`socat made no pty at ${path} within ${READY_DEADLINE_MS} ms`);
    }
    await delay(READY_POLL_MS);
  }
}
