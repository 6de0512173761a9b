/** A site as users have it: a broker, the built gateway, devices, and an MQTT client that looks on. */
import { Socket } from 'node:net';
import { Witness } from '../contract/upstream/harness.js';
import { Cleanup } from './cleanup.js';
import { Daemon, type DaemonOptions } from './daemon.js';
import { Device, type DeviceOptions } from './device.js';
import { Mosquitto, type MosquittoOptions } from './mosquitto.js';

export interface Setup {
  mode: 'aggregating' | 'transparent';
  version: 5 | 4;
  /** The broker inside the gateway, instead of Mosquitto. */
  embedded?: true;
}

/** Every way to a broker that behaves differently. */
export const SETUPS: readonly Setup[] = [
  { mode: 'aggregating', version: 5 },
  { mode: 'aggregating', version: 4 },
  { mode: 'transparent', version: 5 },
  { mode: 'transparent', version: 4 },
  { mode: 'aggregating', version: 4, embedded: true },
];

export const MODES = ['aggregating', 'transparent'] as const;

export const setupName = ({ mode, version, embedded }: Setup): string =>
  `${mode}, MQTT ${version === 5 ? '5' : '3.1.1'}${embedded ? ', embedded broker' : ''}`;

/** Sections that a test adds to the configuration, each in place of the common one. */
export type Sections = Record<string, object>;

/** A configuration that disturbs nobody on this machine. */
export function gatewayConfig(mqtt: object, sections: Sections = {}): Sections {
  return {
    gateway: { name: 'e2e' },
    mqtt,
    links: [udpLink()] as object,
    // A test is not a radio: a hundred datagrams of one device in a second are no attack.
    limits: { datagrams_per_second_per_device: 100_000 },
    log: { level: 'debug', format: 'json' },
    ...sections,
  };
}

/** `receive_buffer`: what every machine grants, so that no warning hides others. */
export const udpLink = (keys: object = {}): object => ({
  name: 'lan',
  type: 'udp',
  listen: '127.0.0.1:0',
  receive_buffer: '64KiB',
  ...keys,
});

export interface SiteOptions {
  sections?: Sections;
  mqtt?: object;
  daemon?: DaemonOptions;
  broker?: MosquittoOptions;
}

export class Site {
  private readonly cleanup = new Cleanup();

  private constructor(
    private gateway: Daemon,
    /** Undefined with the embedded broker. */
    private readonly mosquitto: Mosquitto | undefined,
    readonly config: Sections,
  ) {}

  static async start(setup: Setup, options: SiteOptions = {}): Promise<Site> {
    const { mode, version, embedded } = setup;
    const mosquitto = embedded ? undefined : await Mosquitto.start(options.broker);
    const way = mosquitto
      ? { server: mosquitto.url }
      : { server: 'embedded', embedded: { host: '127.0.0.1', port: 0 } };
    const config = gatewayConfig({ ...way, mode, version, ...options.mqtt }, options.sections);
    try {
      return new Site(await Daemon.start(config, options.daemon), mosquitto, config);
    } catch (error) {
      await mosquitto?.dispose();
      throw error;
    }
  }

  get daemon(): Daemon {
    return this.gateway;
  }

  /** Another gateway in the same folder, at the same port: devices need not know. The one before has ended. Sections replace those of its configuration. */
  async restart(sections: Sections = {}): Promise<void> {
    const { folder } = this.gateway;
    const links = [udpLink({ listen: `127.0.0.1:${this.gateway.port()}` })];
    this.gateway = await Daemon.start({ ...this.config, links, ...sections }, { folder });
  }

  get broker(): Mosquitto {
    if (this.mosquitto === undefined) throw new Error('this site has no broker of its own');
    return this.mosquitto;
  }

  get brokerUrl(): string {
    return this.mosquitto?.url ?? `mqtt://127.0.0.1:${this.daemon.brokerPort()}`;
  }

  async witness(...filters: string[]): Promise<Witness> {
    const witness = this.cleanup.add(await Witness.at(this.brokerUrl, ...filters), (one) =>
      one.end(),
    );
    // Its messages must not wait for the TCP acknowledgements of earlier ones.
    if (witness.client.stream instanceof Socket) witness.client.stream.setNoDelay(true);
    return witness;
  }

  async device(clientId: string, options: DeviceOptions = {}): Promise<Device> {
    const device = await Device.at(this.daemon.port(), { ...options, clientId });
    return this.cleanup.add(device, (one) => one.close());
  }

  /** A device that has connected. */
  async connected(
    clientId: string,
    options: Parameters<Device['connect']>[0] = {},
  ): Promise<Device> {
    const device = await this.device(clientId);
    const returnCode = await device.connect(options);
    if (returnCode !== 0) throw new Error(`${clientId} was refused with code ${returnCode}`);
    return device;
  }

  /** Ends what one test has opened. */
  readonly sweep = (): Promise<void> => this.cleanup.run();

  /** Ends everything. Fails unless the gateway ends as it should. */
  async stop(): Promise<void> {
    await this.sweep();
    try {
      await this.daemon.stop();
    } finally {
      await this.dispose();
    }
  }

  /** Ends everything, however the gateway is. */
  async dispose(): Promise<void> {
    await this.daemon.dispose();
    await this.mosquitto?.dispose();
  }
}
