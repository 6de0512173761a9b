/** A gateway under traffic in both directions, that is struck again and again and starts anew in the same place. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop, setTimeout as delay } from 'node:timers/promises';
import type { MessageType } from '../../../src/codec/index.js';
import { Cleanup } from '../cleanup.js';
import { Daemon } from '../daemon.js';
import { Mosquitto } from '../mosquitto.js';
import { freeUdpPort } from '../ports.js';
import type { Sections, Setup } from '../site.js';
import { until } from '../wait.js';
import { Actor, type Traffic } from './behaviour.js';
import { BrokerSide } from './broker-side.js';
import type { Chance } from './chance.js';
import { breaches } from './checkers.js';
import { CrashDevice, type CrashDeviceOptions } from './device.js';
import { type Fault, type Ledgers, topicOf } from './ledger.js';
import {
  configOf,
  filtersFor,
  LASTING_BROKER,
  LOSSLESS_BROKER,
  topicsFor,
  willOf,
} from './setting.js';
import type { Strike } from './strikes.js';

/** An awaited frame that nobody happens to get: the strike comes all the same. */
const FRAME_DEADLINE_MS = 1500;
/** Longer than the longest pause between two attempts to reach the broker. */
const UP_DEADLINE_MS = 45_000;
/** How long everything may take to arrive once the faults have ended, on two busy cores. */
const SETTLE_DEADLINE_MS = 30_000;
/** A broken gateway breaks everything it touches: the first breaches tell. */
const BREACHES_TOLD_MAX = 25;

export interface WorldOptions {
  chance: Chance;
  /** How many devices there are of each kind. */
  alwaysOn?: number;
  sleepers?: number;
  /** With CleanSession=1: a restart ends their sessions. */
  forgetful?: number;
  /** Those that keep their session have a will, which nobody may ever see: none of them is lost. */
  wills?: boolean;
  /** A broker without persistence: each outage costs everything it knows. */
  forgettingBroker?: boolean;
  sections?: Sections;
}

export class CrashWorld {
  readonly faults: Fault[] = [];
  readonly actors: Actor[] = [];
  readonly traffic: Traffic = { state: 'still' };
  private readonly lives: Promise<void>[] = [];
  private readonly logs: string[] = [];
  private readonly failures: string[] = [];
  private onFrame: (type: MessageType) => void = () => {};
  private startedAt = 0;
  private excusedBefore = 0;
  private gateway: Daemon | undefined;

  private constructor(
    readonly brokerSide: BrokerSide,
    private readonly broker: Mosquitto,
    private readonly gatewayPort: number,
    private readonly config: Sections,
    private readonly folder: string,
    private readonly cleanup: Cleanup,
  ) {}

  static async start(setup: Setup, options: WorldOptions): Promise<CrashWorld> {
    const cleanup = new Cleanup();
    try {
      const global = options.forgettingBroker ? LOSSLESS_BROKER : LASTING_BROKER;
      const broker = cleanup.add(await Mosquitto.start({ global }), (one) => one.dispose());
      const brokerSide = cleanup.add(await BrokerSide.at(broker.url), (one) => one.close());
      const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'mqttsn-crash-')), (path) =>
        rm(path, { recursive: true, force: true }),
      );
      const port = await freeUdpPort();
      const config = { ...configOf(setup, broker.url, port), ...options.sections };
      const world = new CrashWorld(brokerSide, broker, port, config, folder, cleanup);
      cleanup.add(world, (one) => one.killGateway());
      await world.startGateway();
      await world.gatewayUp();
      await world.populate(options);
      return world;
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  get ledgers(): Ledgers {
    return {
      devices: this.actors.map(({ device }) => device.ledger),
      published: this.brokerSide.published,
      observed: this.brokerSide.observed,
      faults: this.faults,
      excusedBefore: this.excusedBefore,
    };
  }

  /** A device that does only what the test says. */
  async device(options: Omit<CrashDeviceOptions, 'gatewayPort'>): Promise<CrashDevice> {
    const device = await CrashDevice.start({ ...options, gatewayPort: this.gatewayPort });
    return this.cleanup.add(device, (one) => one.close());
  }

  async startGateway(): Promise<void> {
    const gateway = await Daemon.spawn(this.config, { folder: this.folder });
    this.gateway = gateway;
    this.startedAt = performance.now();
    void gateway.ended.then((how) => {
      if (this.gateway === gateway) this.failures.push(`the gateway ended by itself with ${how}`);
    });
  }

  /** Resolves when it serves devices and has its broker, again after an outage. */
  async gatewayUp(): Promise<void> {
    await this.gateway?.ready();
    const changes = ['BROKER_UP', 'BROKER_DOWN'];
    const isUp = (): boolean => {
      const latest = this.gateway?.lines.findLast(({ code }) => changes.includes(code ?? ''));
      return latest?.code === 'BROKER_UP';
    };
    await until(isUp, UP_DEADLINE_MS, 'the gateway to find its broker');
  }

  async killGateway(): Promise<void> {
    const { gateway } = this;
    this.gateway = undefined;
    if (gateway === undefined) return;
    const from = performance.now();
    await gateway.kill();
    // What it had sent is with the devices, but their sockets must get their turn.
    await turnOfTheLoop();
    await turnOfTheLoop();
    this.faults.push({ victim: 'gateway', from, to: performance.now() });
    this.logs.push(gateway.errors);
    this.examine(gateway);
  }

  /** Kills it, leaves it away for so long, and starts it. */
  async restartGateway(downMs: number): Promise<void> {
    await this.killGateway();
    await delay(downMs);
    await this.startGateway();
  }

  /** Ends the broker while `meanwhile` lasts: in good order, so that it keeps what it has promised, or not. */
  async outage(meanwhile: () => Promise<unknown>, how: 'stop' | 'kill' = 'stop'): Promise<void> {
    const from = performance.now();
    await this.broker[how]();
    await meanwhile();
    await this.broker.restart();
    this.faults.push({ victim: 'broker', from, to: performance.now() });
  }

  async strike(strike: Strike): Promise<void> {
    const { victim, since, afterMs, atFrame, downMs, brokerDownMs } = strike;
    if (since === 'ready') await this.gateway?.ready();
    if (since === 'up') await this.gatewayUp();
    const begin = since === 'start' ? this.startedAt : performance.now();
    await delay(Math.max(begin + afterMs - performance.now(), 0));
    const act = async (): Promise<void> => {
      await Promise.all([
        victim === 'broker' ? undefined : this.restartGateway(downMs),
        victim === 'gateway' ? undefined : this.outage(() => delay(brokerDownMs)),
      ]);
    };
    await (atFrame === undefined ? act() : this.atNextFrame(atFrame, act));
  }

  /**
   * The broker has lost everything. Resolves when messages come through again on every way; only what is
   * said from then on is owed.
   */
  async startAnew(): Promise<void> {
    await this.brokerSide.subscribe();
    const since = performance.now();
    const hasCome = (topic: string, { received }: CrashDevice): boolean =>
      this.brokerSide.published.some(
        ({ payload, at }) => at >= since && topicOf(payload) === topic && received.has(payload),
      );
    const isWhole = (): boolean =>
      this.actors.every(({ device }) =>
        topicsFor(device.clientId).every((topic) => hasCome(topic, device)),
      );
    await until(isWhole, UP_DEADLINE_MS, 'messages on every way');
    this.excusedBefore = performance.now();
    for (const { acknowledged } of this.actors) acknowledged.length = 0;
  }

  /** Resolves when each device with such a client id has had so many more messages acknowledged. */
  async acknowledged(prefix: string, messages: number): Promise<void> {
    const goals = this.actors
      .filter(({ device }) => device.clientId.startsWith(prefix))
      .map((actor) => ({ actor, count: actor.acknowledged.length + messages }));
    const isDone = (): boolean =>
      goals.every(({ actor, count }) => actor.acknowledged.length >= count);
    await until(isDone, SETTLE_DEADLINE_MS, `${messages} acknowledgements for each ${prefix}`);
  }

  /**
   * Resolves when everything that was promised has arrived, and one more message on each topic behind it; or
   * when that takes too long, which `judge` then tells.
   */
  async settle(deadlineMs = SETTLE_DEADLINE_MS): Promise<void> {
    try {
      this.traffic.state = 'still';
      await this.gatewayUp();
      await this.everythingArrives(deadlineMs);
      this.traffic.state = 'concluding';
      await Promise.all(this.topics.map((topic) => this.brokerSide.publish(topic)));
      const haveConcluded = (): boolean => this.actors.every((actor) => actor.hasConcluded);
      await until(haveConcluded, deadlineMs, 'the last words of all devices');
      await this.everythingArrives(deadlineMs);
    } catch (error) {
      this.failures.push(String(error));
    } finally {
      this.traffic.state = 'still';
    }
  }

  /** Fails with what is wrong by now. `title` says which run it was. */
  async judge(title: string): Promise<void> {
    if (this.gateway !== undefined) this.examine(this.gateway);
    const wrong = [...this.failures, ...breaches(this.ledgers)];
    if (wrong.length === 0) return;
    const told = wrong.slice(0, BREACHES_TOLD_MAX).join('\n');
    const file = await this.write(title, wrong);
    throw new Error(`${title}\n${wrong.length} breaches, all of them in ${file}\n${told}`);
  }

  async dispose(): Promise<void> {
    await this.cleanup.run();
    await Promise.all(this.lives);
  }

  private get topics(): string[] {
    return [...new Set(this.actors.flatMap(({ device }) => topicsFor(device.clientId)))];
  }

  private examine(gateway: Daemon): void {
    try {
      gateway.assertHealthy();
    } catch (error) {
      this.failures.push(String(error));
    }
  }

  private async populate(options: WorldOptions): Promise<void> {
    const { alwaysOn = 0, sleepers = 0, forgetful = 0, chance } = options;
    const kinds = [
      { name: 'on', count: alwaysOn, kind: 'always-on', keepsSession: true },
      { name: 'sleeper', count: sleepers, kind: 'sleeper', keepsSession: true },
      { name: 'clean', count: forgetful, kind: 'always-on', keepsSession: false },
    ] as const;
    for (const { name, count, kind, keepsSession } of kinds) {
      for (let number = 1; number <= count; number++) {
        const clientId = `${name}-${number}`;
        const device = await this.device({
          clientId,
          keepsSession,
          filters: filtersFor(clientId),
          onFrame: ({ type }) => this.onFrame(type),
        });
        await device.connect(options.wills && keepsSession ? willOf(clientId) : undefined);
        await device.subscribe();
        this.actors.push(new Actor(device, kind, this.traffic, chance.branch(clientId)));
      }
    }
    for (const actor of this.actors) {
      this.lives.push(
        actor.live().catch((error: unknown) => void this.failures.push(String(error))),
      );
    }
    this.brokerSide.start(this.topics, this.traffic, chance);
  }

  /** Acts within the very turn in which a device hears such a frame. */
  private async atNextFrame(type: MessageType, act: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const once = (): void => {
        clearTimeout(timer);
        this.onFrame = () => {};
        act().then(resolve, reject);
      };
      const timer = setTimeout(once, FRAME_DEADLINE_MS);
      this.onFrame = (heard) => {
        if (heard === type) once();
      };
    });
  }

  private async everythingArrives(deadlineMs: number): Promise<void> {
    const { brokerSide, actors } = this;
    const isSaid = (): boolean => brokerSide.isSettled && actors.every((actor) => actor.isSettled);
    await until(isSaid, deadlineMs, 'all acknowledgements');
    const published = brokerSide.published.filter(({ at }) => at >= this.excusedBefore);
    let missing = [
      ...published.map(({ payload }) => ({ payload, at: brokerSide.seen })),
      ...actors.flatMap(({ acknowledged }) =>
        acknowledged.map((payload) => ({ payload, at: brokerSide.seen })),
      ),
      ...actors.flatMap(({ device }) =>
        published
          .filter(({ payload }) => device.isOwed(payload))
          .map(({ payload }) => ({ payload, at: device.received })),
      ),
    ];
    const isThere = (): boolean => {
      missing = missing.filter(({ payload, at }) => !at.has(payload));
      return missing.length === 0;
    };
    await until(isThere, deadlineMs, 'everything to arrive').catch((error: Error) => {
      throw new Error(`${error.message}: ${missing.length} are missing`);
    });
  }

  private async write(title: string, wrong: readonly string[]): Promise<string> {
    const [name = ''] = title.split('\n');
    const file = join(tmpdir(), `mqttsn-crash-${name.replaceAll(/\W+/g, '-')}.json`);
    const { gateway, logs, ledgers, broker } = this;
    const evidence = { wrong, ledgers, broker: broker.log, gateway: [...logs, gateway?.errors] };
    await writeFile(file, JSON.stringify(evidence));
    return file;
  }
}
