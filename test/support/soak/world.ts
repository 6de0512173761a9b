/** Everything that takes part in a soak test: broker, gateway, radios, devices, and the books about them. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '../cleanup.js';
import { Chance } from '../crash/chance.js';
import { LASTING_BROKER } from '../crash/setting.js';
import { Mosquitto } from '../mosquitto.js';
import { freeUdpPort } from '../ports.js';
import { Field } from '../radio/field.js';
import { until } from '../wait.js';
import { SoakBrokerSide } from './broker-side.js';
import { Books } from './books.js';
import type { Traffic } from './device.js';
import { Downlinks } from './downlinks.js';
import { SoakGateway } from './gateway.js';
import { Mortals } from './mortals.js';
import type { Blow } from './plan.js';
import { Population } from './population.js';
import { RADIOS } from './radio-kinds.js';
import { configOf } from './setting.js';

export interface WorldOptions {
  seed: number;
  /** On the network. */
  devices: number;
  mode: 'aggregating' | 'transparent';
}

/** Two a second are too many for LoRa, and the first CONNECT may collide. */
const READY_DEADLINE_MS = 180_000;
/** How long everything may take to arrive once the faults have ended: LoRa is slow. */
const SETTLE_DEADLINE_MS = 120_000;
export class SoakWorld {
  readonly books = new Books();
  readonly traffic: Traffic = { state: 'still' };
  /** Breaches that are in no other book. */
  readonly failures: string[] = [];
  readonly population: Population;
  readonly downlinks: Downlinks;
  private readonly mortals: Mortals;
  private unplugs = 0;

  private constructor(
    readonly gateway: SoakGateway,
    private readonly broker: Mosquitto,
    private readonly brokerSide: SoakBrokerSide,
    private readonly fields: ReadonlyMap<string, Field>,
    private readonly folder: string,
    private readonly cleanup: Cleanup,
    readonly gatewayPort: number,
    { seed, devices, mode }: WorldOptions,
  ) {
    this.population = new Population({
      devices,
      seed,
      gatewayPort,
      wills: mode === 'aggregating',
      traffic: this.traffic,
      books: this.books,
      field: (link) => this.field(link),
    });
    brokerSide.watch((topic, payload) => this.books.sees(topic, payload));
    const { members } = this.population;
    for (const { device, link, group } of members) this.books.introduce(device.id, { link, group });
    const { traffic } = this;
    const { deliveries, wills, faults } = this.books;
    const chance = new Chance(seed);
    this.downlinks = new Downlinks(
      members,
      brokerSide,
      deliveries,
      traffic,
      chance.branch('downlinks'),
    );
    const mortals = members.filter(({ isMortal }) => isMortal).map(({ device }) => device);
    this.mortals = new Mortals(
      mode === 'aggregating' ? mortals : [],
      wills,
      faults,
      chance.branch('deaths'),
    );
  }

  /** Resolves when the gateway serves all links; no device is on yet. */
  static async start(options: WorldOptions): Promise<SoakWorld> {
    const cleanup = new Cleanup();
    try {
      const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'mqttsn-soak-')), (path) =>
        rm(path, { recursive: true, force: true }),
      );
      const fields = new Map<string, Field>();
      const links: object[] = [];
      for (const { link, kind } of RADIOS) {
        const field = cleanup.add(new Field(kind, options.seed), (one) => one.stop());
        fields.set(link, field);
        const port = await field.atPty(join(folder, `${link}0`), join(folder, 'by-id', link));
        links.push({ name: link, type: 'serial', port, turnaround: '5ms', ...kind.link });
      }
      const broker = cleanup.add(
        await Mosquitto.start({ global: LASTING_BROKER, log: 'none' }),
        (one) => one.dispose(),
      );
      const brokerSide = cleanup.add(await SoakBrokerSide.at(broker.url), (one) => one.close());
      const port = await freeUdpPort();
      const config = configOf(broker.url, options.mode, port, links);
      const gatewayFolder = join(folder, 'gateway');
      await mkdir(gatewayFolder);
      const gateway = cleanup.add(new SoakGateway(gatewayFolder, config), (one) => one.dispose());
      const world = new SoakWorld(
        gateway,
        broker,
        brokerSide,
        fields,
        folder,
        cleanup,
        port,
        options,
      );
      cleanup.add(world, (one) => one.endTraffic());
      await gateway.start();
      await gateway.up();
      return world;
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  field(link: string): Field {
    const field = this.fields.get(link);
    if (field === undefined) throw new Error(`there is no link "${link}"`);
    return field;
  }

  /** Switches all devices on. Resolves when each has connected and subscribed, and messages flow, or when nobody waits for it any more. */
  async begin(signal: AbortSignal): Promise<void> {
    this.population.start();
    const isReady = (): boolean => this.population.isReady || signal.aborted;
    await until(isReady, READY_DEADLINE_MS, 'all devices to subscribe');
    this.traffic.state = 'flowing';
    this.downlinks.start();
    this.mortals.start();
    this.mortals.isDying = true;
  }

  async strike({ victim, awayMs }: Blow): Promise<void> {
    switch (victim) {
      case 'gateway': {
        const end = this.books.faults.begin('gateway', performance.now());
        await this.gateway.kill();
        await delay(awayMs);
        await this.gateway.start();
        end(performance.now());
        return;
      }
      case 'broker': {
        const end = this.books.faults.begin('broker', performance.now());
        await this.broker.stop();
        await delay(awayMs);
        await this.broker.restart();
        end(performance.now());
        return;
      }
      case 'dongle':
        await this.unplug(awayMs);
        return;
      default:
        victim satisfies never;
    }
  }

  /**
   * Ends the traffic. Resolves when everything that was promised has arrived, or when that takes too long,
   * which the books then tell; and when the gateway has ended.
   */
  async settle(): Promise<void> {
    this.mortals.isDying = false;
    this.traffic.state = 'still';
    const { population, brokerSide } = this;
    const { deliveries, wills } = this.books;
    const isSettled = (): boolean =>
      population.isSettled &&
      brokerSide.isSettled &&
      wills.deadCount === 0 &&
      deliveries.owed === 0;
    await this.gateway.up();
    await until(isSettled, SETTLE_DEADLINE_MS, 'everything to arrive').catch(this.note);
    deliveries.close();
    this.failures.push(...this.books.staleRetained(await this.brokerSide.retained()));
    await this.gateway.stop();
    this.endTraffic();
  }

  async dispose(): Promise<void> {
    await this.cleanup.run();
  }

  /** Something that should not have happened, and that no other book has. */
  readonly note = (error: unknown): void => void this.failures.push(String(error));

  /** One radio after the other loses its modem, which comes back under another number. */
  private async unplug(awayMs: number): Promise<void> {
    const { link } = RADIOS[this.unplugs % RADIOS.length] ?? {};
    if (link === undefined) return;
    this.unplugs += 1;
    const { dongle } = this.field(link);
    const end = this.books.faults.begin('dongle', performance.now(), link);
    dongle.unplug();
    await delay(awayMs);
    await dongle.replug(join(this.folder, `${link}${this.unplugs}`));
    end(performance.now());
  }

  private endTraffic(): void {
    this.downlinks.stop();
    this.mortals.stop();
    this.population.stop();
  }
}
