import { BaseModem } from './base.js';
import { COMMAND, type Latency } from './latencies.js';
import type { ModemSetup } from './modem.js';
import { fromText, toText } from './octets.js';

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Longer than any command; the rest of such a line is lost. */
const LINE_BYTES_MAX = 600;
/** Lines that wait while one is being executed. */
const LINES_MAX = 8;

export interface TextModemFacts {
  dialect: string;
  /** Whether CR alone ends a command; LF is ignored then. */
  takesCarriageReturn: boolean;
}

/**
 * A modem that takes lines of text, one after the other: a command is executed some milliseconds after its
 * end has come, and what happens on the air meanwhile is told before its answer.
 */
export abstract class TextModem extends BaseModem {
  private readonly takesCarriageReturn: boolean;
  private line: number[] = [];
  private readonly lines: string[] = [];
  private isExecuting = false;

  constructor(setup: ModemSetup, facts: TextModemFacts) {
    super(setup, facts.dialect);
    this.takesCarriageReturn = facts.takesCarriageReturn;
  }

  /** One command, whole. It answers within this call. */
  protected abstract execute(line: string): void;

  protected say(text: string): void {
    this.answer(fromText(`${text}\r\n`));
  }

  /** Unasked. */
  protected announce(text: string, delay?: Latency): void {
    this.tell(fromText(`${text}\r\n`), delay);
  }

  protected override takeOctets(octets: Uint8Array): void {
    for (const octet of octets) this.takeOctet(octet);
  }

  /** A command that is complete waits for its turn. */
  protected enqueue(line: string): void {
    if (this.lines.length < LINES_MAX) this.lines.push(line);
    this.executeNext();
  }

  protected override forget(): void {
    this.line = [];
    this.lines.length = 0;
    this.isExecuting = false;
  }

  private takeOctet(octet: number): void {
    if (this.isLineEnd(octet)) return this.endLine();
    if (this.takesCarriageReturn && octet === LINE_FEED) return;
    if (this.line.length < LINE_BYTES_MAX) this.line.push(octet);
  }

  private isLineEnd(octet: number): boolean {
    if (this.takesCarriageReturn) return octet === CARRIAGE_RETURN;
    return octet === LINE_FEED && this.line.at(-1) === CARRIAGE_RETURN;
  }

  private endLine(): void {
    const line = toText(Uint8Array.from(this.line)).replace(/\r$/, '');
    this.line = [];
    if (line !== '') this.enqueue(line);
  }

  private executeNext(): void {
    if (this.isExecuting) return;
    const line = this.lines.shift();
    if (line === undefined) return;
    this.isExecuting = true;
    this.after(COMMAND, () => {
      this.isExecuting = false;
      this.execute(line);
      this.executeNext();
    });
  }
}
