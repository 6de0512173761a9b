/** The first octets that came from a line, as many as fit. */
export class Sample {
  readonly #octets: Uint8Array;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#octets = new Uint8Array(bytesMax);
  }

  /** A view: it changes with the sample. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(data: Uint8Array): void {
    const room = this.#octets.length - this.#bytes;
    if (room === 0) return;
    const taken = data.subarray(0, room);
    this.#octets.set(taken, this.#bytes);
    this.#bytes += taken.length;
  }

  clear(): void {
    this.#bytes = 0;
  }
}
