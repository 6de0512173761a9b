/**
 * Modems at the other end of serial ports: a program of its own, so that its CPU time is not counted. Each
 * port is a pty, which has no pace; what a UART and its USB adapter let through in a while is written at once.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { BAUD_RATE, serialKind } from './serial-kinds.js';
import { SaturatedLine } from './serial-line.js';
import type { FeederOrder, FeederReport } from './serial-processes.js';

/** Start bit, eight bits, stop bit. */
const LINE_OCTETS_PER_MS = BAUD_RATE / 10_000;
/** What waits for a reader that is busy; more means that it does not keep up. */
const BEHIND_BYTES_MAX = 64 * 1024;
const LOOK_MS = 5;

type Socat = ChildProcessByStdio<Writable, Readable, null>;

interface Port {
  line: SaturatedLine;
  socat: Socat;
}

const ports: Port[] = [];
let timer: NodeJS.Timeout | undefined;
let octetsPerMs = 0;
let fedUntil = 0;

async function open(path: string, kind: string): Promise<Port> {
  const line = new SaturatedLine(serialKind(kind));
  const socat = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const failed = new Promise<never>((_, reject) => {
    socat.once('error', reject);
    socat.once('exit', () => reject(new Error(`socat made no pty for ${kind}`)));
  });
  socat.stdout.on('data', (octets: Buffer) => {
    line.hostWrites(Uint8Array.from(octets));
    if (timer === undefined) for (const answer of line.takeAnswers()) socat.stdin.write(answer);
  });
  while (!existsSync(path)) await Promise.race([pause(LOOK_MS), failed]);
  failed.catch(() => {});
  return { line, socat };
}

/** Everything that has come since the last time: as late as the timer may be, the rate is right. */
function feed(): void {
  const now = performance.now();
  const bytes = Math.floor((now - fedUntil) * octetsPerMs);
  fedUntil += bytes / octetsPerMs;
  for (const { line, socat } of ports) {
    if (socat.stdin.writableLength > BEHIND_BYTES_MAX)
      throw new Error('a port is not read fast enough');
    socat.stdin.write(line.take(bytes));
  }
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
  for (const { line, socat } of ports) socat.stdin.write(line.takeRest());
}

function tell(report: FeederReport): void {
  process.send?.(report);
}

async function take(order: FeederOrder): Promise<void> {
  switch (order.order) {
    case 'open':
      for (const { path, kind } of order.ports) ports.push(await open(path, kind));
      tell({});
      return;
    case 'feed':
      clearInterval(timer);
      octetsPerMs = order.speed * LINE_OCTETS_PER_MS;
      fedUntil = performance.now();
      timer = setInterval(feed, order.everyMs);
      tell({});
      return;
    case 'stop':
      stop();
      tell({ frames: ports.map(({ line }) => line.frames) });
      return;
    default:
      order satisfies never;
  }
}

process.on('message', (order: FeederOrder) => void take(order));
process.on('disconnect', () => {
  for (const { socat } of ports) socat.kill();
  process.exit();
});
