import type { Random } from '../random.js';

/** What can be wrong with a modem, beside its port. Everything is off at first; switches stay until switched back. */
export class Faults {
  /** It hangs: hears neither host nor air, and says nothing. A reset ends it. */
  frozen = false;
  /** It does as it is told, but answers and confirmations get lost. What it receives still comes. */
  noAnswers = false;
  /** It has no room for a transmission: whoever asks for one hears so, where the dialect has a word for it. */
  busy = false;
  /** Host and modem disagree about the baud rate: neither understands an octet of the other. */
  wrongBaudRate = false;

  private octetsToDrop = 0;
  private checksumsToSpoil = 0;

  /** Loses one octet of each of the next outputs. */
  dropOctets(outputs = 1): void {
    this.octetsToDrop += outputs;
  }

  /** The next frames with a checksum carry a wrong one. Text dialects have none on the line. */
  spoilChecksums(frames = 1): void {
    this.checksumsToSpoil += frames;
  }

  /** For encoders: what to flip in the checksum of the frame that is made now. */
  takeChecksumFlip(): number {
    if (this.checksumsToSpoil === 0) return 0;
    this.checksumsToSpoil -= 1;
    return 1;
  }

  /** What becomes of octets on their way to the host. */
  damage(octets: Uint8Array, random: Random): Uint8Array {
    const left = this.garble(octets, random);
    if (this.octetsToDrop === 0 || left.length === 0) return left;
    this.octetsToDrop -= 1;
    const lost = random.integer(0, left.length - 1);
    return left.filter((_, index) => index !== lost);
  }

  /** What becomes of octets at a wrong baud rate, in either direction. */
  garble(octets: Uint8Array, random: Random): Uint8Array {
    return this.wrongBaudRate ? random.octets(octets.length) : octets;
  }
}
