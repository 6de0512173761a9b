/** The built gateway as a process of its own, as an operator runs it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS, until } from './wait.js';

/** `GATEWAY_MAIN` is for a build elsewhere, an installed release for instance. */
export const MAIN =
  process.env['GATEWAY_MAIN'] ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** What the command line promises is five seconds; the rest is a busy machine's share. */
const STOP_TIMEOUT_MS = 15_000;

/** A line of the log. */
export interface LogLine {
  code?: string;
  msg: string;
  [field: string]: unknown;
}

export interface DaemonOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Where it runs, beside what an earlier one has left there; by default a new folder. */
  folder?: string;
}

export class Daemon {
  readonly lines: LogLine[] = [];
  /** Standard output and standard error so far. */
  output = '';
  errors = '';
  /** Exit code, or the name of the signal that ended it; resolves when all output is here. */
  readonly ended: Promise<number | string>;
  private unread = '';

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly folder: string,
  ) {
    this.ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.read(text));
  }

  /** Starts it without waiting for anything. `config` undefined: without a file. */
  static async spawn(config?: object | string, options: DaemonOptions = {}): Promise<Daemon> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'mqttsn-e2e-')));
    const args = ['run', ...(options.args ?? [])];
    if (config !== undefined) {
      await writeFile(join(folder, 'gateway.yaml'), yaml(config));
      args.push('-c', 'gateway.yaml');
    }
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Daemon(child, folder);
  }

  /** Resolves when devices are served and the broker is there. */
  static async start(config?: object | string, options?: DaemonOptions): Promise<Daemon> {
    const daemon = await Daemon.spawn(config, options);
    try {
      await daemon.ready();
      await daemon.logged('BROKER_UP');
      return daemon;
    } catch (error) {
      // Nobody else knows of it.
      await daemon.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async ready(): Promise<void> {
    await this.until(() => this.output.includes('ready: '), '`ready`');
  }

  /** UDP port of a link, by default of the first one. */
  port(link = ''): number {
    const [, port] = new RegExp(`${link} udp \\S+:(\\d+)`).exec(this.output) ?? [];
    return Number(port);
  }

  /** TCP port of the embedded broker. */
  brokerPort(): number {
    return this.lines.find(({ msg }) => msg.startsWith('embedded broker listens'))?.[
      'port'
    ] as number;
  }

  /** Resolves with the first line with this code, after so many lines. */
  logged(code: string, after = 0): Promise<LogLine> {
    return this.until(() => this.lines.slice(after).find((line) => line.code === code), code);
  }

  /** How many lines have all these fields. */
  count(fields: Partial<LogLine>): number {
    const wanted = Object.entries(fields);
    return this.lines.filter((line) => wanted.every(([name, value]) => line[name] === value))
      .length;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** From now on nobody reads its log: `journalctl` ended, or a pager. */
  deafen(): void {
    this.child.stderr.destroy();
  }

  /** Writes the file anew and sends SIGHUP; resolves with the line that says what came of it. */
  async reload(config: object | string, code = 'CONFIG_RELOADED'): Promise<LogLine> {
    const after = this.lines.length;
    await writeFile(join(this.folder, 'gateway.yaml'), yaml(config));
    this.signal('SIGHUP');
    return this.logged(code, after);
  }

  /** Resident memory in MiB. */
  async memoryMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Ends it by a signal. Fails unless it ends in time, with code 0, and never reported a bug. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.signal(signal);
    const code = await this.exitCode(STOP_TIMEOUT_MS);
    if (code !== 0) throw new Error(`the gateway ended with ${code} on ${signal}:\n${this.tail()}`);
    this.assertHealthy();
  }

  /** Ends it like a power cut. Its folder stays. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** How it ended. Fails when it does not. */
  async exitCode(deadlineMs = PATIENCE_MS): Promise<number | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the gateway is still there after ${deadlineMs} ms:\n${this.tail()}`));
      }, deadlineMs);
    });
    try {
      return await Promise.race([this.ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Fails when it has ever shown a stack trace. */
  assertHealthy(): void {
    if (/INTERNAL_ERROR|\n\s+at |\\n\s+at /.test(this.errors + this.output)) {
      throw new Error(`the gateway reported a bug:\n${this.errors.slice(-4000)}`);
    }
  }

  /** Whatever has happened to it: it is gone afterwards, and its folder too. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private read(text: string): void {
    this.errors += text;
    const lines = (this.unread + text).split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines)
      if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine);
  }

  private until<T>(condition: () => T, what: string): Promise<NonNullable<T>> {
    const look = (): T => {
      const found = condition();
      if (!found && this.child.exitCode !== null) {
        throw new Error(`the gateway ended before ${what}:\n${this.tail()}`);
      }
      return found;
    };
    return until(look, PATIENCE_MS, what).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.tail()}`);
    });
  }

  private tail(): string {
    return `${this.output}\n${this.errors.slice(-3000)}`;
  }
}

/** JSON is YAML. */
const yaml = (config: object | string): string =>
  typeof config === 'string' ? config : JSON.stringify(config, null, 1);
