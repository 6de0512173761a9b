/**
 * Which records are on the disk, without their values: a key that never got there needs no deletion,
 * and a count with a sum over all of them shows whether a later start finds them all.
 */
export class Ledger {
  readonly #checks = new Map<string, number>();
  #sum = 0;

  get size(): number {
    return this.#checks.size;
  }

  /** Of the checks of all records, in whatever order they were written. */
  get sum(): number {
    return this.#sum;
  }

  has(key: string): boolean {
    return this.#checks.has(key);
  }

  /** CRC-32 of the record. */
  checkOf(key: string): number | undefined {
    return this.#checks.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#checks.keys();
  }

  set(key: string, check: number): void {
    this.#sum = (this.#sum + check - (this.#checks.get(key) ?? 0)) | 0;
    this.#checks.set(key, check);
  }

  delete(key: string): void {
    this.#sum = (this.#sum - (this.#checks.get(key) ?? 0)) | 0;
    this.#checks.delete(key);
  }
}
