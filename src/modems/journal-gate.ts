/** Between the scheduler and the modem: no frame goes before its air time is on disk, as long as there is one. */
import type { Transmission } from '../radio/frames.js';
import type { AirWindow, WindowRecord } from '../radio/window.js';

/** What the journal is given; with a number somebody waits for it. */
export interface AirRecords {
  number?: number;
  records: readonly WindowRecord[];
}

export class JournalGate {
  private storeWorks = true;
  private held: { number: number; transmission: Transmission } | undefined;
  private lastNumber = 0;

  constructor(private readonly window: AirWindow) {}

  holds(id: number): boolean {
    return this.held?.transmission.frame.id === id;
  }

  /** What the journal gets, and whether the frame may go at once; else `committed` gives it back. */
  enter(transmission: Transmission): { journal?: AirRecords; isOpen: boolean } {
    const { records } = transmission;
    if (records.length === 0) return { isOpen: true };
    if (!this.storeWorks) return { journal: { records }, isOpen: true };
    const number = ++this.lastNumber;
    this.held = { number, transmission };
    return { journal: { number, records }, isOpen: false };
  }

  /** The frame that may go now. While the disk fails the store answers everybody, and that means nothing. */
  committed(number: number): Transmission | undefined {
    if (!this.storeWorks || this.held?.number !== number) return undefined;
    const { transmission } = this.held;
    this.held = undefined;
    this.window.kept();
    return transmission;
  }

  /** Whether the frame that was held has to be chosen anew, by what may be sent without a disk. */
  setStoreWorks(works: boolean): boolean {
    this.storeWorks = works;
    this.window.setJournalWorks(works);
    const hasHeld = this.held !== undefined;
    this.held = undefined;
    return hasHeld;
  }
}
