/**
 * Two ports that are one, for a pair of modems: what is written goes to the one that transmits, and what comes
 * in says which of them it is from. One alone is of no use, so both are open or neither is.
 */
import {
  type OpenPort,
  PortError,
  type PortEvents,
  type PortLine,
  type PortSource,
} from './port.js';

export class PairedPortSource implements PortSource {
  readonly name: string;

  constructor(
    private readonly receiver: PortSource,
    private readonly transmitter: PortSource,
  ) {
    this.name = `${receiver.name} and ${transmitter.name}`;
  }

  async open(events: PortEvents, signal?: AbortSignal): Promise<OpenPort> {
    const pair = new PairedPort(events);
    const { receiver, transmitter } = this;
    const results = await Promise.allSettled([
      receiver.open(pair.eventsOf(receiver.name), signal),
      transmitter.open(pair.eventsOf(transmitter.name, 'transmitter'), signal),
    ]);
    const ports = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = results.find(({ status }) => status === 'rejected');
    await pair.begin(ports);
    if (failed?.status === 'rejected') throw failed.reason;
    if (pair.why !== undefined) throw new PortError(`${pair.why}, while the other one was opened`);
    return pair;
  }

  watch(mayWork: () => void): () => void {
    const ends = [this.receiver, this.transmitter].map((source) => source.watch(mayWork));
    return () => {
      for (const end of ends) end();
    };
  }
}

const PORTS = 2;

class PairedPort implements OpenPort {
  /** Why it is over; undefined: it is not. */
  why: string | undefined;
  /** The receiver and the transmitter, once both are open. */
  private ports: readonly OpenPort[] = [];
  private isClosing = false;

  constructor(private readonly events: PortEvents) {}

  get pendingBytes(): number {
    return this.ports.at(-1)?.pendingBytes ?? 0;
  }

  /** What one of them says before the other is open too is nobody's. */
  eventsOf(name: string, line?: PortLine): PortEvents {
    return {
      received: (octets) => {
        if (this.ports.length > 0) this.events.received(octets, line);
      },
      closed: (why) => this.onClosed(`${name}: ${why}`),
    };
  }

  /** Those that could be opened; if it is not both of them, or one has gone meanwhile, they are closed again. */
  async begin(ports: readonly OpenPort[]): Promise<void> {
    if (ports.length === PORTS && this.why === undefined) this.ports = ports;
    else await Promise.all(ports.map((port) => port.close()));
  }

  write(octets: Uint8Array): void {
    this.ports.at(-1)?.write(octets);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    const { ports } = this;
    this.ports = [];
    await Promise.all(ports.map((port) => port.close()));
  }

  private onClosed(why: string): void {
    if (this.why !== undefined || this.isClosing) return;
    this.why = why;
    if (this.ports.length === 0) return;
    void this.close();
    this.events.closed(why);
  }
}
