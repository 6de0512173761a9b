/**
 * The broker's side over restarts of the gateway, at the level of requests and events: a broker that
 * lives on, and an upstream that journals its QoS 2 exchanges in the same turns as the core.
 */
import type {
  JournalValue,
  UpstreamEvent,
  UpstreamFailure,
  UpstreamRequest,
} from '../../../src/core/types.js';
import { answerTo, type Mood } from './broker.js';
import { seqOfPayload } from './payload.js';
import type { VirtualStore } from './store.js';

type Publish = Extract<UpstreamRequest, { op: 'publish' }>;
type MessageEvent = Extract<UpstreamEvent, { event: 'message' }>;
/** Something that happens a little later, in a turn of its own. */
type Task = () => UpstreamEvent | undefined;

/** A QoS 2 message of the gateway, until the broker has said PUBCOMP. */
interface Outgoing {
  ref: string;
  client: string | null;
  payload: Uint8Array;
  /** Tells this exchange from all others, as its packet id does. */
  packet: number;
  /** Who waits for its end. */
  token: number | undefined;
  /** On disk, so that it may go out. */
  isKept: boolean;
}

interface Owed {
  message: MessageEvent;
  isAccepted: boolean;
}

export interface Arrival {
  client: string | null;
  text: string;
  qos: number;
}

export class DurableBroker {
  mood: Mood = 'prompt';
  up = true;
  /** What the broker has got; a QoS 2 message once. */
  readonly arrivals: Arrival[] = [];
  /** Exchanges that the broker knows: under its packet id a message arrives once, under another one again. */
  private readonly arrived = new Set<number>();
  private lastPacket = 0;
  /** Messages to devices that the broker has no acknowledgement of. */
  private readonly owed = new Map<number, Owed>();
  private readonly tokens = new Map<number, Owed>();
  private readonly outgoing = new Map<string, Outgoing>();
  private readonly finished = new Set<string>();
  /** Clients with a connection, where each has its own. */
  private readonly connected = new Set<string>();
  private waiting: Task[] = [];
  private lastToken = 0;

  constructor(
    private readonly store: VirtualStore,
    private readonly later: (task: Task) => void,
    private readonly roll: (ways: number) => number,
    private readonly isTransparent: boolean,
  ) {}

  take(request: UpstreamRequest): void {
    switch (request.op) {
      case 'publish':
        return this.onPublish(request);
      case 'adopt':
        return this.onAdopt(request);
      case 'accept':
        return this.onAccept(request.token);
      case 'hold':
      case 'give-up':
        return;
      case 'resume':
        if (request.connected && !request.cleanSession) this.connected.add(request.client);
        return;
      case 'close':
        this.connected.delete(request.client);
        return;
      case 'open':
      case 'set-will':
      case 'subscribe':
      case 'unsubscribe': {
        const { failure } = this;
        if (request.op === 'open' && failure === undefined) this.connected.add(request.client);
        return this.soon(() => answerTo(request, failure));
      }
      default:
        request satisfies never;
    }
  }

  /** Lets the oldest answers go that were left waiting. */
  catchUp(count: number): void {
    if (!this.up) return;
    for (const task of this.waiting.splice(0, count)) this.later(task);
  }

  /** The client's connection is lost for good. */
  closed(client: string): void {
    this.connected.delete(client);
  }

  send(message: Omit<MessageEvent, 'event' | 'token'>): void {
    const owed: Owed = { message: { event: 'message', token: 0, ...message }, isAccepted: false };
    if (message.qos > 0) this.owed.set(seqOfPayload(message.payload), owed);
    if (this.up) this.hand(owed);
  }

  goAway(): void {
    this.up = false;
    this.later(() => ({ event: 'availability', up: false }));
  }

  /** The broker sends again what it has no acknowledgement of, and gets what it has not got. */
  comeBack(): void {
    this.up = true;
    // What was on its way is there before anybody hears of the connection, and anything may lie between.
    for (const one of this.outgoing.values()) if (one.isKept) this.soon(() => this.complete(one));
    this.soon(() => (this.up ? { event: 'availability', up: true } : undefined));
    for (const owed of this.owed.values()) {
      if (owed.isAccepted) this.settle(owed);
      else if (owed.message.token === 0) this.hand(owed);
    }
  }

  /** The gateway has died; its next run finds what the store has kept. */
  crash(): void {
    for (const one of [this.tokens, this.outgoing, this.finished, this.connected]) one.clear();
    this.waiting = [];
    for (const seq of this.store.keys('ui').map((key) => Number(key.split('\0')[1]))) {
      this.owed.delete(seq);
      this.store.write(`ui\0${seq}`);
    }
    for (const owed of this.owed.values()) {
      owed.message.token = 0;
      owed.isAccepted = false;
    }
    for (const key of this.store.keys('uo')) {
      const [client, payload, packet] = this.store.kept.get(key) as [
        string | null,
        Uint8Array,
        number,
      ];
      const ref = key.split('\0')[1] ?? '';
      this.outgoing.set(ref, { ref, client, payload, packet, token: undefined, isKept: true });
    }
  }

  private get failure(): UpstreamFailure | undefined {
    if (!this.up) return 'unavailable';
    return this.mood === 'prompt' || this.mood === 'slow' ? undefined : this.mood;
  }

  private soon(task: Task): void {
    if (this.mood === 'slow') this.waiting.push(task);
    else this.later(task);
  }

  private onPublish(request: Publish): void {
    const { client, qos, ref } = request;
    const isKnown = ref !== undefined && (this.outgoing.has(ref) || this.finished.has(ref));
    const hasWay = !this.isTransparent || client === null || this.connected.has(client);
    const failure = isKnown ? undefined : hasWay ? this.failure : 'unavailable';
    if (failure !== undefined) {
      this.later(() => answerTo(request, failure));
    } else if (qos === 2) {
      this.publishOnce(request, ref ?? '');
    } else {
      const isThere = this.roll(2) === 0;
      if (isThere) this.arrive(request);
      this.soon(() => {
        if (!isThere) this.arrive(request);
        return answerTo(request, undefined);
      });
    }
  }

  private publishOnce({ client, payload, token }: Publish, ref: string): void {
    if (this.finished.delete(ref)) {
      this.later(() => ({ event: 'published', token, client }));
      return;
    }
    const known = this.outgoing.get(ref);
    if (known) {
      known.token = token;
      return;
    }
    const packet = ++this.lastPacket;
    const one: Outgoing = { ref, client, payload: payload.slice(), packet, token, isKept: false };
    // A slow broker's window may be full, and what waits for it is not on disk yet.
    if (this.mood === 'slow' && this.roll(2) === 0) {
      this.waiting.push(() => {
        this.begin(one);
        return undefined;
      });
    } else {
      this.begin(one);
    }
  }

  private begin(one: Outgoing): void {
    this.outgoing.set(one.ref, one);
    this.store.write(`uo\0${one.ref}`, [one.client, one.payload, one.packet] as JournalValue);
    this.store.afterCommit(() => {
      one.isKept = true;
      this.soon(() => this.complete(one));
    });
  }

  private complete(one: Outgoing): UpstreamEvent | undefined {
    const { ref, client, payload, packet, token } = one;
    if (!this.up || this.outgoing.get(ref) !== one) return undefined;
    if (!this.arrived.has(packet)) this.arrive({ client, payload, qos: 2 });
    this.arrived.add(packet);
    // The broker may have it while the exchange is not over, and then the gateway may die.
    if (this.mood === 'slow' && this.roll(3) === 0) {
      this.waiting.push(() => this.complete(one));
      return undefined;
    }
    this.outgoing.delete(ref);
    this.store.write(`uo\0${ref}`);
    if (token !== undefined) return { event: 'published', token, client };
    this.finished.add(ref);
    return undefined;
  }

  private onAdopt(request: Extract<UpstreamRequest, { op: 'adopt' }>): void {
    const { token, client, ref } = request;
    const one = this.outgoing.get(ref);
    if (one) one.token = token;
    else this.later(() => ({ event: 'published', token, client, failure: 'unavailable' }));
  }

  private onAccept(token: number): void {
    const owed = this.tokens.get(token);
    if (owed === undefined) return;
    if (owed.isAccepted) throw new Error(`message ${token} is accepted twice`);
    owed.isAccepted = true;
    if (this.up) this.settle(owed);
  }

  private settle({ message }: Owed): void {
    const seq = seqOfPayload(message.payload);
    this.owed.delete(seq);
    if (message.qos === 2) this.store.write(`ui\0${seq}`);
  }

  private hand(owed: Owed): void {
    const { message } = owed;
    if (message.qos > 0) {
      message.token = ++this.lastToken;
      this.tokens.set(message.token, owed);
    }
    this.later(() => {
      if (message.qos === 2) this.store.write(`ui\0${seqOfPayload(message.payload)}`, null);
      return { ...message };
    });
  }

  private arrive({ client, payload, qos }: Pick<Publish, 'client' | 'payload' | 'qos'>): void {
    this.arrivals.push({ client, text: new TextDecoder().decode(payload), qos });
  }
}
