/**
 * "Which copy is for whom": of several copies one is for the device, and the others are acknowledged. A broker that loses its memory
 * takes the one with it that it still has; who gives all its filters up does not get it, and who gives one up may get another.
 */
export class CopiesAtBroker {
  /** How many copies are in sessions of the gateway's, by text. */
  private readonly waiting = new Map<string, number>();

  queued(text: string): void {
    this.waiting.set(text, (this.waiting.get(text) ?? 0) + 1);
  }

  handedOver(text: string): void {
    const others = (this.waiting.get(text) ?? 0) - 1;
    if (others > 0) this.waiting.set(text, others);
    else this.waiting.delete(text);
  }

  /** Whether the broker has a copy still. */
  has(text: string): boolean {
    return this.waiting.has(text);
  }

  /** Texts of which there is one. */
  texts(): string[] {
    return [...this.waiting.keys()];
  }

  /** The broker has lost its memory. */
  forget(): void {
    this.waiting.clear();
  }
}
