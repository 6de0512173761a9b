/** A terminal that remembers, and commands that run in it. */
import { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import type { Terminal } from '../../../src/cli/terminal.js';
import { eventually } from '../client/scripted-gateway.js';

export class TestTerminal implements Terminal {
  output = '';
  errors = '';
  exitCode: number | undefined;
  /** Something was written although the reader could not take more. */
  isOverrun = false;
  private isTaken = true;
  private readonly triggers = new Set<() => void>();
  private interruptHandler: (() => void) | undefined;

  /** @param reader resolves when it can take more */
  constructor(
    readonly input: Readable = Readable.from([]),
    private readonly reader: (signal: AbortSignal) => Promise<unknown> = async () => {},
  ) {}

  out(text: string | Uint8Array): void {
    if (!this.isTaken) this.isOverrun = true;
    this.isTaken = false;
    this.output += typeof text === 'string' ? text : Buffer.from(text).toString();
    for (const check of [...this.triggers]) check();
  }

  async taken(signal: AbortSignal): Promise<void> {
    await this.reader(signal);
    this.isTaken = true;
  }

  err(line: string): void {
    this.errors += `${line}\n`;
    for (const check of [...this.triggers]) check();
  }

  exitWith(code: number): void {
    this.exitCode = code;
  }

  onInterrupt(handler: () => void): () => void {
    this.interruptHandler = handler;
    return () => {
      this.interruptHandler = undefined;
    };
  }

  interrupt(): void {
    this.interruptHandler?.();
  }

  printed(text: string): Promise<void> {
    return eventually(() => (this.output + this.errors).includes(text), this.triggers, text);
  }
}

/** Runs one command line; the exit code is that of the command or of commander's refusal. */
export async function runCommand(
  register: (program: Command, terminal: Terminal) => void,
  args: string[],
  terminal = new TestTerminal(),
): Promise<TestTerminal> {
  const program = new Command().exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text),
    writeErr: (text) => terminal.err(text.trimEnd()),
  });
  register(program, terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    terminal.exitWith(error.exitCode);
  }
  return terminal;
}
