import { concat, fromHex, fromText, toHex, toText } from '../octets.js';
import { AT_STATUS, type AtResult, type Registers } from './registers.js';

const PLUS = 0x2b;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE_SEQUENCE_LENGTH = 3;
const CT_UNIT_MS = 100;
/** No command is as long. */
const LINE_BYTES_MAX = 100;

/** What command mode needs of its module. */
interface Host {
  now(): number;
  after(delayMs: number, call: () => void): () => void;
  answer(text: Uint8Array): void;
  /** A command; not applied yet. */
  execute(name: string, value: Uint8Array): AtResult;
  /** Octets that were held back because they could have been the escape sequence, and were not. */
  release(octets: Uint8Array): void;
}

/**
 * Command mode: `+++` with silence before and behind it, then lines that end with CR (modems.md 3.1).
 * It ends with `ATCN`, or after a time without a command.
 */
export class CommandMode {
  private readonly host: Host;
  private readonly registers: Registers;
  isActive = false;
  private line: number[] = [];
  private held: number[] = [];
  private lastOctetAt = Number.NEGATIVE_INFINITY;
  private stopTimer = () => {};

  constructor(host: Host, registers: Registers) {
    this.host = host;
    this.registers = registers;
  }

  /** Takes what concerns it, and returns the octets that are for others. */
  filter(octets: Uint8Array): Uint8Array {
    if (this.isActive) {
      for (const octet of octets) this.pushCommand(octet);
      return new Uint8Array();
    }
    const now = this.host.now();
    const isQuiet = now - this.lastOctetAt >= this.guardMs();
    this.lastOctetAt = now;
    this.stopTimer();
    const candidate = [...this.held, ...octets];
    const couldBe = this.held.length > 0 || isQuiet;
    const isEscape =
      candidate.length <= ESCAPE_SEQUENCE_LENGTH && candidate.every((octet) => octet === PLUS);
    this.held = [];
    if (!couldBe || !isEscape) return Uint8Array.from(candidate);
    this.held = candidate;
    this.stopTimer = this.host.after(this.guardMs(), () => this.endGuard());
    return new Uint8Array();
  }

  leave(): void {
    this.isActive = false;
    this.line = [];
    this.held = [];
    this.stopTimer();
  }

  private guardMs(): number {
    return this.registers.number('GT');
  }

  private endGuard(): void {
    const held = this.held;
    this.held = [];
    if (held.length < ESCAPE_SEQUENCE_LENGTH) return this.host.release(Uint8Array.from(held));
    this.isActive = true;
    this.restartTimeout();
    this.host.answer(fromText('OK\r'));
  }

  private restartTimeout(): void {
    this.stopTimer();
    this.stopTimer = this.host.after(this.registers.number('CT') * CT_UNIT_MS, () => this.end());
  }

  /** Whatever has been set is in force now. */
  private end(): void {
    this.leave();
    this.registers.apply();
  }

  private pushCommand(octet: number): void {
    if (octet !== CARRIAGE_RETURN) {
      if (this.line.length < LINE_BYTES_MAX) this.line.push(octet);
      return;
    }
    const line = toText(Uint8Array.from(this.line)).trim();
    this.line = [];
    if (this.isActive) this.run(line);
  }

  /** `ATAP2,WR,CN` is three commands, each with its answer. */
  private run(line: string): void {
    if (line === '') return;
    this.restartTimeout();
    if (!/^at/i.test(line)) return this.host.answer(fromText('ERROR\r'));
    const commands = line.slice('AT'.length).split(',');
    this.host.answer(concat(...commands.map((command) => fromText(`${this.reply(command)}\r`))));
  }

  private reply(command: string): string {
    const name = command.slice(0, 2).toUpperCase();
    const text = command.slice(2).trim();
    if (name === '') return 'OK';
    if (name === 'CN') {
      this.end();
      return 'OK';
    }
    const value = this.registers.isText(name) ? fromText(text) : parseNumber(text);
    if (value === undefined) return 'ERROR';
    const result = this.host.execute(name, value);
    if (result.status !== AT_STATUS.ok) return 'ERROR';
    return result.value === undefined ? 'OK' : this.print(name, result.value);
  }

  private print(name: string, value: Uint8Array): string {
    if (this.registers.isText(name)) return toText(value);
    return toHex(value).replace(/^0+(?=.)/, '');
  }
}

function parseNumber(text: string): Uint8Array | undefined {
  return fromHex(text.length % 2 === 0 ? text : `0${text}`);
}
