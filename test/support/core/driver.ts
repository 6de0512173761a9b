/** The core under a virtual clock: what goes in is said in messages, what comes out is kept apart by receiver. */
import {
  type Decoded,
  decode,
  encapsulate,
  encode,
  type Message,
} from '../../../src/codec/index.js';
import type { CoreConfig } from '../../../src/core/config.js';
import { createCore, type InspectableCore } from '../../../src/core/core.js';
import { peerKey } from '../../../src/core/peer.js';
import type {
  AdminCommand,
  Effect,
  GatewayCore,
  Input,
  Notice,
  UpstreamEvent,
  UpstreamRequest,
} from '../../../src/core/types.js';
import { coreConfig, LAN } from './config.js';
import { VirtualStore } from './store.js';

/** Any instant will do; one that is not 0 finds code that takes 0 for "never". */
const START = 1_000_000;
/** More deadlines without the clock moving are an endless loop. */
const DEADLINES_PER_INSTANT_MAX = 100;

export interface Place {
  link: string;
  address: string;
  node?: Uint8Array;
  /** What the link says with each frame from there. */
  maxMessageBytes?: number;
}

export const placeOf = (at: string | Place): Place =>
  typeof at === 'string' ? { link: LAN, address: at } : at;

export const placeKey = ({ link, address, node }: Place): string =>
  `${link} ${peerKey(address, node)}`;

export interface Sent {
  to: Place;
  message: Decoded;
  data: Uint8Array;
}

/** Sees everything that crosses the boundary, in order. */
export interface Observer {
  onInput?(input: Input, now: number): void;
  onEffect?(effect: Effect, now: number): void;
  afterStep?(core: GatewayCore, now: number): void;
  /** The process has died; a new core begins with what the store has kept. */
  onCrash?(now: number): void;
  /** The new core knows all that was kept. */
  onRecovered?(core: GatewayCore, now: number): void;
}

export class CoreDriver {
  now = START;
  core: InspectableCore;
  readonly store: VirtualStore;
  readonly requests: UpstreamRequest[] = [];
  readonly notices: Notice[] = [];
  private readonly frames = new Map<string, Message[]>();

  private runs = 0;

  constructor(
    private readonly config: CoreConfig = coreConfig(),
    private readonly observers: readonly Observer[] = [],
    store = new VirtualStore(),
  ) {
    this.store = store;
    this.core = createCore(config);
  }

  /** What every run begins with. */
  begin(): void {
    this.step({ kind: 'store', event: { event: 'recovered', records: this.store.recovered() } });
    this.step({ kind: 'store', event: { event: 'ready', run: `run${++this.runs}` } });
    for (const observer of this.observers) observer.onRecovered?.(this.core, this.now);
  }

  /** The process dies, and another run begins with what the store has kept. */
  crash(): void {
    this.store.crash();
    this.core = createCore(this.config);
    for (const observer of this.observers) observer.onCrash?.(this.now);
    this.begin();
  }

  /** The store commits the oldest groups of writes, all by default. */
  commit(count?: number): void {
    this.tell(this.store.commit(count));
  }

  failStore(): void {
    this.step({ kind: 'store', event: { event: 'failing', detail: 'no space left' } });
    this.tell(this.store.fail());
  }

  repairStore(): void {
    this.store.work();
    this.step({ kind: 'store', event: { event: 'working' } });
  }

  step(input: Input): readonly Effect[] {
    for (const observer of this.observers) observer.onInput?.(input, this.now);
    const effects = this.core.step(input, this.now);
    for (const effect of effects) {
      this.keep(effect);
      for (const observer of this.observers) observer.onEffect?.(effect, this.now);
    }
    for (const observer of this.observers) observer.afterStep?.(this.core, this.now);
    this.tell(this.store.endTurn(this.now));
    if (this.store.isPrompt && !this.store.isFailing) this.commit();
    return effects;
  }

  send(at: string | Place, frame: Message | Uint8Array): readonly Effect[] {
    const { link, address, node, maxMessageBytes } = placeOf(at);
    const plain = frame instanceof Uint8Array ? frame : encode(frame);
    const data = node === undefined ? plain : encapsulate(plain, node);
    const size = maxMessageBytes === undefined ? {} : { maxMessageBytes };
    return this.step({ kind: 'datagram', link, address, data, ...size });
  }

  event(event: UpstreamEvent): readonly Effect[] {
    return this.step({ kind: 'upstream', event });
  }

  admin(command: AdminCommand): readonly Effect[] {
    return this.step({ kind: 'admin', command });
  }

  /** Lets time pass; every deadline on the way is served when it is due. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.core.nextDeadline();
      if (due === undefined || due > end) break;
      this.now = Math.max(this.now, due);
      this.serveDeadlines();
    }
    this.now = end;
  }

  /** What has come to a place since the last call. */
  received(at: string | Place): Message[] {
    const key = placeKey(placeOf(at));
    const messages = this.frames.get(key) ?? [];
    this.frames.delete(key);
    return messages;
  }

  /** The latest request of a kind. */
  request<Op extends UpstreamRequest['op']>(op: Op): Extract<UpstreamRequest, { op: Op }> {
    const found = this.requests.findLast((one) => one.op === op);
    if (found === undefined) throw new Error(`the broker was not asked to ${op}`);
    return found as Extract<UpstreamRequest, { op: Op }>;
  }

  requestsOf<Op extends UpstreamRequest['op']>(op: Op): Extract<UpstreamRequest, { op: Op }>[] {
    return this.requests.filter((one) => one.op === op) as Extract<UpstreamRequest, { op: Op }>[];
  }

  /** What the transitions have made of a client so far. */
  stateOf(client: string): string {
    const last = this.notices.findLast(
      (one) => one.notice === 'transition' && one.client === client,
    );
    return last?.notice === 'transition' ? last.to : 'DISCONNECTED';
  }

  drops(): string[] {
    return this.notices.flatMap((one) => (one.notice === 'drop' ? [one.reason] : []));
  }

  private tell(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.step({ kind: 'store', event: { event: 'committed', number } });
    }
  }

  private serveDeadlines(): void {
    for (let count = 0; ; count++) {
      const due = this.core.nextDeadline();
      if (due === undefined || due > this.now) return;
      if (count > DEADLINES_PER_INSTANT_MAX) throw new Error('time does not get past a deadline');
      this.step({ kind: 'deadline' });
    }
  }

  private keep(effect: Effect): void {
    if (effect.kind === 'upstream') this.requests.push(effect.request);
    else if (effect.kind === 'notice') this.notices.push(effect.notice);
    else if (effect.kind === 'journal') this.store.take(effect);
    else if (effect.kind === 'send') {
      const { to, message } = sentOf(effect);
      if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') return;
      const key = placeKey(to);
      this.frames.set(key, [...(this.frames.get(key) ?? []), message]);
    }
  }
}

/** The receiver and the message of a send effect; a broadcast goes to the address `*`. */
export function sentOf(effect: Extract<Effect, { kind: 'send' }>): Sent {
  const decoded = decode(effect.data);
  const address = effect.address ?? '*';
  const { link, data } = effect;
  return decoded.type === 'ENCAPSULATED'
    ? { to: { link, address, node: decoded.wirelessNodeId }, message: decoded.message, data }
    : { to: { link, address }, message: decoded, data };
}
