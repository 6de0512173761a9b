/** A real mosquitto on a free port, with a temporary directory for its configuration and data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.js';
import { PATIENCE_MS, until } from './wait.js';

export interface MosquittoOptions {
  /** Lines before the first listener: global settings. */
  global?: string[];
  /** Lines for the listener. The default lets everybody in. */
  listener?: string[];
  /** A port that is known already; by default a free one. */
  port?: number;
  /** What is logged, and kept until the end. Default: all. */
  log?: 'all' | 'none';
}

export class Mosquitto {
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(
    readonly directory: string,
    readonly port: number,
    private readonly program: string,
  ) {}

  /** Resolves when the broker answers on its port. */
  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const directory = await mkdtemp(join(tmpdir(), 'mosquitto-'));
    const port = options.port ?? (await freePort());
    const lines = [
      'log_dest stderr',
      `log_type ${options.log ?? 'all'}`,
      'set_tcp_nodelay true',
      ...(options.global ?? []),
      `listener ${port} 127.0.0.1`,
      ...(options.listener ?? ['allow_anonymous true']),
    ];
    const broker = new Mosquitto(directory, port, await findProgram());
    await writeFile(join(directory, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    await broker.#run();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** What the broker has logged so far. */
  get log(): string {
    return this.#log;
  }

  /** Ends the broker in good order. It keeps its port for `restart`. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the broker like a power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The broker stops answering, but its sockets stay open. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#run();
  }

  /** Ends the broker and removes its directory. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const child = spawn(this.program, ['-c', join(this.directory, 'mosquitto.conf')], {
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    await until(
      () => child.exitCode !== null || answers(this.port),
      PATIENCE_MS,
      `mosquitto on port ${this.port}`,
    );
    if (child.exitCode !== null) throw new Error(`mosquitto did not start:\n${this.#log}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    // A frozen broker can be killed as it is, and says nothing more.
    if (signal === 'SIGTERM') child.kill('SIGCONT');
    child.kill(signal);
    await exit;
  }
}

let located: Promise<string> | undefined;

/** Looked for once. Debian keeps it where a user's PATH does not look. */
const findProgram = (): Promise<string> => (located ??= search());

async function search(): Promise<string> {
  for (const program of ['mosquitto', '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto']) {
    const child = spawn(program, ['-h'], { stdio: 'ignore' });
    const found = await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(true));
    });
    if (found) return program;
  }
  throw new Error('mosquitto is missing: apt-get install mosquitto');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
