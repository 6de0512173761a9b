/**
 * What has happened, in order: everything that passes between the gateway and its world. Its hash tells whether
 * two runs are the same, byte for byte; its latest lines are what a failure is read by.
 */
import { createHash } from 'node:crypto';

/** Lines that are kept for reading. */
const LINES_MAX = 400;

interface Line {
  at: number;
  what: string;
  data: Uint8Array | undefined;
}

export class Chronicle {
  private readonly hash = createHash('sha256');
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
    this.hash.update(`${at} ${what} `);
    if (data !== undefined) this.hash.update(data);
    if (this.lines.length >= 2 * LINES_MAX) this.lines.splice(0, LINES_MAX);
    const line = { at, what, data };
    this.lines.push(line);
    this.print?.(textOf(line));
  }

  digest(): string {
    return this.hash.copy().digest('hex');
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
