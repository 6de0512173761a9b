/** What stands around the gateway's process and outlives it: the machine, its disk, its network, its ports. */
import type { VirtualTimeline } from '../../firmware-sim/virtual-timeline.js';
import type { SerialLinkConfig } from '../../src/config/schema.js';
import type { Machine } from '../../src/gateway/clock.js';
import type { PortSource } from '../../src/links/port/port.js';
import { PortError } from '../../src/links/port/port.js';
import type { Driver } from '../../src/store/index.js';
import { SimulatedDisk } from '../support/store/simulated-disk.js';
import type { Wires } from './broker/wire.js';
import type { GatewayProcess } from './gateway-process.js';
import type { Loop } from './loop.js';
import type { Network } from './network.js';

/** A plausible day: any after the gateway's own release. */
const EPOCH_MS = Date.UTC(2027, 0, 1);

export class Machinery {
  readonly disk: SimulatedDisk;
  /** What somebody has set the wall clock ahead by. */
  wallOffsetMs = 0;
  private boots = 1;
  private bootedAt = 0;

  constructor(
    private readonly timeline: VirtualTimeline,
    readonly network: Network,
    readonly wires: Wires,
    loop: Loop,
  ) {
    this.disk = new SimulatedDisk({
      after: (delayMs, run) => {
        const answer = (): void => {
          loop.touch();
          run();
        };
        return { cancel: timeline.at(timeline.now() + delayMs, answer) };
      },
    });
  }

  readonly wallMs = (): number => EPOCH_MS + this.timeline.now() + this.wallOffsetMs;

  get machine(): Machine {
    return {
      monotonicMs: () => this.timeline.now(),
      wallMs: this.wallMs,
      isWallSet: () => true,
      uptimeMs: () => this.timeline.now() - this.bootedAt,
      bootId: `boot${this.boots}`,
    };
  }

  reboot(): void {
    this.boots += 1;
    this.bootedAt = this.timeline.now();
  }

  plugInDisk(): Driver {
    return this.disk.plugIn();
  }

  portOf(_link: SerialLinkConfig, _process: GatewayProcess, _isCurrent: () => boolean): PortSource {
    return {
      name: 'none',
      open: () => Promise.reject(new PortError('there is no such port')),
      watch: () => () => {},
    };
  }
}
