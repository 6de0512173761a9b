/** Programs under measurement run as processes of their own: their CPU time and memory are the kernel's word. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';

export class Program {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Starts a program and waits until `ready` appears in what it prints. */
  static async start(
    command: string,
    args: readonly string[],
    ready: string,
    folder = '',
  ): Promise<Program> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let text = '';
      const onData = (chunk: Buffer): void => {
        text += chunk.toString();
        if (text.includes(ready)) resolve();
      };
      child.stdout?.on('data', onData);
      child.stderr?.on('data', onData);
      child.once('exit', () => reject(new Error(`${command} ended: ${text}`)));
      child.once('error', reject);
    });
    child.stdout?.removeAllListeners('data').resume();
    child.stderr?.removeAllListeners('data').resume();
    return new Program(child, folder);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Time that its threads have run so far, in microseconds: the scheduler's own word, in nanoseconds, where `stat` counts hundredths. */
  cpuMicroseconds(): number {
    const tasks = `/proc/${this.child.pid}/task`;
    const nanoseconds = readdirSync(tasks).map((task) =>
      Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000;
  }

  /** Resident memory in octets. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Mosquitto with windows wide enough not to be what is measured. */
export async function startBroker(port: number): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-broker-'));
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 2000\nmax_queued_messages 0\nset_tcp_nodelay true\n`,
  );
  return Program.start('mosquitto', ['-v', '-c', file], 'running', folder);
}

/** `httpPort`: of its HTTP server; without one there is none. */
export async function startGateway(
  udpPort: number,
  brokerPort: number,
  httpPort?: number,
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(
    file,
    `gateway: { name: bench-${udpPort} }
mqtt: { server: 'mqtt://127.0.0.1:${brokerPort}', max_inflight: 2000 }
links: [{ name: lan, type: udp, listen: '127.0.0.1:${udpPort}' }]
store: { path: '${join(folder, 'data')}' }
limits: { devices: 20000, datagrams_per_second_per_device: 1000000 }
log: { level: info, format: json }
${httpPort === undefined ? '' : `http: { listen: '127.0.0.1:${httpPort}' }\n`}`,
  );
  return Program.start(process.execPath, ['dist/main.js', 'run', '-c', file], 'BROKER_UP', folder);
}

export function startBarePipe(udpPort: number, brokerPort: number, qos: 0 | 1): Promise<Program> {
  const args = ['build/bench/bare-pipe.js', `${udpPort}`, `${brokerPort}`, `${qos}`];
  return Program.start(process.execPath, args, 'ready');
}
