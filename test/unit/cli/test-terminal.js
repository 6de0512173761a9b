/** A terminal that remembers, and commands that run in it. */
import { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { eventually } from '../client/scripted-gateway.js';
export class TestTerminal {
    input;
    output = '';
    errors = '';
    exitCode;
    triggers = new Set();
    interruptHandler;
    constructor(input = Readable.from([])) {
        this.input = input;
    }
    out(text) {
        this.output += typeof text === 'string' ? text : Buffer.from(text).toString();
        for (const check of [...this.triggers])
            check();
    }
    err(line) {
        this.errors += `${line}\n`;
        for (const check of [...this.triggers])
            check();
    }
    exitWith(code) {
        this.exitCode = code;
    }
    onInterrupt(handler) {
        this.interruptHandler = handler;
        return () => {
            this.interruptHandler = undefined;
        };
    }
    interrupt() {
        this.interruptHandler?.();
    }
    printed(text) {
        return eventually(() => (this.output + this.errors).includes(text), this.triggers, text);
    }
}
/** Runs one command line; the exit code is that of the command or of commander's refusal. */
export async function runCommand(register, args, terminal = new TestTerminal()) {
    const program = new Command().exitOverride().configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.err(text.trimEnd()),
    });
    register(program, terminal);
    try {
        await program.parseAsync(args, { from: 'user' });
    }
    catch (error) {
        if (!(error instanceof CommanderError))
            throw error;
        terminal.exitWith(error.exitCode);
    }
    return terminal;
}
