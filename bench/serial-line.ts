import type { Respond } from '../test/support/modems/bench.js';
import type { SerialKind } from './serial-kinds.js';

/** What a modem says on a line that is never idle: frame after frame, and between them its answers. */
export class SaturatedLine {
  octets = 0;
  /** Those whose last octet is out. */
  frames = 0;
  private readonly frame: Uint8Array;
  private readonly respond: Respond;
  private readonly answers: Uint8Array[] = [];
  private current: Uint8Array = new Uint8Array();
  private isFrame = false;
  private at = 0;

  constructor({ frame, modem }: SerialKind) {
    this.frame = frame;
    this.respond = modem();
  }

  /** What the host writes, one command at a time. */
  hostWrites(octets: Uint8Array): void {
    this.answers.push(...this.respond(octets));
  }

  /** The next octets, so many. */
  take(bytes: number): Uint8Array {
    const chunk = new Uint8Array(bytes);
    for (let fill = 0; fill < bytes; ) {
      if (this.at === this.current.length) this.next();
      const piece = this.current.subarray(this.at, this.at + bytes - fill);
      chunk.set(piece, fill);
      fill += piece.length;
      this.at += piece.length;
      if (this.isFrame && this.at === this.current.length) this.frames++;
    }
    this.octets += bytes;
    return chunk;
  }

  /** The rest of what has begun, so that nothing is cut at the end. */
  takeRest(): Uint8Array {
    return this.take(this.current.length - this.at);
  }

  /** The answers alone, on a line that is idle otherwise. */
  takeAnswers(): Uint8Array[] {
    return this.answers.splice(0);
  }

  private next(): void {
    const answer = this.answers.shift();
    this.isFrame = answer === undefined;
    this.current = answer ?? this.frame;
    this.at = 0;
  }
}
