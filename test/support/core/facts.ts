/** What an onlooker at the boundary knows; the checkers share it. It sees every input and effect before they do. */
import {
  type Decoded,
  decode,
  encapsulate,
  encode,
  type Message,
} from '../../../src/codec/index.js';
import type { CoreConfig } from '../../../src/core/config.js';
import type { Context } from '../../../src/core/context.js';
import type {
  Effect,
  GatewayCore,
  Input,
  StateName,
  StoreEvent,
  UpstreamEvent,
} from '../../../src/core/types.js';
import { type Observer, type Place, placeKey, type Sent, sentOf } from './driver.js';

export interface Cause {
  kind: Input['kind'];
  /** For a datagram: where it came from, and what it says unless it is malformed. */
  place?: Place;
  message?: Message;
  /** For a datagram: the client the frame comes from or names. */
  client?: string | undefined;
  event?: UpstreamEvent;
  store?: StoreEvent;
  /** A CONNECT was refused on the spot. */
  isRefused?: boolean;
}

interface Connection {
  count: number;
  clean: boolean;
  /** Count of the latest connection that began with nothing left from before. */
  freshAt: number;
  /** The core's own count. */
  number: number;
}

const CONNECTED: readonly StateName[] = ['ACTIVE', 'ASLEEP', 'AWAKE'];

export class Facts implements Observer {
  cause: Cause = { kind: 'deadline' };
  /** The frame of the send effect that is being looked at. */
  sent: Sent | undefined;
  /** Accepted CONNECTs of a client; whether the latest was with CleanSession, and when nothing was left from before. */
  readonly connections = new Map<string, Connection>();
  /** CleanSession=1, of an earlier run: strangers with a will. */
  readonly ghosts = new Set<string>();
  /** Clients of which a crash has taken the latest connection back: nobody can tell what they know. */
  readonly uncertain = new Set<string>();
  private lastConnection = 0;
  /** The disk takes nothing, so that a crash may take anything back. */
  private isForgetful = false;
  /** A CONNECT that has had no effect yet. */
  private connecting: { client: string; place: Place } | undefined;
  private readonly states = new Map<string, StateName>();
  private readonly clientAtPlace = new Map<string, string>();
  private readonly placeOfClient = new Map<string, Place>();
  /** Clients that have been DISCONNECTED or LOST since their latest connection. */
  private readonly gone = new Set<string>();
  private readonly opening = new Map<number, boolean>();
  /** CleanSession of the latest CONNECT. */
  private readonly wishes = new Map<string, boolean>();

  constructor(readonly config: CoreConfig) {}

  onInput(input: Input): void {
    this.cause = { kind: input.kind };
    this.connecting = undefined;
    if (input.kind === 'upstream') this.cause.event = input.event;
    if (input.kind === 'store') this.onStore(input.event);
    if (input.kind !== 'datagram') return;
    const { link, address } = input;
    // Nobody has heard what is too big for its link.
    if (input.data.length > (this.config.links[link]?.maxMessageBytes ?? 0)) return;
    const decoded = decode(input.data);
    const node = nodeOf(decoded);
    const place: Place = { link, address, ...(node ? { node } : {}) };
    this.cause.place = place;
    const message = decoded.type === 'ENCAPSULATED' ? decoded.message : decoded;
    if (message.type !== 'MALFORMED') this.onMessage(message, place);
    this.cause.client ??= this.clientAt(place);
  }

  onEffect(effect: Effect): void {
    this.sent = effect.kind === 'send' ? sentOf(effect) : undefined;
    if (this.connecting) this.onConnectAnswered(this.connecting);
    if (effect.kind === 'upstream' && effect.request.op === 'open') {
      this.opening.set(effect.request.token, effect.request.cleanSession);
    }
    if (effect.kind !== 'notice') return;
    // What comes next begins with nothing, whatever it asks for.
    if (effect.notice.notice === 'forgotten') this.connections.delete(effect.notice.client);
    if (effect.notice.notice !== 'transition') return;
    const { client, to } = effect.notice;
    this.states.set(client, to);
    const before = this.connections.get(client);
    if (to === 'DISCONNECTED' || to === 'LOST') {
      this.gone.add(client);
      this.ghosts.delete(client);
    }
    const { event } = this.cause;
    if (to !== 'ACTIVE' || event?.event !== 'opened' || event.failure !== undefined) return;
    const isWiped = this.opening.get(event.token) ?? true;
    // A sleeper's session that goes on stays of the kind it was.
    const clean = this.wishes.get(client) === isWiped ? isWiped : (before?.clean ?? true);
    const wasGone = before === undefined || (before.clean && this.gone.has(client));
    const fresh = isWiped || wasGone;
    this.gone.delete(client);
    this.ghosts.delete(client);
    if (fresh) this.uncertain.delete(client);
    const number = (before?.number ?? 0) + 1;
    const count = ++this.lastConnection;
    const freshAt = fresh ? count : (before?.freshAt ?? count);
    this.connections.set(client, { count, clean, freshAt, number });
  }

  private onStore(event: StoreEvent): void {
    this.cause.store = event;
    if (event.event === 'failing') this.isForgetful = true;
    if (event.event === 'working') this.isForgetful = false;
  }

  onCrash(): void {
    for (const client of this.isForgetful ? this.connections.keys() : [])
      this.uncertain.add(client);
    this.isForgetful = false;
    this.opening.clear();
    this.clientAtPlace.clear();
    this.placeOfClient.clear();
  }

  /** What the new run takes for true is looked up: whether it may, is for others to say. */
  onRecovered(core: GatewayCore): void {
    const { sessions } = (core as unknown as { ctx: Context }).ctx;
    for (const client of new Set([...this.states.keys(), ...this.connections.keys()])) {
      const session = sessions.get(client);
      this.states.set(client, session?.state.name ?? 'DISCONNECTED');
      this.ghosts.delete(client);
      if (session?.isGhost) this.ghosts.add(client);
      const before = this.connections.get(client);
      if (session?.keeps !== 'all') this.connections.delete(client);
      else if (before?.number !== session.connection) {
        this.uncertain.add(client);
        this.connections.set(client, {
          count: ++this.lastConnection,
          clean: false,
          freshAt: before?.freshAt ?? 0,
          number: session.connection,
        });
      }
    }
    for (const { peer, clientId } of sessions) {
      if (peer === undefined) continue;
      const { link, address, node } = peer;
      this.bind(clientId, { link, address, ...(node ? { node } : {}) });
    }
  }

  stateOf(client: string): StateName {
    return this.states.get(client) ?? 'DISCONNECTED';
  }

  isConnected(client: string): boolean {
    return CONNECTED.includes(this.stateOf(client)) && !this.ghosts.has(client);
  }

  /** Whether the link carries a message to there, with all that it is wrapped in. */
  fits({ link, node }: Place, message: Message): boolean {
    const { defaults, links } = this.config;
    const octets = encode(message);
    const wrapped = node === undefined ? octets : encapsulate(octets, node);
    const linkMax = links[link]?.maxMessageBytes ?? 0;
    return octets.length <= defaults.maxMessageBytes && wrapped.length <= linkMax;
  }

  clientAt(place: Place): string | undefined {
    return this.clientAtPlace.get(placeKey(place));
  }

  /** Whom the frame of the current send effect goes to. */
  receiver(): string | undefined {
    return this.sent && this.clientAt(this.sent.to);
  }

  /** The client id in CONNECT and in PINGREQ is the identity; addresses follow it (11.8, rows 10 and 11). */
  private onMessage(message: Message, place: Place): void {
    this.cause.message = message;
    if (message.type !== 'CONNECT' && message.type !== 'PINGREQ') return;
    const { clientId } = message;
    if (clientId === undefined) return;
    this.cause.client = clientId;
    if (message.type === 'CONNECT') {
      this.wishes.set(clientId, message.cleanSession);
      this.connecting = { client: clientId, place };
    } else if (this.isConnected(clientId)) this.bind(clientId, place);
  }

  /** The first effect of a CONNECT tells whether it was refused; if not, the client is where it came from. */
  private onConnectAnswered({ client, place }: { client: string; place: Place }): void {
    this.connecting = undefined;
    const answer = this.sent?.message;
    if (answer?.type === 'CONNACK' && answer.returnCode !== 0) this.cause.isRefused = true;
    else this.bind(client, place);
  }

  private bind(client: string, place: Place): void {
    const before = this.placeOfClient.get(client);
    if (before && this.clientAt(before) === client) this.clientAtPlace.delete(placeKey(before));
    this.clientAtPlace.set(placeKey(place), client);
    this.placeOfClient.set(client, place);
  }
}

const nodeOf = (decoded: Decoded): Uint8Array | undefined =>
  decoded.type === 'ENCAPSULATED' || decoded.type === 'MALFORMED'
    ? decoded.wirelessNodeId
    : undefined;
