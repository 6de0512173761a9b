/** Wires links, core and upstream into a running gateway. Data flows one way; everything here is plumbing. */
import { toCoreConfig } from '../config/core-config.js';
import { brokerNames } from '../config/redact.js';
import type { Config } from '../config/schema.js';
import type { CoreConfig } from '../core/config.js';
import { createCore } from '../core/core.js';
import type { Inspection } from '../core/inspect/inspection.js';
import { RECORD_KINDS } from '../core/journal/keys.js';
import type {
  Instant,
  JournalWrite,
  Notice,
  OperatorCommand,
  OperatorOutcome,
} from '../core/types.js';
import type { Link } from '../links/link.js';
import type { CaptureRequest } from '../observe/capture/capture.js';
import { Counters, type Readings } from '../observe/counters.js';
import { Durations } from '../observe/durations.js';
import type { Logger } from '../observe/logger.js';
import { NoticeLog } from '../observe/notice-log.js';
import { SharedLog } from '../observe/shared-log.js';
import { Thinning } from '../observe/thinning.js';
import { Watch } from '../observe/watch.js';
import { createStore } from '../store/index.js';
import type { JournalProblem, Store } from '../store/journal.js';
import { createUpstream, type Upstream } from '../upstream/index.js';
import { doubtText } from './air-doubt.js';
import { AirJournal } from './air-journal.js';
import { tellBug } from './bug.js';
import { createCapture } from './capture.js';
import { Clock } from './clock.js';
import { type LinkHealth, LinkHealths } from './link-health.js';
import { type AirUsages, createLinks, type Links } from './links.js';
import { meteredDisk } from './metered-disk.js';
import { MeteredLink } from './metered-link.js';
import { type Outside, realOutside } from './outside.js';
import type { Recording } from './recorder.js';
import { reloaded } from './reload.js';
import { Runner } from './runner.js';
import { ToldTopics } from './state-topics.js';
import { upstreamOptions } from './upstream-options.js';
import { watching } from './watching.js';

/** A disk that is slower than that is not waited for before the broker hears good-bye. */
const LAST_COMMIT_TIMEOUT_MS = 500;

/**
 * Links that send one datagram after the other have so long for the last DISCONNECT, while the broker hears
 * good-bye; with the disk's time it leaves a second of the five that an end may take.
 */
const LAST_WORDS_TIMEOUT_MS = 3000;

/** Records that the core takes in at a time after a restart, so that a trace has lines that can be read. */
const RECORDS_PER_STEP = 1000;

export interface GatewayOptions {
  recording?: Recording;
  /** Of the gateway. */
  version?: string;
  /** Tests put a world of their own around it. */
  outside?: Outside;
}

/** Why the gateway should not be relied on now. */
export type Unready = 'starting' | 'stopping' | 'store-failing' | 'broker-away';

export class Gateway {
  private readonly tally = new Counters();
  /** How long things have taken since the start. */
  readonly durations: Durations;
  private readonly links: ReadonlyMap<string, Link>;
  private readonly radios: Links['radios'];
  private readonly airJournal: AirJournal;
  private readonly coreConfig: CoreConfig;
  private readonly runner: Runner;
  private readonly upstream: Upstream;
  private readonly topics: ToldTopics;
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly recording: Recording | undefined;
  /** Sees everything where somebody can look, with `http`, and else nothing. */
  readonly watch: Watch;
  /** A look into the core. */
  readonly inspect: Inspection;
  private readonly health: LinkHealths;
  /** For what is no notice; those who look on see it, too. */
  readonly told: SharedLog;
  private readonly outside: Outside;
  /** Its name. */
  private readonly run: string;
  private embeddedBrokerUrl: string | undefined;
  private phase: 'starting' | 'serving' | 'stopping' = 'starting';
  /** The core hears nothing more. */
  private hasEnded = false;
  /** DISCONNECTs that did not leave. */
  private untold = 0;

  constructor(
    private config: Config,
    private readonly log: Logger,
    { recording, outside = realOutside(), version = '' }: GatewayOptions = {},
  ) {
    this.coreConfig = toCoreConfig(config);
    this.recording = recording;
    this.outside = outside;
    this.run = outside.newRun();
    const now = (): number => this.clock.now();
    const wallMs = (): number => outside.machine.wallMs();
    this.durations = new Durations(config.links.map(({ name }) => name));
    const { durations } = this;
    this.store = createStore(config.store.path, {
      driver: meteredDisk(outside.disk, now, (ms) => durations.journalCommit.observe(ms)),
      onProblem: (one) => this.onStoreProblem(one),
    });
    this.clock = new Clock(this.store, outside.machine);
    this.airJournal = new AirJournal(this.store);
    const { links, radios } = createLinks(config.links, this.airJournal, now, outside);
    this.links = new Map(
      links.map((link) => [link.name, new MeteredLink(link, this.tally.trafficOf(link.name), now)]),
    );
    this.radios = radios;
    this.health = new LinkHealths(this.links.keys(), wallMs);
    const core = createCore(this.coreConfig);
    this.inspect = core.inspect;
    this.watch = new Watch(createCapture(config, wallMs), core.inspect, wallMs);
    const onlooker = config.http && this.watch;
    const thinning = new Thinning(log, now);
    this.told = new SharedLog(log, onlooker?.log, thinning);
    const notices = new NoticeLog(log, thinning);
    this.upstream = createUpstream(
      {
        ...upstreamOptions(config, () => this.config),
        run: this.run,
        dial: outside.dial,
        onRoundTrip: (ms) => durations.brokerRoundTrip.observe(ms),
      },
      (event) => this.runner.upstreamEvent(event),
      this.told,
      this.store,
    );
    const { own } = this.upstream;
    this.topics = new ToldTopics(config, version, this, own, this.told, this.store);
    this.runner = new Runner(
      core,
      {
        send: ({ link, address, data, urgency, ref }) =>
          this.links.get(link)?.send(address, data, urgency, ref),
        upstream: (request) => this.upstream.request(request),
        journal: (writes, number) => this.write(writes, number),
        notice: (notice) => {
          this.tally.count(notice);
          if (isLostDisconnect(notice)) this.untold++;
          notices.write(notice);
          onlooker?.notice(notice);
          this.topics.notice(notice);
        },
        measured: ({ what, link, ms }) => durations.measured(what, link, ms),
        internalError: (error, input) => {
          this.tally.countInternalError();
          tellBug(this.told, error, input);
        },
        ...watching(this.recording, onlooker),
      },
      now,
    );
  }

  /** Resolves when devices are served; the broker may still be away. Rejects with a message for people. */
  async start(): Promise<void> {
    const steps = [() => this.store.open(), () => this.begin(), () => this.startLinks()];
    for (const step of steps) {
      await step();
      // Who is to end goes no further: without its devices the broker's side would give their subscriptions up.
      if (this.phase === 'stopping') return;
    }
    this.phase = 'serving';
  }

  private async begin(): Promise<void> {
    this.clock.start();
    this.recording?.start(this.coreConfig);
    this.topics.start();
    this.embeddedBrokerUrl = await this.upstream.start();
    if (this.phase === 'stopping') return this.upstream.stop();
    this.recover();
    this.restoreAirTime();
  }

  /** What has happened since the start. */
  get counters(): Readings {
    return this.tally;
  }

  /** Of each link with a modem: its air time, what waits for it, what it has dropped. */
  airUsage(): AirUsages {
    const now = this.clock.now();
    return new Map([...this.radios].map(([name, channel]) => [name, channel.usage(now)]));
  }

  /** Names of the links, in the order of the configuration. */
  get linkNames(): readonly string[] {
    return [...this.links.keys()];
  }

  /** Frames as a pcapng file that `application` writes; undefined when there are too many readers, or no `http`. */
  captured(application: string, request: CaptureRequest): ReadableStream<Uint8Array> | undefined {
    return this.watch.capture.open(application, request);
  }

  /** As it is in force, secrets included. */
  get configuration(): Config {
    return this.config;
  }

  /** Whether the link works; undefined: there is none of this name. */
  linkHealth(link: string): LinkHealth | undefined {
    return this.health.of(link);
  }

  /** Where and how: "lan udp 0.0.0.0:1883". */
  linkDescription(link: string): string {
    return this.links.get(link)?.description ?? link;
  }

  /** The clock of the core. */
  now(): Instant {
    return this.clock.now();
  }

  /** The machine's clock, in milliseconds since 1970. */
  nowMs(): number {
    return this.outside.machine.wallMs();
  }

  /** A moment of the core on it. */
  wallTimeOf(instant: Instant): number {
    return Math.round(instant - this.clock.now() + this.nowMs());
  }

  /** Resolves when it is done, and a restart would know of it, or as far as it can be done. */
  async operate(command: OperatorCommand): Promise<OperatorOutcome> {
    if (this.phase !== 'serving') return 'not-serving';
    this.runner.admin(command);
    await new Promise<void>((resolve) => this.store.afterCommit(resolve));
    // A store that fails answers everybody at once.
    return this.tally.isStoreUp ? 'done' : 'not-kept';
  }

  /** None: devices are served, and what they say is kept and reaches the broker. */
  unready(): Unready[] {
    const { phase, tally } = this;
    return [
      ...(phase === 'serving' ? [] : [phase]),
      ...(tally.isStoreUp ? [] : (['store-failing'] as const)),
      ...(tally.isBrokerUp ? [] : (['broker-away'] as const)),
    ];
  }

  /** A bug outside of the core, which must not end the gateway for all devices either. */
  reportBug(error: unknown): void {
    this.tally.countInternalError();
    tellBug(this.told, error);
  }

  /** For the `ready` line. */
  describe(): string {
    const { mqtt } = this.config;
    const links = [...this.links.values()].map(({ description }) => description);
    const broker =
      mqtt.server === 'embedded'
        ? `embedded broker ${this.embeddedBrokerUrl}`
        : `broker ${[brokerNames(this.config)].flat().join(' or ')}`;
    return [...links, `${broker} (${mqtt.mode})`].join(', ');
  }

  /** Takes over predefined topics, device rules, defaults and access rules; nobody is disconnected. */
  reload(config: Config): void {
    const { fixed, merged } = reloaded(this.config, config);
    if (fixed.length > 0) {
      this.told.warn(
        { code: 'CONFIG_NEEDS_RESTART', sections: fixed },
        `changes in ${fixed.join(', ')} take effect at the next start`,
      );
    }
    const { predefinedTopics, devices, defaults, access } = toCoreConfig(merged);
    this.config = merged;
    this.log.level = merged.log.level;
    this.runner.admin({
      command: 'reload',
      config: { ...this.coreConfig, predefinedTopics, devices, defaults, access },
    });
  }

  /** Ends in good order: sessions stay for the next start unless `shutdown: disconnect` is set. */
  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.untold = 0;
    // Whoever is overdue is lost in the next run: in this one nobody is left to publish the will.
    this.runner.holdDeadlines();
    const isFarewell = this.config.gateway.shutdown === 'disconnect';
    if (isFarewell) this.runner.admin({ command: 'disconnect-all' });
    await this.lastCommit();
    this.topics.stop();
    await Promise.all([this.upstream.stop(), isFarewell ? this.lastWords() : undefined]);
    this.runner.stop();
    this.hasEnded = true;
    await Promise.all([...this.links.values()].map((link) => link.stop()));
    this.watch.capture.stop();
    await this.recording?.stop();
    this.clock.stop();
    await this.store.close();
  }

  /** What has come is kept, and so acknowledged, before the broker hears good-bye. */
  private async lastCommit(): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, LAST_COMMIT_TIMEOUT_MS).unref();
      this.store.afterCommit(resolve);
    });
  }

  private async lastWords(): Promise<void> {
    const links = [...this.links.values()];
    await Promise.all(links.map((link) => link.drain(LAST_WORDS_TIMEOUT_MS)));
    if (this.untold === 0) return;
    this.told.warn(
      { code: 'DEVICES_NOT_TOLD', devices: this.untold },
      `${this.untold} devices could not be told that the gateway ends: there was no air for it, or no time; they notice when nobody answers`,
    );
  }

  /** All at once: a device server that does not answer keeps no other link from its work. */
  private async startLinks(): Promise<void> {
    const starts = [...this.links.values()].map((link) => this.startLink(link));
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  private async startLink(link: Link): Promise<void> {
    const { name } = link;
    await link.start({
      datagram: (address, data, reception) => this.runner.datagram(name, address, data, reception),
      told: (event) => {
        if (event.event === 'ready') this.health.onReady(name);
        this.runner.linkEvent(name, event);
      },
      warning: (code, message) => {
        this.health.onWarning(name, code, message);
        this.told.warn({ code, link: name }, message);
      },
      info: (code, message) => {
        this.health.onInfo(name, code);
        this.told.info({ code, link: name }, message);
      },
    });
    // Links with a modem tell when it takes messages.
    if (!this.radios.has(name)) this.health.onReady(name);
  }

  /** Brings the sessions of the earlier run back, before the broker or a device can say anything. */
  private recover(): void {
    for (const kind of RECORD_KINDS) {
      const records = this.store.take(kind);
      for (let at = 0; at < records.length; at += RECORDS_PER_STEP) {
        const piece = records.slice(at, at + RECORDS_PER_STEP);
        this.runner.storeEvent({ event: 'recovered', records: piece });
      }
    }
    this.runner.storeEvent({ event: 'ready', run: this.run });
  }

  private restoreAirTime(): void {
    const doubt = this.airJournal.restore(this.radios, this.clock.now());
    if (doubt === undefined) return;
    // At a first start it is as it should be.
    const level = doubt === 'new' ? 'info' : 'warn';
    this.told[level]({ code: 'AIR_TIME_UNKNOWN', doubt }, doubtText(doubt));
  }

  private write(writes: readonly JournalWrite[], number: number | undefined): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.store.delete(key);
      else this.store.put(key, value);
    }
    if (number === undefined) return;
    this.store.afterCommit(() => this.runner.storeEvent({ event: 'committed', number }));
  }

  private onStoreProblem({ problem, detail }: JournalProblem): void {
    if (problem !== 'damaged') this.airJournal.onStore(problem, this.clock.now());
    if (problem === 'damaged') this.told.error({ code: 'STORE_DAMAGED' }, detail);
    else if (this.hasEnded) this.told.error({ code: 'STORE_FAILING' }, detail);
    else if (problem === 'failing') this.runner.storeEvent({ event: 'failing', detail });
    else this.runner.storeEvent({ event: 'working' });
  }
}

const isLostDisconnect = (notice: Notice): boolean =>
  notice.notice === 'drop' && notice.what === 'transmission' && notice.messageType === 'DISCONNECT';
