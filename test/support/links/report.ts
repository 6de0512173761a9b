import type { LinkEvent } from '../../../src/core/types.js';
import type { LinkEvents } from '../../../src/links/link.js';

export interface Heard {
  address: string;
  data: Uint8Array;
}

/** What a link has told, in order. */
export class Report implements LinkEvents {
  readonly heard: Heard[] = [];
  readonly events: LinkEvent[] = [];
  /** Warnings, and that they are over. */
  readonly said: { code: string; message: string }[] = [];

  datagram(address: string, data: Uint8Array): void {
    this.heard.push({ address, data });
  }

  told(event: LinkEvent): void {
    this.events.push(event);
  }

  warning(code: string, message: string): void {
    // A limit of the machine, not the link's doing.
    if (code !== 'LINK_RECEIVE_BUFFER_SMALL') this.said.push({ code, message });
  }

  info(code: string, message: string): void {
    this.said.push({ code, message });
  }

  /** How often it has said so. */
  count(code: string): number {
    return this.said.filter((one) => one.code === code).length;
  }

  /** How many messages have come to nothing. */
  get dropped(): number {
    return this.events.filter(({ event }) => event === 'dropped').length;
  }

  /** How often it has told what became of the message with this `ref`. */
  transmitted(ref: number): number {
    return this.events.filter((one) => one.event === 'transmitted' && one.ref === ref).length;
  }
}
