/** A command at a terminal of its own, as somebody who sits before it has it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PATIENCE_MS, until } from './wait.js';

const CTRL_C = '\u0003';

export class Pty {
  /** All that the terminal was sent, control sequences included. */
  output = '';
  /** Exit code of the command. */
  readonly ended: Promise<number>;

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    this.ended = once(child, 'close').then(([code]) => code as number);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
  }

  /**
   * `script` of util-linux makes the terminal; its size is unknown. Ctrl-C reaches all who sit there: a
   * shell that waited for the command would die of it, so it lets the command take its place.
   */
  static start(command: readonly string[], cwd: string): Pty {
    const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const child = spawn('script', ['-qefc', `exec ${line}`, '/dev/null'], {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new Pty(child);
  }

  async shows(text: string): Promise<void> {
    await until(() => this.output.includes(text), PATIENCE_MS, `"${text}" in ${this.output}`);
  }

  async interrupt(): Promise<number> {
    this.child.stdin.write(CTRL_C);
    return this.ended;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
