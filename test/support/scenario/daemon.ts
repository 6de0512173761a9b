import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from '../wait.js';

const WARP = fileURLToPath(new URL('../warp.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const STOP_TIMEOUT_MS = 10_000;

/** The built gateway as a process of its own, with a clock that can be made to leap. */
export class Daemon {
  private process: ChildProcess | undefined;
  private folder = '';
  private output = '';

  /** UDP port of its only link. */
  port = 0;
  /** By how much its clock is ahead. */
  leaptMs = 0;

  /** Resolves when it says `ready`. */
  async start(config: object): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'mqttsn-scenarios-'));
    const file = join(this.folder, 'gateway.yaml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config));
    const child = spawn(process.execPath, ['--import', WARP, MAIN, 'run', '-c', file], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: this.folder,
    });
    this.process = child;
    await new Promise<void>((ready, fail) => {
      const giveUp = (why: string) => fail(new Error(`the gateway ${why}:\n${this.output}`));
      const timer = setTimeout(giveUp, PATIENCE_MS, 'is not ready');
      child.once('exit', (code) => giveUp(`ended with code ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (data: Buffer) => {
          this.output += data.toString();
          const port = /ready.*udp 127\.0\.0\.1:(\d+)/.exec(this.output)?.[1];
          if (port === undefined) return;
          this.port = Number(port);
          clearTimeout(timer);
          ready();
        });
      }
    });
  }

  /** Resolves when its clock is ahead by `ms` more and everything that was due has been set off. */
  async leap(ms: number): Promise<void> {
    const child = this.process;
    if (!child?.connected) throw new Error(`the gateway has ended:\n${this.output.slice(-2000)}`);
    const done = once(child, 'message');
    child.send({ leapMs: ms });
    await done;
    this.leaptMs += ms;
    // What it has sent is with us by now, but behind its answer: the sockets get their turn.
    for (let round = 0; round < 2; round++) await new Promise((turn) => setImmediate(turn));
  }

  /** Resolves when it has seen everything that was sent to it. */
  catchUp(): Promise<void> {
    return this.leap(0);
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
