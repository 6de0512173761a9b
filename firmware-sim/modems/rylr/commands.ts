import { fromText, toText } from '../octets.js';

/** Octets of the host cut into commands as the module does it: AT+SEND by its declared length (modems.md 6.2). */
export type RylrInput =
  | { kind: 'command'; line: string }
  | { kind: 'send'; to: number; data: Uint8Array }
  /** Data are shorter or longer than was said. */
  | { kind: 'length-mismatch' };

const LINE_END = '\r\n';
/** Of a command, data that are too long included. More than that is never complete. */
const BYTES_MAX = 600;

export class RylrCommands {
  private text = '';

  /** Whatever is complete now. */
  push(octets: Uint8Array): RylrInput[] {
    this.text = (this.text + toText(octets)).slice(0, BYTES_MAX);
    const inputs: RylrInput[] = [];
    for (let input = this.next(); input !== undefined; input = this.next()) inputs.push(input);
    return inputs;
  }

  /** A pause: what has come is all there is. Undefined when nothing is open. */
  pause(): 'no-line-end' | 'length-mismatch' | undefined {
    const rest = this.text;
    this.text = '';
    if (rest === '') return undefined;
    return rest.endsWith(LINE_END) ? 'length-mismatch' : 'no-line-end';
  }

  private next(): RylrInput | undefined {
    const head = /^AT\+SEND=(\d{1,5}),(\d{1,3}),/.exec(this.text);
    if (head !== null) return this.nextSend(head[0].length, Number(head[1]), Number(head[2]));
    const end = this.text.indexOf(LINE_END);
    if (end === -1) return undefined;
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end + LINE_END.length);
    return { kind: 'command', line };
  }

  private nextSend(start: number, to: number, length: number): RylrInput | undefined {
    const end = start + length;
    if (this.text.length < end + LINE_END.length) return undefined;
    const isWhole = this.text.startsWith(LINE_END, end);
    // Too long: the line end may be anywhere behind; too short: it stood where data should have been.
    const lineEnd = isWhole ? end : this.text.indexOf(LINE_END, start);
    if (lineEnd === -1) return undefined;
    const data = fromText(this.text.slice(start, end));
    this.text = this.text.slice(lineEnd + LINE_END.length);
    return isWhole ? { kind: 'send', to, data } : { kind: 'length-mismatch' };
  }
}
