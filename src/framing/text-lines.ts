/**
 * Lines of text, as modems with commands speak them. CR and LF each end a line, because modems end
 * theirs with either, both, or both the wrong way round; so between two lines there are empty ones, which
 * mean nothing. A line is printable ASCII.
 */
export type TextLineEvent =
  | { kind: 'line'; text: string }
  | {
      kind: 'discarded';
      /** Line ends are not counted. */
      bytes: number;
      /** `noise`: octets that are no text. `malformed`: a line with such octets within. */
      why: 'noise' | 'malformed' | 'too-long' | 'truncated';
    };

export const LF = 0x0a;
export const CR = 0x0d;

const TAB = 0x09;
const SPACE = 0x20;
const TILDE = 0x7e;

export const isPrintable = (octet: number): boolean =>
  (octet >= SPACE && octet <= TILDE) || octet === TAB;

/** Text of octets that are ASCII; `String.fromCharCode` takes so many at once without harm. */
export function textOf(octets: Uint8Array): string {
  // Arguments may be any array-like; spread octets would go through an iterator, which takes five times as long.
  return String.fromCharCode.apply(null, octets as unknown as number[]);
}

/** Octets of a text that is ASCII. */
export function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) octets[index] = text.charCodeAt(index);
  return octets;
}

/** Where the line that `from` is in ends: behind the next line end, or where the octets end. */
export function endOfLine(octets: Uint8Array, from: number): number {
  let at = from;
  while (at < octets.length && octets[at] !== LF && octets[at] !== CR) at += 1;
  return Math.min(at + 1, octets.length);
}

export class TextLineFramer {
  readonly #line: Uint8Array;
  /** May exceed what fits: then the line is counted, no longer kept. */
  #lineBytes = 0;
  #spoilt = false;

  /** `lineBytesMax`: longer lines are discarded; below some thousand, see `textOf`. */
  constructor(lineBytesMax: number) {
    this.#line = new Uint8Array(lineBytesMax);
  }

  push(data: Uint8Array): TextLineEvent[] {
    const events: TextLineEvent[] = [];
    let noiseBytes = 0;
    for (let index = 0; index < data.length; index += 1) {
      const octet = data[index] as number;
      if (octet === LF || octet === CR) {
        if (noiseBytes > 0) events.push({ kind: 'discarded', bytes: noiseBytes, why: 'noise' });
        noiseBytes = 0;
        if (this.#lineBytes > 0) events.push(this.#end());
      } else if (isPrintable(octet)) {
        this.#keep(octet);
      } else if (this.#lineBytes === 0) {
        noiseBytes += 1;
      } else {
        this.#spoilt = true;
        this.#keep(octet);
      }
    }
    if (noiseBytes > 0) events.push({ kind: 'discarded', bytes: noiseBytes, why: 'noise' });
    return events;
  }

  /** The line has ended: what is pending is discarded, and the next octet begins anew. */
  flush(): TextLineEvent[] {
    const bytes = this.#lineBytes;
    this.#lineBytes = 0;
    this.#spoilt = false;
    return bytes === 0 ? [] : [{ kind: 'discarded', bytes, why: 'truncated' }];
  }

  get pendingBytes(): number {
    return this.#lineBytes;
  }

  #keep(octet: number): void {
    if (this.#lineBytes < this.#line.length) this.#line[this.#lineBytes] = octet;
    this.#lineBytes += 1;
  }

  #end(): TextLineEvent {
    const bytes = this.#lineBytes;
    const spoilt = this.#spoilt;
    this.#lineBytes = 0;
    this.#spoilt = false;
    if (bytes > this.#line.length) return { kind: 'discarded', bytes, why: 'too-long' };
    if (spoilt) return { kind: 'discarded', bytes, why: 'malformed' };
    return { kind: 'line', text: textOf(this.#line.subarray(0, bytes)) };
  }
}
