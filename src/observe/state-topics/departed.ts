/**
 * Devices whose session has ended with their connection (CleanSession=1). They are the ones that somebody asks for: their
 * states stay and say so, for the latest of them, until they are forgotten or the gateway ends.
 */
import type { DeviceSummary } from '../../core/inspect/inspection.js';
import type { Instant, Notice, StateName } from '../../core/types.js';
import { DEPARTED_MAX } from './limits.js';

export class Departed {
  private readonly devices = new Map<string, DeviceSummary>();

  get(client: string): DeviceSummary | undefined {
    return this.devices.get(client);
  }

  clients(): Iterable<string> {
    return this.devices.keys();
  }

  *states(): Generator<StateName> {
    for (const { state } of this.devices.values()) yield state;
  }

  /** Returns who makes room for it. */
  add(
    { client, to, link, address, signal }: Extract<Notice, { notice: 'transition' }>,
    heardAt: Instant | undefined,
  ): string | undefined {
    this.devices.delete(client);
    this.devices.set(client, {
      client,
      state: to,
      place: link === '' ? undefined : { link, address },
      signal,
      heardAt,
      dueAt: undefined,
      givenUpAt: undefined,
      buffered: { messages: 0, bytes: 0, oldestAt: undefined },
      retries: 0,
      paused: undefined,
      isApproved: false,
    });
    const [oldest] = this.devices.keys();
    if (this.devices.size <= DEPARTED_MAX || oldest === undefined) return undefined;
    this.devices.delete(oldest);
    return oldest;
  }

  delete(client: string): void {
    this.devices.delete(client);
  }
}
