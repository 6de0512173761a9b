/**
 * What has happened, in order: everything that passes between the gateway and its world. Its hash tells whether
 * two runs are the same, byte for byte; its latest lines are what a failure is read by.
 */
import { createHash } from 'node:crypto';

/** Lines that are kept for reading. */
const LINES_MAX = 400;

/** Characters that are hashed at a time: each call costs more than a line does. */
const TEXT_MAX = 16_384;

interface Line {
  at: number;
  what: string;
  data: Uint8Array | undefined;
}

export class Chronicle {
  private readonly hash = createHash('sha256');
  /** What the hash has still to take in. */
  private text = '';
  private readonly lines: Line[] = [];
  count = 0;

  /** `print` gets every line. */
  constructor(
    private readonly now: () => number,
    private readonly print?: (line: string) => void,
  ) {}

  /** `data` is not changed afterwards. */
  note(what: string, data?: Uint8Array): void {
    const at = this.now();
    this.count += 1;
    this.text += `${at} ${what} `;
    if (data !== undefined)
      this.text += Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    if (this.text.length > TEXT_MAX) this.takeIn();
    if (this.lines.length >= 2 * LINES_MAX) this.lines.splice(0, LINES_MAX);
    const line = { at, what, data };
    this.lines.push(line);
    this.print?.(textOf(line));
  }

  digest(): string {
    this.takeIn();
    return this.hash.copy().digest('hex');
  }

  private takeIn(): void {
    this.hash.update(this.text);
    this.text = '';
  }

  /** The latest ones, oldest first, as text. */
  latest(count: number): string[] {
    return this.lines.slice(-count).map(textOf);
  }
}

function textOf({ at, what, data }: Line): string {
  const seconds = (at / 1000).toFixed(3).padStart(10);
  return `${seconds}  ${what}${data === undefined ? '' : ` ${Buffer.from(data).toString('hex')}`}`;
}
