/** What stands around the gateway's process and outlives it: the machine, its disk, its network, its ports. */
import type { VirtualTimeline } from '../../firmware-sim/virtual-timeline.js';
import type { SerialLinkConfig } from '../../src/config/schema.js';
import type { Machine } from '../../src/gateway/clock.js';
import type { PortSource } from '../../src/links/port/port.js';
import type { Driver } from '../../src/store/index.js';
import { SimulatedDisk } from '../support/store/simulated-disk.js';
import type { Wires } from './broker/wire.js';
import type { GatewayProcess } from './gateway-process.js';
import type { Dongle } from './dongle.js';
import type { Loop } from './loop.js';
import type { Network } from './network.js';

/** A plausible day: any after the gateway's own release. */
const EPOCH_MS = Date.UTC(2027, 0, 1);

export class Machinery {
  readonly disk: SimulatedDisk;
  /** When it has not done what it was asked. */
  readonly diskFailures: number[] = [];
  /** What somebody has set the wall clock ahead by. */
  wallOffsetMs = 0;
  /** By the ids of their modems. */
  readonly dongles = new Map<string, Dongle>();
  private readonly paths = new Map<string, Dongle>();
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
    this.disk.onFailure = () => this.diskFailures.push(timeline.now());
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

  plugInDongle(id: string, path: string, dongle: Dongle): void {
    this.dongles.set(id, dongle);
    this.paths.set(path, dongle);
  }

  portOf(
    { port }: SerialLinkConfig,
    process: GatewayProcess,
    isCurrent: () => boolean,
  ): PortSource {
    const path = port.kind === 'device' ? port.path : '';
    const dongle = this.paths.get(path);
    if (dongle === undefined) throw new Error(`the story has no modem at ${path}`);
    return dongle.source(path, process, isCurrent);
  }
}
