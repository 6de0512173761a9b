/**
 * What a handler may do. Handlers change sessions and call these verbs; the verbs collect effects.
 */
import { type Message, type MessageType, encapsulate, encode } from '../codec/index.js';
import type { Connect } from '../codec/messages/connect.js';
import { Approvals } from './approvals.js';
import type { CoreConfig, DeviceSettings } from './config.js';
import { Deadlines } from './deadlines.js';
import { dropDownlink, keepSession, keepSilence, periodOf } from './journal/keep.js';
import type { Measurement } from './measurement.js';
import { retiredIdsKey } from './journal/keys.js';
import { type Continuation, JournalWriter } from './journal/writer.js';
import { TOPIC_ID_MAX, TOPIC_IDS_PER_DEVICE_MAX } from './limits.js';
import type { Peer } from './peer.js';
import { LinkStates } from './link-states.js';
import { Outbox } from './outbox/outbox.js';
import type { Held } from './outbox/stock.js';
import { PredefinedTopics } from './predefined.js';
import type { Inbound } from './session/inbound.js';
import { PendingAnswers } from './pending.js';
import type { Downlink, Dropped } from './session/buffer.js';
import type { InFlight, Session } from './session/session.js';
import { isConnected, isLegal, type SessionState } from './session/state.js';
import { forgetPredefined } from './session/topic-names.js';
import { Sessions } from './sessions.js';
import { settingsFor } from './settings.js';
import { toleratedMs } from './silence.js';
import { RecentDisconnects } from './strangers.js';
import { urgencyOf } from './urgency.js';
import type {
  FrameDrop,
  MessageDrop,
  Effect,
  Instant,
  Notice,
  RefusableRequest,
  UpstreamRequest,
  Will,
} from './types.js';

/** What to do with the answer to a request. */
export type Pending =
  | { kind: 'open'; session: Session; request: Connect }
  | { kind: 'held'; held: Held }
  | { kind: 'courier'; client: string }
  | { kind: 'publish'; session: Session; exchange: Inbound }
  /** Not the broker's: a link tells when it has left. */
  | { kind: 'transmission'; session: Session; inFlight: InFlight }
  | {
      kind: 'subscribe';
      session: Session;
      connection: number;
      msgId: number;
      filter: string;
      topicIdType: 0 | 1 | 2;
      topicId: number;
    }
  | {
      kind: 'unsubscribe';
      session: Session;
      filter: string;
      /** Undefined: the gateway's own wish, no device waits for an answer. */
      answer: { msgId: number; connection: number } | undefined;
    }
  | {
      kind: 'set-will';
      session: Session;
      connection: number;
      answer: 'WILLTOPICRESP' | 'WILLMSGRESP';
      will: Will | undefined;
    };

export class Context {
  now: Instant = 0;
  effects: Effect[] = [];
  brokerUp = false;
  /** Whose datagram this step is about. */
  speaker: Session | undefined;
  readonly sessions = new Sessions();
  readonly deadlines = new Deadlines<Session>();
  readonly disconnects = new RecentDisconnects();
  readonly links = new LinkStates();
  readonly journal: JournalWriter;
  readonly outbox: Outbox;
  readonly approvals: Approvals;
  /** Tells this run from all others; of the shell. */
  run = '';
  /** Ids up to this one may be in the memory of devices whose sessions are forgotten: new sessions have others. */
  retiredIds = 0;
  private lastRef = 0;
  /** Sessions of which something may have changed that the journal keeps. */
  private readonly touched = new Set<Session>();
  /** Sessions whose deadlines may have moved without a message of theirs. */
  readonly toArm = new Set<Session>();
  predefined: PredefinedTopics;
  private readonly pending = new PendingAnswers<Pending>();

  constructor(public config: CoreConfig) {
    this.predefined = new PredefinedTopics(config);
    this.journal = new JournalWriter(config.keepsSessions);
    this.outbox = new Outbox(this);
    this.approvals = new Approvals(this);
  }

  /** The step is over: its effects, with what it has written to the journal. */
  takeEffects(): readonly Effect[] {
    if (this.touched.size > 0) this.keepTouched();
    const { effects } = this;
    this.effects = [];
    const written = this.journal.takeEffect();
    if (written) effects.push(written);
    return effects;
  }

  private keepTouched(): void {
    for (const session of this.touched) if (!session.removed) keepSession(this, session);
    this.touched.clear();
  }

  /** State, keep alive, will or address of the session have changed. */
  touch(session: Session): void {
    if (session.keeps !== 'nothing') this.touched.add(session);
  }

  /** Runs `then` once everything written of the session is kept, at once when it is; `false`: memory alone has it. */
  whenKept(session: Session, then: Continuation): void {
    this.journal.whenKept(session, (kept) => {
      then(kept);
      this.toArm.add(session);
    });
  }

  /** Runs `then` after all that the journal lets go now. */
  afterwards(session: Session, then: () => void): void {
    this.journal.afterwards(() => {
      then();
      this.toArm.add(session);
    });
  }

  /**
   * Answers as soon as a restart would bring back what the answer stands for. A device that has
   * connected anew does not wait for it any more: it could take it for the answer to something else.
   */
  answerWhenKept(session: Session, message: Message): void {
    const { connection } = session;
    this.whenKept(session, () => {
      if (session.connection === connection) this.answer(session, message);
    });
  }

  /** A name for a QoS 2 message that no run will ever use again. */
  newRef(): string {
    return `${this.run}-${++this.lastRef}`;
  }

  /**
   * A session is forgotten, and its device may not know: with old ids it would publish under another name. Should
   * the numbers run out, they begin again.
   */
  retireIds(highestId: number): void {
    if (highestId <= this.retiredIds) return;
    this.retiredIds = highestId > TOPIC_ID_MAX - TOPIC_IDS_PER_DEVICE_MAX ? 0 : highestId;
    this.journal.put(undefined, retiredIdsKey, this.retiredIds);
  }

  /** The settings of a device; undefined: it may not connect. */
  settingsFor(clientId: string): DeviceSettings | undefined {
    const { config, approvals } = this;
    return settingsFor(config, clientId) ?? (approvals.has(clientId) ? config.defaults : undefined);
  }

  /** New settings for everybody; a device that is now denied keeps what it has until its next CONNECT. */
  configure(config: CoreConfig): void {
    this.config = config;
    this.predefined = new PredefinedTopics(config);
    for (const session of this.sessions) {
      session.settings = this.settingsFor(session.clientId) ?? session.settings;
      for (const [topic, id] of session.predefinedUsed) {
        if (this.predefined.topicOf(id, session.clientId) !== topic)
          forgetPredefined(this, session, topic);
      }
    }
  }

  /** @param isAwake the device has woken up for it; @param ref tells when it has left, on a paced link */
  send(peer: Peer, message: Message, isAwake = false, ref?: number): void {
    const frame = encode(message);
    const effect: Extract<Effect, { kind: 'send' }> = {
      kind: 'send',
      link: peer.link,
      address: peer.address,
      data: peer.node === undefined ? frame : encapsulate(frame, peer.node),
      urgency: urgencyOf(message, isAwake),
    };
    if (ref !== undefined) effect.ref = ref;
    this.effects.push(effect);
  }

  broadcast(link: string, message: Message): void {
    const urgency = urgencyOf(message, false);
    this.effects.push({ kind: 'send', link, address: null, data: encode(message), urgency });
  }

  /** Sends to wherever the device is; nothing when its address has been lost. */
  reply(session: Session, message: Message, ref?: number): void {
    if (session.peer) this.send(session.peer, message, session.state.name === 'AWAKE', ref);
  }

  /** Answers a request for which the broker took its time; a device that has left or begins anew does not wait for it. */
  answer(session: Session, message: Message): void {
    if (!isConnected(session.state.name)) return;
    // What the journal lets go has had its turn.
    if (session.unsaid === 0 || this.journal.isTelling) this.reply(session, message);
    else this.answerWhenKept(session, message);
  }

  /** A DISCONNECT for a sender without a connection: rate-limited. Returns whether it went out. */
  turnAway(peer: Peer): boolean {
    if (!this.disconnects.permit(peer, this.now)) return false;
    this.send(peer, { type: 'DISCONNECT' });
    return true;
  }

  /** Answers with a code other than 0, and says why. */
  refuse(
    peer: Peer,
    request: RefusableRequest,
    answer: Message & { returnCode: number },
    why: string,
    client?: string,
  ): void {
    this.send(peer, answer);
    this.notice({
      notice: 'refusal',
      request,
      returnCode: answer.returnCode,
      why,
      ...(client === undefined ? {} : { client }),
      link: peer.link,
      address: peer.key,
    });
  }

  toBroker(request: UpstreamRequest): void {
    this.effects.push({ kind: 'upstream', request });
  }

  /** A number under which the broker's answer will find `pending`. */
  expectAnswer(pending: Pending): number {
    return this.pending.add(pending);
  }

  /** Takes out what waits for this answer; undefined when nothing does any more. */
  answered(token: number): Pending | undefined {
    return this.pending.take(token);
  }

  notice(notice: Notice): void {
    this.effects.push({ kind: 'notice', notice });
  }

  /** How long something has taken; nothing where nobody knows when it began, or where the device is. */
  measure(what: Measurement, { peer }: Session, since: Instant | undefined): void {
    if (peer === undefined || since === undefined || !Number.isFinite(since)) return;
    this.effects.push({ kind: 'measured', what, link: peer.link, ms: this.now - since });
  }

  dropFrame(
    peer: Peer,
    reason: FrameDrop,
    details: { messageType?: MessageType; client?: string; detail?: string } = {},
  ): void {
    this.notice({
      notice: 'drop',
      what: 'frame',
      reason,
      link: peer.link,
      address: peer.key,
      ...details,
    });
  }

  /** @param client null: of a sender without a session */
  dropMessage(
    what: 'uplink' | 'downlink',
    reason: MessageDrop,
    client: string | null,
    topic: string,
  ): void {
    const whose = client === null ? {} : { client };
    this.notice({ notice: 'drop', what, reason, ...whose, topic });
  }

  dropUplink(session: Session, reason: MessageDrop, topic: string): void {
    this.dropMessage('uplink', reason, session.clientId, topic);
  }

  dropAll(session: Session, dropped: readonly Dropped[]): void {
    for (const { message, reason } of dropped) {
      // What the device has confirmed is not lost: PUBREL alone is missing.
      if (!message.received) this.dropMessage('downlink', reason, session.clientId, message.topic);
      this.settle(session, message);
    }
  }

  /** A message is owed no more: delivered, or dropped for a reason that has been noticed. */
  settle(session: Session, message: Downlink): void {
    this.accept(session, message);
    if (message.qos > 0) dropDownlink(this, session, message);
  }

  /** The gateway or the device has the message, so the broker need not keep it. */
  accept(session: Session, message: { token: number }): void {
    if (message.token === 0) return;
    this.toBroker({ op: 'accept', token: message.token, client: session.clientId });
    message.token = 0;
  }

  become(session: Session, state: SessionState, why: string): void {
    const from = session.state.name;
    if (from !== state.name) {
      if (!isLegal(from, state.name)) {
        throw new Error(
          `broken invariant: ${session.clientId} cannot go from ${from} to ${state.name} (${why})`,
        );
      }
      this.notice({
        notice: 'transition',
        client: session.clientId,
        from,
        to: state.name,
        why,
        link: session.peer?.link ?? '',
        address: session.peer?.key ?? '',
        ...(session.signal && { signal: session.signal }),
        ...(state.name === 'LOST' && isConnected(from) && { announcedSec: periodOf(session) }),
      });
    }
    if (session.state.name === 'AWAKE' && state.name !== 'AWAKE') {
      this.measure('awake-window', session, session.state.since);
    }
    session.state = state;
    this.touch(session);
  }

  /**
   * Restarts the supervision of silence with a period in seconds; 0: none (row 16).
   * @param waitMs how long the device has been asked to be silent before
   */
  supervise(session: Session, periodSec: number, waitMs = 0): void {
    session.silentUntil =
      periodSec === 0 ? Number.POSITIVE_INFINITY : this.now + waitMs + toleratedMs(periodSec);
    keepSilence(this, session, session.silentUntil);
  }

  /** The device gets an answer that has waited for the disk, and counts its period from there. */
  renewPatience(session: Session): void {
    const { name } = session.state;
    if (name !== 'ACTIVE' && name !== 'ASLEEP') return;
    const periodSec = periodOf(session);
    if (this.now + toleratedMs(periodSec) > session.silentUntil) this.supervise(session, periodSec);
  }

  /** How long a device may be repeating a request: T_retry times all transmissions. */
  repeatWindowMs(session: Session): number {
    const { intervalMs, count } = session.settings.retry;
    return intervalMs * (count + 1);
  }
}
