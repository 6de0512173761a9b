/** What was done to the gateway and its neighbours, and when. Times are milliseconds of one clock, that of the run. */

export type Victim = 'gateway' | 'broker' | 'dongle';

export interface SoakFault {
  victim: Victim;
  /** The link that suffers; absent: all of them. */
  link?: string;
  from: number;
  /** Infinite while it lasts. */
  to: number;
}

/** What is late so soon after a fault is late because of it: the gateway looks for its broker, devices repeat. */
const RECOVERY_MS = 10_000;

/** A broker that ends leaves those before and behind it without an answer: both repeat what was under way. */
const COPIES: Readonly<Record<Victim, number>> = { gateway: 1, broker: 2, dongle: 1 };

export class FaultLog {
  readonly faults: SoakFault[] = [];

  /** Returns what ends it. */
  begin(victim: Victim, at: number, link?: string): (at: number) => void {
    const fault: SoakFault = { victim, from: at, to: Number.POSITIVE_INFINITY };
    if (link !== undefined) fault.link = link;
    this.faults.push(fault);
    return (end) => {
      fault.to = end;
    };
  }

  /** How many more copies at QoS 1 the faults may have cost a message that was on its way from `begin` to `end`. */
  copies(link: string, begin: number, end: number): number {
    const met = this.within(link, begin, end);
    return met.reduce((sum, { victim }) => sum + COPIES[victim], 0);
  }

  /** Whether there was one on its way, or shortly before. */
  disturbed(link: string, begin: number, end: number): boolean {
    return this.within(link, begin - RECOVERY_MS, end).length > 0;
  }

  private within(link: string, begin: number, end: number): SoakFault[] {
    return this.faults.filter(
      (fault) =>
        (fault.link === undefined || fault.link === link) && fault.from <= end && fault.to >= begin,
    );
  }

  count(victim: Victim): number {
    return this.faults.filter((fault) => fault.victim === victim).length;
  }
}
