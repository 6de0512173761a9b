/** The gateway's process in its world: begins, is killed in the middle of anything, ends in good order, begins again. */
import { decode } from '../../firmware-sim/sn/decode.js';
import type { Config } from '../../src/config/schema.js';
import type { CoreConfig } from '../../src/core/config.js';
import type { Notice } from '../../src/core/types.js';
import { Gateway } from '../../src/gateway/gateway.js';
import type { Outside } from '../../src/gateway/outside.js';
import type { Recording } from '../../src/gateway/recorder.js';
import type { Link, LinkEvents } from '../../src/links/link.js';
import type { UdpOptions } from '../../src/links/udp.js';
import type { Logger } from '../../src/observe/logger.js';
import type { Loop } from './loop.js';
import type { Network } from './network.js';
import type { Machinery } from './machinery.js';
import type { LastWord } from './story.js';

/** What the process tells whoever watches. */
export interface ProcessWitness {
  notice(notice: Notice): void;
  /** The process is there, or not any more. */
  life(is: 'begins' | 'serves' | 'killed' | 'ended'): void;
  /** Something leaves the process for good. */
  leaves(what: string, data?: Uint8Array): void;
  arrives(what: string, data?: Uint8Array): void;
  /** A datagram to a device, before anything can happen to it. */
  frameOut(link: string, address: string | null, data: Uint8Array): void;
  frameIn(link: string, address: string, data: Uint8Array): void;
  /** The core gets a datagram from a radio, or has one for it. */
  radioIn(link: string, address: string, data: Uint8Array): void;
  radioOut(link: string, address: string | null, data: Uint8Array): void;
  bug(error: unknown): void;
}

/** What a process may still tell the world before it is killed. */
export interface LastWords {
  afterOutputs: number;
  ofPromises: boolean;
  word?: LastWord;
}

/** So long does a process live that has said its last word; less than any disk takes. */
const LAST_OUTPUT_MS = 1;

export class GatewayProcess {
  gateway: Gateway | undefined;
  /** What it may still tell the world before it is killed; undefined: nobody is about to. */
  private outputsLeft: number | undefined;
  private counts: (what: string, data?: Uint8Array) => boolean = () => true;
  private whenKilled: () => void = () => {};
  private isAlive = false;
  isStopping = false;
  private runs = 0;

  constructor(
    private readonly config: Config,
    private readonly loop: Loop,
    private readonly machinery: Machinery,
    private readonly witness: ProcessWitness,
  ) {}

  get isRunning(): boolean {
    return this.isAlive;
  }

  /** Begins; it serves some time later. */
  start(): void {
    // Code of the earlier run may have gone on to the end of its turn.
    this.loop.forget();
    this.machinery.wires.abandon();
    this.loop.touch();
    this.isAlive = true;
    this.outputsLeft = undefined;
    this.runs += 1;
    this.witness.life('begins');
    const gateway = new Gateway(this.config, this.log(), {
      recording: this.recording(),
      outside: this.outside(this.runs),
    });
    this.gateway = gateway;
    gateway.start().then(
      () => this.gateway === gateway && this.witness.life('serves'),
      (error: unknown) => this.witness.bug(error),
    );
  }

  /**
   * Dies, unless it is dead, once it has told the world so many more things: in the middle of a turn that has more to
   * say, else a moment later. Of promises it may be none: then it dies over the next one.
   */
  killAfter({ afterOutputs, ofPromises, word }: LastWords, whenKilled: () => void): void {
    if (!this.isAlive) return;
    this.whenKilled = whenKilled;
    this.counts = (what, data) => !ofPromises || isPromise(what, data, word);
    if (afterOutputs === 0 && !ofPromises) this.die();
    else this.outputsLeft = afterOutputs;
  }

  /** A kill that has been waiting for outputs waits no longer. */
  killNow(): void {
    if (this.outputsLeft !== undefined) this.die();
  }

  /** Begins to end in good order, unless it does so already; the call comes when that worked. */
  stop(whenEnded: () => void): void {
    const { gateway } = this;
    if (gateway === undefined || this.isStopping) return;
    this.isStopping = true;
    this.loop.touch();
    const { disk, diskFailures } = this.machinery;
    const failedBefore = diskFailures.length;
    gateway.stop().then(
      () => {
        if (gateway !== this.gateway) return;
        // For the next run it is a kill, as by a service manager that waits no longer, if its last words were too much for the disk.
        const isOnDisk = !disk.isBusy && diskFailures.length === failedBefore;
        this.gone(isOnDisk ? 'ended' : 'killed');
        whenEnded();
      },
      (error: unknown) => this.witness.bug(error),
    );
  }

  /** Whether what the process says now is still said. */
  mayLeave(what: string, data?: Uint8Array): boolean {
    if (!this.isAlive) return false;
    if (this.outputsLeft !== undefined && this.counts(what, data)) {
      if (this.outputsLeft === 0) {
        this.die();
        return false;
      }
      this.outputsLeft -= 1;
      if (this.outputsLeft === 0) this.dieSoon();
    }
    this.witness.leaves(what, data);
    return true;
  }

  /** Something comes to it from the world. */
  arrives(what: string, data?: Uint8Array): void {
    this.loop.touch();
    this.witness.arrives(what, data);
  }

  /** Before anything that is on its way to the disk gets there, unless the same turn has more to say. */
  private dieSoon(): void {
    const { timeline } = this.loop.setup;
    timeline.at(timeline.now() + LAST_OUTPUT_MS, () => this.killNow());
  }

  private die(): void {
    this.gone('killed');
    this.whenKilled();
  }

  private gone(how: 'killed' | 'ended'): void {
    const { machinery } = this;
    this.isAlive = false;
    this.isStopping = false;
    this.outputsLeft = undefined;
    this.gateway = undefined;
    machinery.network.hub = undefined;
    machinery.wires.abandon();
    for (const dongle of machinery.dongles.values()) dongle.abandon();
    this.loop.forget();
    this.witness.life(how);
  }

  private outside(run: number): Outside {
    const { machinery } = this;
    const isCurrent = (): boolean => this.isAlive && this.runs === run;
    return {
      machine: machinery.machine,
      disk: machinery.plugInDisk(),
      dial: () => machinery.wires.dial(),
      udp: (options) => new NetworkLink(options, machinery.network, this, isCurrent, this.witness),
      port: (link) => machinery.portOf(link, this, isCurrent),
      newRun: () => `run${run}`,
    };
  }

  private recording(): Recording {
    return {
      start: (_config: CoreConfig) => {},
      record: (_at, input, outcome) => {
        if (input.kind === 'datagram' && this.isRadio(input.link)) {
          this.witness.radioIn(input.link, input.address, input.data);
        }
        if ('error' in outcome) return this.witness.bug(outcome.error);
        for (const effect of outcome) {
          // What a killed process has still to say, nobody hears.
          if (!this.isAlive) continue;
          if (effect.kind === 'notice') this.witness.notice(effect.notice);
          if (effect.kind === 'send' && this.isRadio(effect.link)) {
            this.witness.radioOut(effect.link, effect.address, effect.data);
          }
        }
      },
      stop: async () => {},
    };
  }

  private isRadio(link: string): boolean {
    return this.config.links.some(({ name, type }) => name === link && type === 'serial');
  }

  /** Lines go nowhere, but for bugs. */
  private log(): Logger {
    const ignore = (): void => {};
    const heed = (fields: { code?: string; error?: unknown }): void => {
      if (fields.code === 'INTERNAL_ERROR') this.witness.bug(fields.error);
    };
    const log = { level: 'error', isLevelEnabled: (level: string) => level === 'error' };
    return Object.assign(log, {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: heed,
    });
  }
}

/** A link to the simulated network. */
class NetworkLink implements Link {
  readonly name: string;
  readonly description: string;

  constructor(
    { name }: UdpOptions,
    private readonly network: Network,
    private readonly process: GatewayProcess,
    private readonly isCurrent: () => boolean,
    private readonly witness: ProcessWitness,
  ) {
    this.name = name;
    this.description = `${name} udp simulated`;
  }

  async start(events: LinkEvents): Promise<void> {
    if (!this.isCurrent()) return;
    this.network.hub = {
      datagram: (address, data) => {
        this.process.arrives(`< ${this.name} ${address}`, data);
        this.witness.frameIn(this.name, address, data);
        events.datagram(address, data);
      },
    };
  }

  send(address: string | null, data: Uint8Array): void {
    if (!this.isCurrent()) return;
    const octets = data.slice();
    if (!this.process.mayLeave(`> ${this.name} ${address ?? 'everybody'}`, octets)) return;
    this.witness.frameOut(this.name, address, octets);
    this.network.toDevices(address, octets);
  }

  async drain(): Promise<void> {}

  async stop(): Promise<void> {
    if (this.isCurrent()) this.network.hub = undefined;
  }
}

/** Acknowledgements: whoever gets one relies on it from then on. `word`: only this one. */
function isPromise(what: string, data: Uint8Array | undefined, word?: LastWord): boolean {
  if (data === undefined) return false;
  const isForBroker = what.startsWith('> tcp');
  // MQTT, 2.1.2: the type stands in the first half of an octet, the QoS of a PUBLISH in two bits of the other.
  const [head = 0] = data;
  if (word === 'PUBLISH') return isForBroker && (head & 0b1111_0110) === 0b0011_0000;
  const type = isForBroker ? BROKERS.get(head >> 4) : decode(data)?.type;
  return word === undefined ? DEVICES.has(type) : type === word;
}

/** Of MQTT. */
const BROKERS: ReadonlyMap<number, string> = new Map([
  [4, 'PUBACK'],
  [5, 'PUBREC'],
  [7, 'PUBCOMP'],
]);
const DEVICES: ReadonlySet<string | undefined> = new Set([
  'CONNACK',
  'REGACK',
  'SUBACK',
  'PUBACK',
  'PUBREC',
  'PUBCOMP',
  'DISCONNECT',
]);
