/** A modem at a serial port, as the gateway's process opens it: paced, and pulled out at any moment. */
import { type LineOptions, PacedLine } from '../../firmware-sim/ports/line.js';
import type { VirtualModem } from '../../firmware-sim/modems/index.js';
import {
  type OpenPort,
  PortError,
  type PortEvents,
  type PortSource,
} from '../../src/links/port/port.js';
import type { Loop } from './loop.js';

/** The process that opens it, as far as ports need it. */
export interface PortUser {
  mayLeave(what: string, data?: Uint8Array): boolean;
  arrives(what: string, data?: Uint8Array): void;
}

/** What opening and closing a device file takes. */
const OPEN_MS = 3;

export class Dongle {
  private readonly line: PacedLine;
  private isPlugged = true;
  private user: { label: string; user: PortUser; events: PortEvents } | undefined;
  private watchers = new Set<() => void>();

  constructor(
    private readonly modem: VirtualModem,
    private readonly options: LineOptions,
    private readonly loop: Loop,
  ) {
    this.line = new PacedLine(modem, options, (octets) => {
      const { user } = this;
      if (user === undefined) return;
      user.user.arrives(`< ${user.label}`, octets);
      user.events.received(octets);
    });
  }

  unplug(): void {
    if (!this.isPlugged) return;
    this.isPlugged = false;
    this.line.unplug();
    this.modem.powerOff();
    const { user } = this;
    this.user = undefined;
    user?.user.arrives(`< ${user.label} unplugged`);
    user?.events.closed('unplugged');
  }

  replug(): void {
    if (this.isPlugged) return;
    this.isPlugged = true;
    this.line.plug();
    this.modem.reset();
    this.loop.touch();
    for (const mayWork of this.watchers) mayWork();
  }

  /** Whoever had it open is gone. */
  abandon(): void {
    this.user = undefined;
    this.watchers.clear();
  }

  source(name: string, user: PortUser, isCurrent: () => boolean): PortSource {
    return {
      name,
      open: async (events) => {
        await this.moment();
        if (!isCurrent()) return new Promise<never>(() => {});
        if (!this.isPlugged) throw new PortError(`there is no ${name}`);
        this.user = { label: name, user, events };
        return this.openPort(name, user, events);
      },
      watch: (mayWork) => {
        this.watchers.add(mayWork);
        return () => void this.watchers.delete(mayWork);
      },
    };
  }

  private openPort(label: string, user: PortUser, events: PortEvents): OpenPort {
    const isOpen = (): boolean => this.user?.events === events;
    let pendingBytes = 0;
    return {
      write: (octets) => {
        const own = octets.slice();
        if (!isOpen() || !user.mayLeave(`> ${label}`, own)) return;
        pendingBytes += own.length;
        this.line.hostWrites(own, () => {
          pendingBytes = 0;
        });
      },
      get pendingBytes() {
        return pendingBytes;
      },
      close: async () => {
        if (isOpen()) this.user = undefined;
        await this.moment();
      },
    };
  }

  private moment(): Promise<void> {
    const { timeline } = this.options;
    return new Promise((resolve) => {
      timeline.at(timeline.now() + OPEN_MS, () => {
        this.loop.touch();
        resolve();
      });
    });
  }
}
