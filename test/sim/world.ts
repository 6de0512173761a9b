/**
 * A world that runs a story: the real gateway in the middle, and around it devices, a network, a broker and a
 * machine that are simulated, all under one clock and one seed.
 */
import { CONGESTION_WAIT_MS } from '../../src/core/limits.js';
import { Random } from '../../firmware-sim/random.js';
import { readScene } from '../../firmware-sim/scene/read.js';
import type { Port } from '../../firmware-sim/devices/port.js';
import type { DevicePlan } from '../../firmware-sim/scene/schema.js';
import { Simulation } from '../../firmware-sim/simulation.js';
import { VirtualTimeline } from '../../firmware-sim/virtual-timeline.js';
import { parseConfig } from '../../src/config/parse.js';
import type { Config } from '../../src/config/schema.js';
import { SimulatedBroker } from './broker/broker.js';
import { Wires } from './broker/wire.js';
import { DISK_CATCHES_UP_MS } from './checkers/excuses/index.js';
import { victimOf } from './checkers/support.js';
import { Chronicle } from './chronicle.js';
import { Faults } from './faults.js';
import { GatewayProcess, type ProcessWitness } from './gateway-process.js';
import { install, Loop } from './loop.js';
import { Machinery } from './machinery.js';
import { Network } from './network.js';
import { Dongle } from './dongle.js';
import type { Fault, Story } from './story.js';
import { type PortWitness, WatchedPort } from './watched-port.js';
import { type Rest, restOf, SETTLE_MS, WAKE_UPS } from './rest.js';
import type { Scene, Watcher, WatcherFactory } from './watcher.js';

export interface Verdict {
  /** What was wrong, in the order of discovery, each with its time; none: the world has found no fault. */
  breaches: readonly string[];
  /** Of everything that happened. */
  digest: string;
  events: number;
  virtualMs: number;
  /** The latest events up to the first breach, or the end. */
  lastEvents: readonly string[];
}

/** A story that cannot be played: its configuration or its scene is wrong. */
export class StoryError extends Error {}

const MINUTE_MS = 60_000;

/** How often it is looked whether it has settled before. */
const LOOK_MS = 5000;

/**
 * With all devices off each of them is given up within this multiple of its period, and what is under way ends; later who was
 * told to come back later (congestion).
 */
const PERIODS = 3;
const FADE_MS = MINUTE_MS;

/** The clock of a process never begins at 0. */
const START_MS = 1000;

/** Beyond them a run only repeats itself. */
const BREACHES_MAX = 20;
const EVENTS_SHOWN = 60;

export interface Audience {
  /** Gets every line of what happens. */
  print?: (line: string) => void;
  /** Whether a breach is all that is wanted: nothing happens after it. Absent: none is. */
  isEnough?: (breach: string) => boolean;
}

/** Runs a story from beginning to end. The process has no other timers meanwhile. Throws StoryError before it begins. */
export async function play(
  story: Story,
  factories: readonly WatcherFactory[],
  audience: Audience = {},
): Promise<Verdict> {
  return new World(story, factories, audience).play();
}

type Listener = (...given: unknown[]) => void;

class World implements Scene {
  readonly lostMemory: { from: number; to: number }[] = [];
  readonly devices: Simulation['devices'];
  readonly faults: { fault: Fault; from: number; to: number }[] = [];
  private readonly timeline = new VirtualTimeline(START_MS);
  private readonly chronicle: Chronicle;
  private readonly loop: Loop;
  private readonly broker: SimulatedBroker;
  private readonly process: GatewayProcess;
  private readonly simulation: Simulation;
  private readonly machinery: Machinery;
  private readonly happenings: Faults;
  private readonly rest: Rest;
  private readonly watchers: readonly Watcher[];
  /** Of all devices. */
  private readonly longestPeriodMs: number;
  /** By what they listen for. */
  private readonly listeners = new Map<keyof Watcher, readonly Listener[]>();
  private readonly breaches: string[] = [];
  /** As the gateway tells: since when, and since when it works again, though what has gathered need not be on it yet. */
  private diskFails: { from: number; to: number } | undefined;
  private lastEvents: readonly string[] | undefined;
  /** The audience has heard enough. */
  private isOver = false;

  constructor(
    readonly story: Story,
    factories: readonly WatcherFactory[],
    private readonly audience: Audience,
  ) {
    const { timeline } = this;
    this.chronicle = new Chronicle(() => timeline.now(), audience.print);
    const random = new Random(story.seed);
    this.broker = new SimulatedBroker(timeline, story.broker, {
      arrived: (client, message) => this.tell('arrived', client, message),
      queued: (client, message) => this.tell('queued', client, message),
      handedOver: (client, message) => this.tell('handedOver', client, message),
      subscribed: (client, filter) => this.tell('subscribed', client, filter),
      violated: (client, what) => this.tell('violated', client, what),
      willFired: (client, will) => this.tell('willFired', client, will),
      note: (what) => this.chronicle.note(what),
    });
    const network = new Network(timeline, random.branch('lan'), story.lan);
    const wires = new Wires(timeline, random.branch('wires'), this.broker, {
      mayLeave: (what, octets) => this.process.mayLeave(what, octets),
      arrives: (what, octets) => this.process.arrives(what, octets),
    });
    this.loop = new Loop({
      timeline,
      random: random.branch('process'),
      wallMs: () => this.machinery.wallMs(),
      onError: (error) => this.bug(error),
    });
    this.machinery = new Machinery(timeline, network, wires, this.loop);
    const { machinery } = this;
    machinery.disk.latencyMs = story.diskMs;
    this.process = new GatewayProcess(configOf(story), this.loop, machinery, this.witness());
    const scene = sceneOf(story);
    this.simulation = new Simulation(scene, {
      timeline,
      seed: story.seed,
      openUdp: (_gateway, device) => openPort(network, story, device),
      watch: (device, port) => new WatchedPort(port, this.portWitness(device)),
      missed: (device, data) => this.tell('missed', device, data),
    });
    this.devices = this.simulation.devices;
    for (const { id, port, baudrate } of scene.modems) {
      const modem = this.simulation.modems.get(id);
      if (modem === undefined) continue;
      const own = random.branch(`line ${id}`);
      const dongle = new Dongle(modem, { timeline, random: own, baudRate: baudrate }, this.loop);
      machinery.plugInDongle(id, port.pty ?? '', dongle);
    }
    const { broker, process, simulation } = this;
    this.happenings = new Faults({
      timeline,
      process,
      machinery,
      broker,
      simulation,
      diskMs: story.diskMs,
      lan: story.lan,
      strikes: (fault) => {
        const begun = this.faults.findLast((one) => one.fault === fault);
        if (begun !== undefined) Object.assign(begun, this.spanOf(fault));
      },
    });
    this.rest = restOf(this);
    this.watchers = [this.rest, ...factories.map((create) => create(this))];
    this.longestPeriodMs = Math.max(0, ...scene.devices.map(periodMsOf));
  }

  now(): number {
    return this.timeline.now();
  }

  addressOf(device: string): string | undefined {
    return this.machinery.network.portOf(device)?.address;
  }

  ownerOf(address: string): string | undefined {
    return this.machinery.network.ownerOf(address);
  }

  worstHours(): { modem: string; airTimeMs: number }[] {
    return this.simulation
      .statisticsOfModems()
      .map(([modem, { worstHourMs }]) => ({ modem, airTimeMs: worstHourMs }));
  }

  airQueues(): { link: string; worstWaitMs: number; renewed: number }[] {
    const usages = this.process.gateway?.airUsage() ?? [];
    return [...usages].map(([link, { worstWaitMs, renewed }]) => ({ link, worstWaitMs, renewed }));
  }

  connections(): number {
    return this.machinery.wires.openCount;
  }

  records(): string[] {
    // The disk has octets for keys, in a text of its own.
    return [...this.machinery.disk.kept.keys()].map((key) => Buffer.from(key, 'latin1').toString());
  }

  diskFailures(): readonly number[] {
    return this.machinery.diskFailures;
  }

  report(breach: string): void {
    this.lastEvents ??= this.chronicle.latest(EVENTS_SHOWN);
    if (this.isOver || this.breaches.length >= BREACHES_MAX) return;
    const text = `${(this.now() / 1000).toFixed(3)} s: ${breach}`;
    this.breaches.push(text);
    this.tell('breach', breach);
    if (this.audience.isEnough?.(text) !== true) return;
    this.isOver = true;
    this.loop.stop();
  }

  async play(): Promise<Verdict> {
    const uninstall = install(this.loop);
    const onRejection = (error: unknown): void => this.bug(error);
    process.on('unhandledRejection', onRejection);
    try {
      await this.live();
    } catch (error) {
      this.bug(error);
    } finally {
      this.loop.forget();
      uninstall();
      process.off('unhandledRejection', onRejection);
    }
    return {
      breaches: this.breaches,
      digest: this.chronicle.digest(),
      events: this.chronicle.count,
      virtualMs: this.now() - START_MS,
      lastEvents: this.lastEvents ?? this.chronicle.latest(EVENTS_SHOWN),
    };
  }

  private async live(): Promise<void> {
    const { timeline, story } = this;
    const endMs = START_MS + story.minutes * MINUTE_MS;
    this.process.start();
    this.simulation.switchOn();
    // A story that was made shorter has no more of them than there is time for.
    const isWithin = ({ at }: { at: number }): boolean => START_MS + at < endMs;
    for (const message of story.messages.filter(isWithin)) {
      timeline.at(START_MS + message.at, () => {
        this.chronicle.note(`somebody publishes ${message.topic}: ${message.text}`);
        this.tell('published', message);
        const { topic, text, qos, retain } = message;
        this.broker.publish({ topic, payload: Buffer.from(text), qos, retain });
      });
    }
    for (const fault of story.faults.filter(isWithin)) {
      timeline.at(START_MS + fault.at, () => this.happen(fault));
    }
    await this.loop.run(endMs);
    this.chronicle.note('all is repaired');
    this.tell('calm');
    this.happenings.calm();
    const latestMs = endMs + SETTLE_MS + WAKE_UPS * this.longestPeriodMs;
    const restless = (): string[] => [
      ...this.broker.owes(this.rest.names),
      ...this.rest.restless(),
    ];
    let [before, now]: [readonly string[], readonly string[]] = [[], restless()];
    do {
      await this.loop.run(Math.min(this.now() + LOOK_MS, latestMs));
      [before, now] = [now, restless()];
    } while (!this.isOver && this.now() < latestMs && now.length > 0);
    // Who means no good goes on talking: what is under way at one look may be over a moment later.
    const ever = new Set(before);
    this.tell(
      'settled',
      now.filter((who) => ever.has(who)),
    );
    await this.simulation.stop();
    await this.loop.run(this.now() + PERIODS * this.longestPeriodMs + CONGESTION_WAIT_MS + FADE_MS);
    for (const watcher of this.watchers) watcher.finish?.();
  }

  private happen(fault: Fault): void {
    const span = this.spanOf(fault);
    this.faults.push({ fault, ...span });
    this.tell('fault', fault, span.to);
    this.chronicle.note(`fault ${JSON.stringify(fault)}`);
    this.happenings.happen(fault);
  }

  /** If it begins now. */
  private spanOf(fault: Fault): { from: number; to: number } {
    const from = this.now();
    const lasts = ('forMs' in fault ? fault.forMs : 0) + ('offMs' in fault ? fault.offMs : 0);
    return { from, to: from + lasts };
  }

  private portWitness(device: string): PortWitness {
    return {
      said: (data) => {
        this.chronicle.note(`${device} says`, data);
        this.tell('said', device, data);
      },
      heard: (data) => {
        this.chronicle.note(`${device} hears`, data);
        this.tell('heard', device, data);
      },
    };
  }

  private witness(): ProcessWitness {
    return {
      notice: (notice) => {
        if (notice.notice === 'store') this.onStore(notice.up);
        this.chronicle.note(JSON.stringify(notice));
        this.tell('notice', notice);
      },
      life: (is) => {
        if (is === 'killed' || is === 'ended') this.loseMemory();
        this.chronicle.note(`the gateway ${is}`);
        this.tell('life', is);
      },
      leaves: (what, data) => {
        this.chronicle.note(what, data);
        this.tellOfWire('wireOut', what, data);
      },
      arrives: (what, data) => {
        this.chronicle.note(what, data);
        this.tellOfWire('wireIn', what, data);
      },
      radioIn: (link, address, data) => this.tell('radioIn', link, address, data),
      radioOut: (link, address, data) => this.tell('radioOut', link, address, data),
      frameOut: (link, address, data) => this.tell('frameOut', link, address, data),
      frameIn: (link, address, data) => this.tell('frameIn', link, address, data),
      bug: (error) => this.bug(error),
    };
  }

  private onStore(works: boolean): void {
    this.machinery.network.keepsPlaces = works;
    const now = this.now();
    const isNew = this.diskFails === undefined || this.diskFails.to < now - DISK_CATCHES_UP_MS;
    if (works && this.diskFails !== undefined) this.diskFails.to = now;
    else if (!works)
      this.diskFails = {
        from: isNew ? now : (this.diskFails?.from ?? now),
        to: Number.POSITIVE_INFINITY,
      };
  }

  /** What memory alone has known goes with the process. */
  private loseMemory(): void {
    const fails = this.diskFails;
    this.diskFails = undefined;
    this.machinery.network.keepsPlaces = true;
    if (fails === undefined || fails.to < this.now() - DISK_CATCHES_UP_MS) return;
    this.lostMemory.push({ from: fails.from, to: this.now() });
  }

  private tellOfWire(name: 'wireIn' | 'wireOut', what: string, data?: Uint8Array): void {
    const [, connection, how = ''] = /^. (tcp\d+) ?(.*)$/.exec(what) ?? [];
    if (connection !== undefined) this.tell(name, connection, data ?? how);
  }

  private bug(error: unknown): void {
    this.report(`a bug: ${error instanceof Error ? error.stack : String(error)}`);
  }

  private tell<Name extends keyof Watcher>(
    name: Name,
    ...given: Parameters<NonNullable<Watcher[Name]>>
  ): void {
    let listeners = this.listeners.get(name);
    if (listeners === undefined) {
      listeners = this.watchers.flatMap(
        (watcher) => (watcher[name] as Listener | undefined)?.bind(watcher) ?? [],
      );
      this.listeners.set(name, listeners);
    }
    for (const listener of listeners) listener(...given);
  }
}

function configOf({ config }: Story): Config {
  const machine = { env: {}, hostName: 'sim', readFile: () => '' };
  const result = parseConfig(JSON.stringify(config), 'story', machine);
  if (result.config?.mqtt.server === 'embedded') {
    throw new StoryError("the story's configuration names no broker: mqtt.server");
  }
  if (result.config !== undefined) return result.config;
  throw new StoryError(`the story's configuration is wrong: ${JSON.stringify(result.errors)}`);
}

/** All but the first socket of an impostor stand in the place of the device that it speaks for. */
function openPort(network: Network, story: Story, device: string): Port & { close(): void } {
  const isFirst = network.portOf(device) === undefined;
  const victim = isFirst ? undefined : victimOf(story, device);
  const place = victim === undefined ? undefined : network.portOf(victim);
  return place === undefined ? network.open(device) : network.openBeside(place, device);
}

/** From one sign of life of a device to the next. */
function periodMsOf(plan: DevicePlan): number {
  if (plan.kind === 'sensor') return plan.sleep;
  return plan.kind === 'actuator' ? plan.keep_alive : 0;
}

function sceneOf({ scene }: Story) {
  const result = readScene(JSON.stringify(scene), 'story');
  if (result.scene !== undefined) return result.scene;
  throw new StoryError(`the story's scene is wrong: ${result.errors.join('; ')}`);
}
