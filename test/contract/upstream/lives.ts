/**
 * The lives of a gateway's broker side, one after another, on a cable to a real broker that can be cut.
 * A crash is played by cutting it and by freezing the journal: what the old life still does reaches
 * neither the broker nor the disk.
 */
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import type { Time } from '../../../src/upstream/time.js';
import { TestJournal } from '../../support/journal.js';
import { Mosquitto } from '../../support/mosquitto.js';
import { MqttProxy, type RecordedPacket } from '../../support/mqtt-proxy.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { ScriptedCore, Witness } from './harness.js';

interface Kind {
  mode: 'aggregating' | 'transparent';
  version: 5 | 4;
}

const modes = ['aggregating', 'transparent'] as const;
export const kinds: readonly Kind[] = modes.flatMap((mode) =>
  ([5, 4] as const).map((version) => ({ mode, version })),
);

export interface LifeOptions {
  upstream?: Partial<UpstreamOptions>;
  time?: Time;
  journal?: TestJournal;
  /** What the core asks for right after the start. */
  resume?: (core: ScriptedCore) => void;
  /** Packets of the broker to keep from the gateway; the life has begun when there is one. */
  holding?: string;
}

export class Life {
  readonly #held = new Set<string>();

  constructor(
    readonly core: ScriptedCore,
    readonly journal: TestJournal,
    private readonly cable: MqttProxy,
    /** Client id of the connection that device `d` uses. */
    private readonly clientId: string,
  ) {}

  /** Ends without good-bye. Returns what the next life finds on disk. */
  async crash(): Promise<TestJournal> {
    const next = this.journal.crashed();
    await this.cable.stop();
    await this.core.stop();
    return next;
  }

  /** Ends in good order. */
  async stop(): Promise<TestJournal> {
    await this.core.stop();
    this.journal.commit();
    return this.journal.crashed();
  }

  /** Waits until so many such packets went to the broker. */
  async sent(cmd: string, count = 1): Promise<void> {
    await until(() => this.sentSoFar(cmd) >= count, PATIENCE_MS, `${count} ${cmd}`);
  }

  sentSoFar(cmd: string): number {
    return this.sentPackets(cmd).length;
  }

  sentPackets(cmd: string): RecordedPacket[] {
    return this.cable.packetsOf(this.clientId).filter((packet) => packet.cmd === cmd);
  }

  /** Keeps such packets of the broker from the gateway. */
  hold(cmd: string): void {
    this.cable.holds = (client, packet) => {
      const isHeld = client === this.clientId && packet.cmd === cmd;
      if (isHeld) this.#held.add(cmd);
      return isHeld;
    };
  }

  /** Waits until one is kept. */
  async held(cmd: string): Promise<void> {
    await until(() => this.#held.has(cmd), PATIENCE_MS, `${cmd} to be held`);
  }

  /** Waits until the journal has something that somebody waits for. */
  async waiting(what: string): Promise<void> {
    await until(() => this.journal.isWaiting, PATIENCE_MS, what);
  }
}

export class Lives {
  #present: Life | undefined;

  private constructor(
    private readonly kind: Kind,
    readonly broker: Mosquitto,
    readonly witness: Witness,
    readonly cable: MqttProxy,
  ) {}

  static async prepare(kind: Kind, ...watch: string[]): Promise<Lives> {
    const broker = await Mosquitto.start();
    const witness = await Witness.at(broker.url, ...watch);
    return new Lives(kind, broker, witness, new MqttProxy(broker.port, kind.version));
  }

  async dispose(): Promise<void> {
    await this.cable.stop();
    await this.#present?.core.stop();
    await this.witness.end();
    await this.broker.dispose();
  }

  /** The next life, until it is connected. */
  async begin(options: LifeOptions = {}): Promise<Life> {
    const { upstream, time, journal, resume, holding } = options;
    const { mode, version } = this.kind;
    this.cable.holds = () => false;
    this.cable.forget();
    if (!this.cable.isListening) await this.cable.start();
    const servers = [`mqtt://127.0.0.1:${this.cable.port}`];
    const settings = { servers, version, deviceOf: () => ({ mode }), ...upstream };
    const kept = journal ?? new TestJournal();
    const core = new ScriptedCore(settings, time, kept);
    const present = new Life(core, kept, this.cable, mode === 'transparent' ? 'd' : 'gateway');
    this.#present = present;
    if (holding !== undefined) present.hold(holding);
    await core.upstream.start();
    resume?.(core);
    if (holding === undefined) await core.available(true);
    else await present.held(holding);
    return present;
  }

  /** The device's own connection is there. */
  async connected(client: string): Promise<void> {
    if (this.kind.mode === 'aggregating') return;
    await until(() => this.cable.isConnected(client), PATIENCE_MS, `the connection of ${client}`);
  }

  /** What the broker has logged of such packets from the gateway and its devices. */
  received(what: string): number {
    return this.broker.log.split(`Received ${what}`).length - 1;
  }
}
