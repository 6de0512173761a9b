/** The built gateway of a soak test, life after life in one folder. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from '../daemon.js';
import { scrape } from '../scrape.js';
import type { Sections } from '../site.js';
import { until } from '../wait.js';

/** Longer than the longest pause between two attempts to reach the broker. */
const UP_DEADLINE_MS = 60_000;
const COLLECT_DEADLINE_MS = 10_000;

const INSIDE = new URL('inside.mjs', import.meta.url).href;

/** What is left after all garbage is collected. */
export interface Inside {
  heapUsed: number;
  external: number;
  /** Of libuv and its timers, by kind. */
  handles: Record<string, number>;
}

export class SoakGateway {
  readonly failures: string[] = [];
  /** Counted from 1. */
  life = 0;
  /** When the latest life began. */
  bornAt = 0;
  /** Of all lives: what became of each counter by the latest look. */
  private readonly past = new Map<string, number>();
  private present = new Map<string, number>();
  private daemon: Daemon | undefined;
  /** The latest one that has got as far as to serve. */
  private listening: Daemon | undefined;

  constructor(
    readonly folder: string,
    private readonly config: Sections,
  ) {}

  /** Where its journal lies. */
  get journal(): string {
    return join(this.folder, 'data');
  }

  /** Undefined while there is none. */
  get pid(): number | undefined {
    return this.daemon?.pid;
  }

  /** Resolves when devices are served. */
  async start(): Promise<void> {
    const daemon = await Daemon.spawn(this.config, {
      folder: this.folder,
      env: { NODE_OPTIONS: `--import ${INSIDE}`, SOAK_INSIDE: this.insideFile },
    });
    this.daemon = daemon;
    this.life += 1;
    this.bornAt = performance.now();
    void daemon.ended.then((how) => {
      if (this.daemon === daemon) this.failures.push(`the gateway ended by itself with ${how}`);
    });
    await daemon.ready();
    this.listening = daemon;
  }

  /** Resolves when it has its broker. */
  async up(): Promise<void> {
    const isUp = async (): Promise<boolean> =>
      (await this.look())?.get('mqttsn_gateway_broker_up') === 1;
    await until(isUp, UP_DEADLINE_MS, 'the gateway to find its broker');
  }

  /** Like a power cut. */
  async kill(): Promise<void> {
    const daemon = this.takeAway();
    await daemon?.kill();
    this.examine(daemon);
  }

  /** In good order, as an operator does. */
  async stop(): Promise<void> {
    await this.look();
    const daemon = this.takeAway();
    await daemon?.stop().catch((error: unknown) => void this.failures.push(String(error)));
  }

  async dispose(): Promise<void> {
    await this.takeAway()?.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Its metrics; undefined while it does not answer. */
  async look(): Promise<Map<string, number> | undefined> {
    const { daemon } = this;
    if (daemon === undefined) return undefined;
    const samples = await scrape(daemon).catch(() => undefined);
    if (samples === undefined || daemon !== this.daemon) return undefined;
    this.present = samples;
    return samples;
  }

  /** Collects its garbage and counts what is left; undefined when it dies meanwhile. */
  async lookInside(): Promise<Inside | undefined> {
    const { daemon } = this;
    // A signal ends one that is only just starting.
    if (daemon === undefined || daemon !== this.listening) return undefined;
    await rm(this.insideFile, { force: true });
    if (daemon !== this.daemon) return undefined;
    daemon.signal('SIGUSR2');
    const read = (): Promise<string> => readFile(this.insideFile, 'utf8').catch(() => '');
    const text = await until(read, COLLECT_DEADLINE_MS, 'the garbage collector').catch(() => '');
    return text === '' ? undefined : (JSON.parse(text) as Inside);
  }

  /** A counter or its labels by their beginning, over all lives, without what is 0. */
  counters(prefix: string): Record<string, number> {
    const sums = new Map(this.past);
    add(sums, this.present);
    return Object.fromEntries([...sums].filter(([name, n]) => name.startsWith(prefix) && n > 0));
  }

  private get insideFile(): string {
    return join(this.folder, 'inside.json');
  }

  private takeAway(): Daemon | undefined {
    const { daemon } = this;
    this.daemon = undefined;
    add(this.past, this.present);
    this.present = new Map();
    return daemon;
  }

  private examine(daemon: Daemon | undefined): void {
    try {
      daemon?.assertHealthy();
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

function add(sums: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, value] of more) sums.set(name, (sums.get(name) ?? 0) + value);
}
