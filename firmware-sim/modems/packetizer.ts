/** How a transparent modem makes packets of a stream: at a pause on the UART, or when a packet is full. */
interface PacketizerOptions {
  after(delayMs: number, call: () => void): () => void;
  gapMs(): number;
  /** How many octets a packet takes; asked at each octet. */
  isFull(packet: readonly number[]): boolean;
  /** `ended`: by a pause, so that the next octet begins a new burst. */
  onPacket(packet: Uint8Array, ended: 'pause' | 'full'): void;
}

/** Bits on the line for one octet: start, eight, stop. */
export const BITS_PER_OCTET = 10;

export function octetMs(baudRate: number): number {
  return (BITS_PER_OCTET * 1000) / baudRate;
}

export class Packetizer {
  private readonly options: PacketizerOptions;
  private packet: number[] = [];
  private isInBurst = false;
  private stopTimer = () => {};

  constructor(options: PacketizerOptions) {
    this.options = options;
  }

  push(octets: Uint8Array): void {
    this.stopTimer();
    for (const octet of octets) {
      this.isInBurst = true;
      this.packet.push(octet);
      if (this.options.isFull(this.packet)) this.emit('full');
    }
    this.stopTimer = this.options.after(this.options.gapMs(), () => this.pause());
  }

  clear(): void {
    this.stopTimer();
    this.packet = [];
    this.isInBurst = false;
  }

  private pause(): void {
    if (!this.isInBurst) return;
    this.isInBurst = false;
    this.emit('pause');
  }

  private emit(ended: 'pause' | 'full'): void {
    const packet = Uint8Array.from(this.packet);
    this.packet = [];
    this.options.onPacket(packet, ended);
  }
}
