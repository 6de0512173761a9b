/** A gateway as the HTTP server needs it: a real core under a virtual clock, and what is remembered of it. */
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/schema.js';
import type { Inspection } from '../../../src/core/inspect/inspection.js';
import type { Effect, Input, OperatorCommand, OperatorOutcome } from '../../../src/core/types.js';
import type { Unready } from '../../../src/gateway/gateway.js';
import { LinkHealths } from '../../../src/gateway/link-health.js';
import type { AirUsages } from '../../../src/gateway/links.js';
import type { Watched } from '../../../src/http/observed.js';
import { Capture, type CaptureRequest } from '../../../src/observe/capture/capture.js';
import { Counters } from '../../../src/observe/counters.js';
import { Durations } from '../../../src/observe/durations.js';
import { Watch } from '../../../src/observe/watch.js';
import { coreConfig } from '../core/config.js';
import { CoreDriver } from '../core/driver.js';

/** What a start at the driver's first instant would be since 1970. */
const WALL_OFFSET_MS = 1_700_000_000_000;

export class WatchedGateway implements Watched {
  readonly driver: CoreDriver;
  readonly watch: Watch;
  readonly counters = new Counters();
  readonly durations = new Durations(['lan', 'radio']);
  readonly health: LinkHealths;
  readonly linkNames = ['lan', 'radio'];
  readonly bugs: unknown[] = [];
  configuration = defaultConfig();
  reasons: Unready[] = [];
  air: AirUsages = new Map();
  isServing = true;
  private input: Input | undefined;
  private effects: Effect[] = [];

  constructor(options: Parameters<typeof coreConfig>[0] = {}) {
    const wallMs = (): number => this.wallMs;
    this.driver = new CoreDriver(coreConfig({ keepsSessions: true, ...options }), [
      {
        onInput: (input) => {
          this.input = input;
          this.effects = [];
        },
        onEffect: (effect) => this.effects.push(effect),
        afterStep: () => this.onStep(),
      },
    ]);
    const interfaces = this.linkNames.map((name) => ({ name, description: 'udp' }));
    const capture = new Capture(interfaces, { ageMs: 300_000, bytes: 65_536 }, wallMs);
    this.watch = new Watch(capture, this.driver.core.inspect, wallMs);
    this.health = new LinkHealths(this.linkNames, wallMs);
    for (const link of this.linkNames) this.counters.trafficOf(link);
    this.driver.begin();
    this.driver.event({ event: 'availability', up: true });
  }

  get wallMs(): number {
    return this.driver.now + WALL_OFFSET_MS;
  }

  get inspect(): Inspection {
    return this.driver.core.inspect;
  }

  airUsage(): AirUsages {
    return this.air;
  }

  captured(application: string, request: CaptureRequest): ReadableStream<Uint8Array> | undefined {
    return this.watch.capture.open(application, request);
  }

  unready(): readonly Unready[] {
    return this.reasons;
  }

  linkHealth(link: string): ReturnType<LinkHealths['of']> {
    return this.health.of(link);
  }

  linkDescription(link: string): string {
    return `${link} udp 0.0.0.0:1883`;
  }

  now(): number {
    return this.driver.now;
  }

  nowMs(): number {
    return this.wallMs;
  }

  wallTimeOf(instant: number): number {
    return instant + WALL_OFFSET_MS;
  }

  async operate(command: OperatorCommand): Promise<OperatorOutcome> {
    if (!this.isServing) return 'not-serving';
    this.driver.admin(command);
    return this.counters.isStoreUp ? 'done' : 'not-kept';
  }

  reportBug(error: unknown): void {
    this.bugs.push(error);
  }

  /** As links that are metered count. */
  private onFrame({ link, signal }: Extract<Input, { kind: 'datagram' }>): void {
    const traffic = this.counters.trafficOf(link);
    traffic.heardAtMs = this.wallMs;
    if (signal) traffic.signal = { ...traffic.signal, ...signal };
  }

  private onStep(): void {
    const { input, effects } = this;
    // Not before all is there: the core's first steps are no news.
    if (input === undefined || this.watch === undefined) return;
    if (input.kind === 'datagram') this.onFrame(input);
    this.watch.step(input, effects, this.driver.now);
    for (const effect of effects) {
      if (effect.kind !== 'notice') continue;
      this.counters.count(effect.notice);
      this.watch.notice(effect.notice);
    }
  }
}

function defaultConfig(): Config {
  const { config } = loadConfig(undefined, {});
  if (config === undefined) throw new Error('the defaults are not in order');
  const [lan] = config.links;
  if (lan === undefined) throw new Error('the defaults have no link');
  return { ...config, links: [lan, { ...lan, name: 'radio' }] };
}
