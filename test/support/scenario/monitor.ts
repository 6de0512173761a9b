/** What must never happen, checked after every frame of every scenario. */
import { clientIdOf, type Frame, TYPE, word } from './frame.js';

const UNSOLICITED_PAUSE_MS = 1000;
const INVALID_TOPIC_ID = 0x02;
const LAST_RETURN_CODE = 0x03;
const SHORT_FORM_MAX = 255;

/** What one client may expect of the gateway just now. */
class View {
  /** Normal topic ids that both sides have agreed on since the last CONNECT. */
  readonly agreed = new Set<number>();
  /** QoS 1 and 2 messages of the client: confirmed by the broker, and acknowledged to the client. */
  confirmed = 0;
  readonly acknowledged = new Set<string>();
  /** Counts the client's new messages, so that a reused message id is another exchange. */
  readonly exchanges = new Map<number, number>();
  asleep = false;
  /** Frames of an asleep client that may still be answered. */
  answersDue = 0;
  wantsSleep = false;
}

export class Monitor {
  private readonly views = new Map<string, View>();
  private readonly disconnectsSent = new Map<string, number>();
  private readonly disconnectsAsked = new Map<string, number>();

  /** The broker has taken responsibility for a message of the client. */
  brokerConfirmed(client: string): void {
    this.view(client).confirmed++;
  }

  toGateway(client: string, at: string, frame: Frame): void {
    const view = this.view(client);
    if (view.asleep) view.answersDue++;
    switch (frame.type) {
      case TYPE.CONNECT:
        view.agreed.clear();
        view.asleep = false;
        view.wantsSleep = false;
        break;
      case TYPE.PINGREQ:
        if (clientIdOf(frame) !== undefined) view.asleep = false;
        break;
      case TYPE.PUBLISH:
        this.newExchange(view, frame);
        break;
      case TYPE.REGACK:
        if (code(frame) === 0) view.agreed.add(number(frame, 'topicId'));
        break;
      case TYPE.PUBACK:
        if (code(frame) === INVALID_TOPIC_ID) view.agreed.delete(number(frame, 'topicId'));
        break;
      case TYPE.DISCONNECT:
        view.asleep = false;
        view.wantsSleep = frame.length > 2;
        this.disconnectsAsked.set(at, (this.disconnectsAsked.get(at) ?? 0) + 1);
        break;
      default:
    }
  }

  /** Throws when the frame breaks a rule. */
  fromGateway(client: string, at: string, frame: Frame, now: number): void {
    const view = this.view(client);
    this.checkForm(frame);
    this.checkSleep(view, frame);
    switch (frame.type) {
      case TYPE.PUBACK:
      case TYPE.PUBREC:
        this.checkConfirmed(view, frame);
        break;
      case TYPE.REGACK:
      case TYPE.SUBACK:
        if (code(frame) === 0) view.agreed.add(number(frame, 'topicId'));
        break;
      case TYPE.PUBLISH:
        if (frame.topicId !== undefined && !view.agreed.has(number(frame, 'topicId'))) {
          throw new Error(`topic id ${number(frame, 'topicId')} was not agreed on since CONNECT`);
        }
        break;
      case TYPE.DISCONNECT:
        this.checkDisconnect(view, at, now);
        break;
      default:
    }
  }

  private checkForm(frame: Frame): void {
    if (frame.long && frame.length <= SHORT_FORM_MAX) throw new Error('a long form without need');
    if (frame.type === TYPE.DISCONNECT && frame.length > 2) throw new Error('DISCONNECT: duration');
    if (frame.type === TYPE.GWINFO && frame.length > 3) throw new Error('GWINFO with an address');
    if (frame.type === TYPE.REGISTER && number(frame, 'topicId') === 0) {
      throw new Error('REGISTER of topic id 0');
    }
    if (code(frame) > LAST_RETURN_CODE) throw new Error(`reserved return code ${code(frame)}`);
  }

  private checkSleep(view: View, frame: Frame): void {
    if (view.asleep && view.answersDue-- <= 0) throw new Error('a frame for a sleeping client');
    if (frame.type === TYPE.PINGRESP && view.wantsSleep) fallAsleep(view);
  }

  private newExchange(view: View, frame: Frame): void {
    const dup = ((frame.bytes[frame.body] ?? 0) & 0x80) !== 0;
    const msgId = number(frame, 'msgId');
    if (!dup) view.exchanges.set(msgId, (view.exchanges.get(msgId) ?? 0) + 1);
  }

  private checkConfirmed(view: View, frame: Frame): void {
    if (code(frame) !== 0) return;
    const msgId = number(frame, 'msgId');
    view.acknowledged.add(`${msgId}/${view.exchanges.get(msgId) ?? 0}`);
    if (view.acknowledged.size > view.confirmed) {
      throw new Error(`message ${msgId} was acknowledged before the broker confirmed it`);
    }
  }

  private checkDisconnect(view: View, at: string, now: number): void {
    const asked = this.disconnectsAsked.get(at) ?? 0;
    if (asked > 0) {
      this.disconnectsAsked.set(at, asked - 1);
      if (view.wantsSleep) fallAsleep(view);
      return;
    }
    const last = this.disconnectsSent.get(at);
    this.disconnectsSent.set(at, now);
    if (last !== undefined && now - last < UNSOLICITED_PAUSE_MS) {
      throw new Error(`two unsolicited DISCONNECTs to ${at} within ${now - last} ms`);
    }
  }

  private view(client: string): View {
    let view = this.views.get(client);
    if (!view) this.views.set(client, (view = new View()));
    return view;
  }
}

function fallAsleep(view: View): void {
  view.asleep = true;
  view.answersDue = 0;
}

function number(frame: Frame, field: 'topicId' | 'msgId'): number {
  const at = frame[field];
  return at === undefined ? 0 : word(frame.bytes, at);
}

const code = (frame: Frame): number =>
  frame.returnCode === undefined ? 0 : (frame.bytes[frame.returnCode] ?? 0);
