/**
 * One radio link from datagrams to the octets of its port: a modem's driver, and the scheduler that
 * decides what goes on the air next. Pure like both; the shell opens the port and keeps the time.
 *
 *   send -> scheduler -> (air time on disk) -> driver -> write
 *   received -> driver -> datagram
 */
import { type AirInterface, airTimeMs } from '../radio/air.js';
import type { Outcome, Priority, RadioFrame, Transmission, Turn } from '../radio/frames.js';
import { HOUR_MS, TURNAROUND_MS } from '../radio/limits.js';
import { RadioScheduler } from '../radio/scheduler.js';
import { AirWindow, type WindowRecord } from '../radio/window.js';
import type { ChannelDrop, ChannelEffect, ChannelInput, ChannelUsage } from './channel-types.js';
import { Congestion } from './congestion.js';
import { MessageSize } from './message-size.js';
import type { Modem, ModemEffect, SendOutcome } from './modem.js';
import { DROP_REASONS, nothingDiscarded, OUTCOMES } from './outcomes.js';
import { Watchdog } from './watchdog.js';

export type { ChannelEffect, ChannelInput, ChannelUsage } from './channel-types.js';

export interface ChannelSettings {
  modem: Modem;
  air: AirInterface;
  /** Share of any hour that the law allows; null: no limit. */
  dutyCycle: number | null;
  turnaroundMs?: number;
}

/** Less urgent is what no device waits for. */
const ANSWER_URGENCY_MAX = 2;

/** What waits longer is of no use any more: answers, whose devices have repeated and given up, and all else. */
const ANSWER_EXPIRES_MS = 30_000;
const OTHER_EXPIRES_MS = 60_000;

/** An acknowledgement: RHReliableDatagram has sent its message four times by then. */
const ACKNOWLEDGEMENT_EXPIRES_MS = 5000;

/** An answer of a device, the longest of the short ones: PUBACK (SN 5.4.13). */
const ANSWER_BYTES = 7;

interface Frame {
  address: string | null;
  data: Uint8Array;
  urgency: Priority;
  ref: number | undefined;
  isAcknowledgement?: true;
}

export class Channel {
  private readonly modem: Modem;
  private readonly air: AirInterface;
  private readonly turnaroundMs: number;
  private readonly scheduler: RadioScheduler;
  private readonly window: AirWindow;
  private readonly watchdog = new Watchdog();
  private readonly congestion: Congestion;
  private readonly size: MessageSize;
  private state: 'starting' | 'ready' | 'down' = 'down';
  /** All that the scheduler has, and the one that it has given out. */
  private readonly frames = new Map<number, Frame>();
  /** Of these the acknowledgements that have not been given out, by address: a node has one message open. */
  private readonly acknowledgements = new Map<string | null, Frame>();
  private lastId = 0;
  /** Given out by the scheduler, and not to be sent before the journal has its air time. */
  private uncommitted: { number: number; transmission: Transmission } | undefined;
  private lastNumber = 0;
  private readonly discardedBytes = nothingDiscarded();
  private effects: ChannelEffect[] = [];
  private now = 0;

  constructor({ modem, air, dutyCycle, turnaroundMs = TURNAROUND_MS }: ChannelSettings) {
    this.modem = modem;
    this.air = air;
    this.turnaroundMs = turnaroundMs;
    this.window = new AirWindow(dutyCycle);
    this.scheduler = new RadioScheduler({ air, window: this.window, turnaroundMs });
    this.congestion = new Congestion(this.scheduler);
    this.size = new MessageSize(modem, this.scheduler);
    this.scheduler.pause(true);
  }

  /** The air time that an earlier run has used. To be called before the first step. */
  restore(records: Iterable<WindowRecord>, now: number): void {
    this.window.restore(records, now);
  }

  /** In place of `restore` where nothing is kept: so much of the hour's allowance counts as spent. */
  assumeSpent(share: number, now: number): void {
    this.window.assumeSpent(share, now);
  }

  /** At the end in good order: what the journal has to know so that nothing is lost of the allowance. */
  finish(): readonly WindowRecord[] {
    return this.window.finish();
  }

  /** Whether devices wait for something that has not left. */
  get owesAnswers(): boolean {
    return [...this.frames.values()].some(({ urgency }) => urgency <= ANSWER_URGENCY_MAX);
  }

  /** At the end: nothing is sent any more. What has not left is dropped, or is with a modem that nobody will ask. */
  abandon(): readonly ChannelEffect[] {
    for (const frame of this.frames.values()) this.fail(frame, 'link-down', 0);
    this.frames.clear();
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  usage(now: number): ChannelUsage {
    return { ...this.scheduler.usage(now), discardedBytes: { ...this.discardedBytes } };
  }

  /** Takes one input and returns what has to be done about it, in order. */
  step(input: ChannelInput, now: number): readonly ChannelEffect[] {
    this.now = now;
    switch (input.kind) {
      case 'opened':
        this.watchdog.onOpened(now);
        this.drive({ kind: 'opened' });
        break;
      case 'closed':
        this.setState('down');
        this.drive({ kind: 'closed' });
        break;
      case 'received':
        this.drive(input);
        break;
      case 'send':
        this.offer(input);
        break;
      case 'committed':
        this.onCommitted(input.number);
        break;
      case 'deadline':
        this.onDeadline();
        break;
      default:
        input satisfies never;
    }
    this.proceed();
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  nextDeadline(): number | undefined {
    const next = Math.min(
      this.modem.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.scheduler.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.watchdog.nextDeadline(this.state),
      this.congestion.nextDeadline(),
    );
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  private onDeadline(): void {
    if ((this.modem.nextDeadline() ?? Number.POSITIVE_INFINITY) <= this.now)
      this.drive({ kind: 'deadline' });
    switch (this.watchdog.look(this.state, this.now)) {
      case 'probe':
        this.probe();
        return;
      case 'give-up':
        this.effects.push({ kind: 'reopen', why: 'the modem does not answer any more' });
        return;
      default:
    }
  }

  /** A driver that writes nothing has no question for its modem, and nothing is concluded from its silence. */
  private probe(): void {
    const writes = this.effects.length;
    this.drive({ kind: 'probe' });
    const hasAsked = this.effects.slice(writes).some(({ kind }) => kind === 'write');
    if (!hasAsked) this.watchdog.onAlive(this.now);
  }

  private offer(input: Extract<ChannelInput, { kind: 'send' }>): void {
    const { address, data, urgency, ref, chance } = input;
    const frame: Frame = { address, data, urgency, ref };
    if (this.state === 'down') {
      this.fail(frame, 'link-down', 0);
      return;
    }
    if (data.length > this.size.bytesMax(address)) {
      this.fail(frame, 'too-big-for-device', 0);
      return;
    }
    const isAnswer = urgency <= ANSWER_URGENCY_MAX;
    this.queue(frame, {
      bytes: this.modem.airBytes(data.length),
      expiresAt: this.now + (isAnswer ? ANSWER_EXPIRES_MS : OTHER_EXPIRES_MS),
      ...(isAnswer ? {} : { backoff: chance }),
      ...(ref === undefined ? {} : { answer: { withinMs: this.answerMs() } }),
    });
  }

  /** Its turnaround is that of all answers: USB and the node's own program need it, too. */
  private acknowledge(address: string, data: Uint8Array): void {
    const waiting = this.acknowledgements.get(address);
    if (waiting !== undefined) {
      waiting.data = data;
      return;
    }
    const frame: Frame = { address, data, urgency: 1, ref: undefined, isAcknowledgement: true };
    const expiresAt = this.now + ACKNOWLEDGEMENT_EXPIRES_MS;
    const isQueued = this.queue(frame, {
      bytes: data.length,
      expiresAt,
      isFirst: true,
    });
    if (isQueued) this.acknowledgements.set(address, frame);
  }

  private queue(frame: Frame, terms: Omit<RadioFrame, 'id' | 'address' | 'priority'>): boolean {
    const id = ++this.lastId;
    const { address, urgency: priority } = frame;
    const offer = this.scheduler.offer({ id, address, priority, ...terms }, this.now);
    if (offer.accepted) this.frames.set(id, frame);
    else this.fail(frame, this.reasonFor(offer.reason), offer.waitMs);
    return offer.accepted;
  }

  private reasonFor(reason: 'congested' | 'expired-before-sent' | 'too-big'): ChannelDrop {
    if (reason === 'too-big' || this.congestion.isForTheHour(this.now)) return 'air-time-used-up';
    return reason === 'congested' ? 'link-queue-full' : 'waited-too-long';
  }

  /** For the short answer of a node that has to be heard. */
  private answerMs(): number {
    return this.turnaroundMs + Math.ceil(airTimeMs(this.air, this.modem.airBytes(ANSWER_BYTES)));
  }

  private fail(frame: Frame, reason: ChannelDrop, waitMs: number): void {
    const { address, data, ref, isAcknowledgement } = frame;
    this.effects.push({ kind: 'dropped', address, reason, ...(isAcknowledgement ? {} : { data }) });
    if (ref !== undefined) this.tellTransmitted(ref, waitMs, true);
  }

  /** Nobody waits for longer than the hour after which all of the allowance is new. */
  private tellTransmitted(ref: number, waitMs: number, failed: boolean): void {
    const answerMs = Math.min(waitMs, HOUR_MS);
    this.effects.push({ kind: 'transmitted', ref, answerMs, failed });
  }

  /** Whatever has happened: sends what may be sent now, and says what has become of the rest. */
  private proceed(): void {
    this.act(this.scheduler.next(this.now));
    const isCongested = this.congestion.look(this.now);
    if (isCongested !== undefined) this.effects.push({ kind: 'congestion', isCongested });
  }

  private act({ send, dropped }: Turn): void {
    for (const { frame, reason, waitedMs } of dropped) {
      const one = this.takeFrame(frame.id);
      if (one) this.fail(one, DROP_REASONS[reason], waitedMs);
    }
    if (send === undefined) return;
    if (send.records.length === 0) {
      this.transmit(send);
      return;
    }
    this.uncommitted = { number: ++this.lastNumber, transmission: send };
    this.effects.push({ kind: 'journal', number: this.lastNumber, records: send.records });
  }

  private onCommitted(number: number): void {
    if (this.uncommitted?.number !== number) return;
    const { transmission } = this.uncommitted;
    this.uncommitted = undefined;
    this.transmit(transmission);
  }

  private transmit({ frame: { id }, airMs }: Transmission): void {
    const frame = this.frames.get(id);
    if (frame === undefined) return;
    // The port went away while the journal was at it.
    if (this.state !== 'ready') {
      this.onSent(id, 'refused', 'link-down');
      return;
    }
    this.onSettled(frame);
    const { address, data, isAcknowledgement } = frame;
    const what = isAcknowledgement ? { isAcknowledgement } : {};
    this.drive({ kind: 'send', id, address, data, airTimeMs: airMs, ...what });
  }

  private drive(input: Parameters<Modem['step']>[0]): void {
    for (const effect of this.modem.step(input, this.now)) this.onModem(effect);
  }

  private onModem(effect: ModemEffect): void {
    switch (effect.kind) {
      case 'datagram': {
        this.onHeard(effect.address);
        this.effects.push({ ...effect, maxMessageBytes: this.size.bytesMax(effect.address) });
        return;
      }
      case 'acknowledgement':
        this.onHeard(effect.address);
        this.acknowledge(effect.address, effect.data);
        return;
      case 'sent':
        this.onModemSent(effect.id, effect.outcome);
        return;
      case 'state':
        this.setState(effect.state);
        return;
      case 'alive':
        this.watchdog.onAlive(this.now);
        return;
      case 'discarded':
        this.discardedBytes[effect.why] += effect.bytes;
        this.effects.push(effect);
        return;
      case 'write':
      case 'problem':
      case 'reopen':
        this.effects.push(effect);
        return;
      default:
        effect satisfies never;
    }
  }

  private onHeard(address: string): void {
    this.watchdog.onAlive(this.now);
    this.scheduler.received(address, this.now);
  }

  private setState(state: 'starting' | 'ready' | 'down'): void {
    if (state === this.state) return;
    this.state = state;
    this.scheduler.pause(state !== 'ready');
    this.effects.push({ kind: 'state', state });
  }

  private onModemSent(id: number, outcome: SendOutcome): void {
    const drop = outcome === 'unreachable' ? 'device-unreachable' : 'modem-refused';
    const isLost = outcome === 'unreachable' || outcome === 'refused';
    this.onSent(id, OUTCOMES[outcome], isLost ? drop : undefined);
  }

  private onSent(id: number, outcome: Outcome, drop: ChannelDrop | undefined): void {
    if (this.scheduler.sent(id, outcome, this.now) === 'again') return;
    const frame = this.takeFrame(id);
    if (frame === undefined) return;
    const { ref } = frame;
    if (drop !== undefined) {
      this.fail(frame, drop, 0);
    } else if (ref !== undefined) {
      this.tellTransmitted(ref, this.answerTimeMs(frame.data.length), false);
    }
  }

  /** After what time from now the answer will not come any more. */
  private answerTimeMs(messageBytes: number): number {
    const [up, down] = [this.modem.airBytes(ANSWER_BYTES), this.modem.airBytes(messageBytes)];
    return this.scheduler.retryIntervalMs(up, down, this.now);
  }

  private takeFrame(id: number): Frame | undefined {
    const frame = this.frames.get(id);
    this.frames.delete(id);
    if (frame !== undefined) this.onSettled(frame);
    return frame;
  }

  /** What it says is not to be changed any more. */
  private onSettled(frame: Frame): void {
    if (this.acknowledgements.get(frame.address) === frame)
      this.acknowledgements.delete(frame.address);
  }
}
