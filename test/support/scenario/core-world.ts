import { createCore } from '../../../src/core/core.js';
import type { Effect, GatewayCore, Input, Notice, UpstreamEvent } from '../../../src/core/types.js';
import { BrokerStandIn } from './broker-stand-in.js';
import { coreConfig, LINK } from './core-config.js';
import { same } from './same.js';
import type { MqttPacket, Settings, WillFields } from './types.js';
import type { BrokerState, World } from './world.js';

const EVERYBODY = '*';
/** Any instant will do; one that is not 0 finds code that takes 0 for "never". */
const START = 1_000_000;
/** How long a transparent upstream tries to get a session back before it gives it up. */
const GRACE_SEC = 30;
/** More inputs without time passing are an endless loop. */
const INPUTS_PER_INSTANT_MAX = 10_000;

/** The pure core with a broker stand-in, under a clock that moves only when the scenario waits. */
export class CoreWorld implements World {
  readonly seesUpstream = false;
  private readonly core: GatewayCore;
  private readonly broker = new BrokerStandIn();
  private readonly frames = new Map<string, Uint8Array[]>();
  private readonly states = new Map<string, string>();
  private readonly drops = new Map<string, number>();
  private instant = START;

  constructor(settings: Settings = {}) {
    this.core = createCore(coreConfig(settings));
    this.feed({ kind: 'upstream', event: { event: 'availability', up: true } });
  }

  now(): number {
    return this.instant;
  }

  async wait({ core: seconds }: { core: number }): Promise<void> {
    const end = this.instant + seconds * 1000;
    for (let due = this.core.nextDeadline(); due !== undefined && due <= end; ) {
      this.instant = Math.max(this.instant, due);
      this.feed({ kind: 'deadline' });
      due = this.core.nextDeadline();
    }
    this.instant = end;
  }

  async settle(): Promise<void> {}

  async send(at: string, frame: Uint8Array): Promise<void> {
    this.feed({ kind: 'datagram', link: LINK, address: at, data: frame });
  }

  async receive(at: string): Promise<Uint8Array> {
    const frame = this.framesFor(at).shift();
    if (!frame) throw new Error(['no frame came', ...this.leftovers()].join('; '));
    return frame;
  }

  async expectPacket(client: string | null, packet: MqttPacket): Promise<void> {
    this.broker.expect(client, packet);
  }

  async brokerSends(client: string, packet: MqttPacket): Promise<void> {
    for (const event of this.broker.answer(client, packet)) this.feed({ kind: 'upstream', event });
  }

  async packetBefore(client: string): Promise<boolean> {
    return this.broker.hasRequest(client);
  }

  /** The stand-in sends what the scenario says, stored or not. */
  async storeRetained(): Promise<void> {}

  async setBroker(state: BrokerState): Promise<void> {
    this.broker.up = state !== 'down';
    this.feed({ kind: 'upstream', event: { event: 'availability', up: this.broker.up } });
  }

  async graceOver(): Promise<void> {
    await this.wait({ core: GRACE_SEC });
    for (const client of this.broker.openClients()) {
      const event: UpstreamEvent = { event: 'closed', client, detail: 'broker away for too long' };
      this.feed({ kind: 'upstream', event });
    }
  }

  async expectWill(will: WillFields): Promise<void> {
    same(this.broker.wills.shift(), will);
  }

  leftovers(): string[] {
    const frames = [...this.frames].flatMap(([at, list]) =>
      list.map((frame) => `frame to ${at}: ${Buffer.from(frame).toString('hex')}`),
    );
    return [...frames, ...this.broker.leftovers()];
  }

  stateOf(client: string): string {
    return this.states.get(client) ?? 'DISCONNECTED';
  }

  dropsFor(reason: string): number {
    return this.drops.get(reason) ?? 0;
  }

  wasPinged(): undefined {
    return undefined;
  }

  /** One input and everything that follows from it without time passing. */
  private feed(first: Input): void {
    const inputs: Input[] = [first];
    for (let count = 0; ; count++) {
      const input = inputs.shift() ?? this.dueDeadline();
      if (!input) return;
      if (count > INPUTS_PER_INSTANT_MAX) throw new Error('the core does not come to rest');
      for (const effect of this.core.step(input, this.instant)) this.apply(effect, inputs);
    }
  }

  private dueDeadline(): Input | undefined {
    const due = this.core.nextDeadline();
    return due !== undefined && due <= this.instant ? { kind: 'deadline' } : undefined;
  }

  private apply(effect: Effect, inputs: Input[]): void {
    switch (effect.kind) {
      case 'send':
        this.framesFor(effect.address ?? EVERYBODY).push(effect.data);
        break;
      case 'upstream': {
        const event = this.broker.take(effect.request);
        if (event) inputs.push({ kind: 'upstream', event });
        break;
      }
      case 'notice':
        this.note(effect.notice);
        break;
      case 'journal':
      case 'measured':
        break;
      default:
        effect satisfies never;
    }
  }

  private note(notice: Notice): void {
    if (notice.notice === 'transition') this.states.set(notice.client, notice.to);
    if (notice.notice === 'drop') {
      this.drops.set(notice.reason, (this.drops.get(notice.reason) ?? 0) + 1);
    }
  }

  private framesFor(at: string): Uint8Array[] {
    let frames = this.frames.get(at);
    if (!frames) this.frames.set(at, (frames = []));
    return frames;
  }
}
