/** Looks at the gateway again and again while it works: memory, files, handles, CPU, journal. */
import { figuresOf, overflowsOf, sizeOf } from './process-figures.js';
import type { SoakGateway } from './gateway.js';

const LOOK_EVERY_MS = 5000;
/** Collecting all garbage stops the gateway for a moment, so this is rarer. */
const COLLECT_EVERY_MS = 20_000;

/** One look. Sizes are octets. */
export interface Look {
  at: number;
  /** Which process it was, counted from 1. */
  life: number;
  cpuMs: number;
  residentBytes: number;
  files: number;
  journalBytes: number;
  /** Datagrams lost in front of it. */
  overflows: number;
  /** With garbage, as the metrics have it. */
  heapBytes: number;
  loopDelayP99Ms: number;
  loopDelayMaxMs: number;
}

/** One look inside, with all garbage collected. */
export interface InsideLook {
  at: number;
  life: number;
  heapBytes: number;
  externalBytes: number;
  handles: number;
  byKind: Record<string, number>;
}

/** Requests under way come and go; handles are what may leak. */
const PASSING = /Req|^(Immediate|TickObject|UDPSendWrap|PROMISE|.*SendWrap)$/;

export class Probe {
  readonly looks: Look[] = [];
  readonly insideLooks: InsideLook[] = [];
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly gateway: SoakGateway,
    /** Its UDP port. */
    private readonly port: number,
  ) {}

  /** Datagrams that were lost in front of the gateway, in all its lives. */
  get overflows(): number {
    const lives = new Map(this.looks.map(({ life, overflows }) => [life, overflows]));
    return [...lives.values()].reduce((sum, overflows) => sum + overflows, 0);
  }

  start(): void {
    this.timers.push(
      setInterval(() => void this.look(), LOOK_EVERY_MS),
      setInterval(() => void this.lookInside(), COLLECT_EVERY_MS),
    );
  }

  stop(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  /** One that cannot be finished, because the gateway dies meanwhile, counts nothing. */
  async look(): Promise<void> {
    const { gateway } = this;
    const { life, pid } = gateway;
    const metrics = await gateway.look();
    if (metrics === undefined || pid === undefined) return;
    const figures = await figuresOf(pid, gateway.journal).catch(() => undefined);
    const journalBytes = await sizeOf(gateway.journal);
    if (figures === undefined || gateway.life !== life) return;
    const metric = (name: string): number => metrics.get(`nodejs_${name}`) ?? 0;
    this.looks.push({
      at: performance.now(),
      life,
      ...figures,
      journalBytes,
      overflows: await overflowsOf(this.port),
      heapBytes: metric('heap_size_used_bytes'),
      loopDelayP99Ms: metric('eventloop_lag_p99_seconds') * 1000,
      loopDelayMaxMs: metric('eventloop_lag_max_seconds') * 1000,
    });
  }

  async lookInside(): Promise<void> {
    const { life } = this.gateway;
    const inside = await this.gateway.lookInside();
    if (inside === undefined || this.gateway.life !== life) return;
    const lasting = Object.entries(inside.handles).filter(([kind]) => !PASSING.test(kind));
    this.insideLooks.push({
      at: performance.now(),
      life,
      heapBytes: inside.heapUsed,
      externalBytes: inside.external,
      handles: lasting.reduce((sum, [, count]) => sum + count, 0),
      byKind: Object.fromEntries(lasting),
    });
  }
}
