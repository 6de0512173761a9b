import type { Urgency } from '../core/types.js';
import type { Link, LinkEvents } from '../links/link.js';
import type { LinkTraffic } from '../observe/counters.js';

/** A link whose frames are counted on their way in and out. */
export class MeteredLink implements Link {
  constructor(
    private readonly link: Link,
    private readonly traffic: LinkTraffic,
    /** Milliseconds since 1970. */
    private readonly wallMs: () => number,
  ) {}

  get name(): string {
    return this.link.name;
  }

  get description(): string {
    return this.link.description;
  }

  start(events: LinkEvents): Promise<void> {
    const { traffic } = this;
    return this.link.start({
      told: (event) => events.told(event),
      warning: (code, message) => events.warning(code, message),
      info: (code, message) => events.info(code, message),
      datagram: (address, data, reception) => {
        traffic.receivedFrames++;
        traffic.receivedBytes += data.length;
        traffic.heardAtMs = this.wallMs();
        if (reception?.signal) traffic.signal = { ...traffic.signal, ...reception.signal };
        events.datagram(address, data, reception);
      },
    });
  }

  send(address: string | null, data: Uint8Array, urgency: Urgency, ref?: number): void {
    this.traffic.sentFrames++;
    this.traffic.sentBytes += data.length;
    this.link.send(address, data, urgency, ref);
  }

  drain(withinMs: number): Promise<void> {
    return this.link.drain(withinMs);
  }

  stop(): Promise<void> {
    return this.link.stop();
  }
}
