/** What waits for the antenna of a modem that takes more while it transmits. As small as in the modem. */
export class TransmitQueue<Item extends { readonly payload: Uint8Array }> {
  private readonly waiting: Item[] = [];
  private waitingBytes = 0;
  private isBusy = false;
  private readonly bytesMax: number;
  private readonly send: (item: Item, next: () => void) => void;

  /** `send` begins one transmission and calls `next` when the antenna is free again. */
  constructor(bytesMax: number, send: (item: Item, next: () => void) => void) {
    this.bytesMax = bytesMax;
    this.send = send;
  }

  /** False: there is no room for it. */
  push(item: Item): boolean {
    if (this.isBusy && this.waitingBytes + item.payload.length > this.bytesMax) return false;
    this.waiting.push(item);
    this.waitingBytes += item.payload.length;
    this.sendNext();
    return true;
  }

  /** After a reset, which nobody's `next` outlives. */
  clear(): void {
    this.waiting.length = 0;
    this.waitingBytes = 0;
    this.isBusy = false;
  }

  private sendNext(): void {
    if (this.isBusy) return;
    const item = this.waiting.shift();
    if (item === undefined) return;
    this.waitingBytes -= item.payload.length;
    this.isBusy = true;
    this.send(item, () => {
      this.isBusy = false;
      this.sendNext();
    });
  }
}
