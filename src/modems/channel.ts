/**
 * One radio link from datagrams to the octets of its port: a modem's driver, and the scheduler that
 * decides what goes on the air next. Pure like both; the shell opens the port and keeps the time.
 *
 *   send -> scheduler -> (air time on disk) -> driver -> write
 *   received -> driver -> datagram
 */
import { type AirInterface, airTimeMs } from '../radio/air.js';
import type { Outcome, RadioFrame, Transmission, Turn } from '../radio/frames.js';
import { HOUR_MS, TURNAROUND_MS } from '../radio/limits.js';
import { RadioScheduler } from '../radio/scheduler.js';
import { AirWindow, type WindowRecord } from '../radio/window.js';
import type { ChannelDrop, ChannelEffect, ChannelInput, ChannelUsage } from './channel-events.js';
import { Congestion } from './congestion.js';
import { JournalGate } from './journal-gate.js';
import { MessageSize } from './message-size.js';
import type { Modem, ModemEffect, SendOutcome } from './modem.js';
import { DROP_REASONS, nothingDiscarded, OUTCOMES } from './outcomes.js';
import { areEqual, Outgoing, type OutgoingMessage } from './outgoing.js';
import { Watchdog } from './watchdog.js';

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
  private readonly outgoing = new Outgoing();
  private readonly gate: JournalGate;
  private readonly discardedBytes = nothingDiscarded();
  private effects: ChannelEffect[] = [];
  private now = 0;

  constructor({ modem, air, dutyCycle, turnaroundMs = TURNAROUND_MS }: ChannelSettings) {
    this.modem = modem;
    this.air = air;
    this.turnaroundMs = turnaroundMs;
    this.window = new AirWindow(dutyCycle);
    this.scheduler = new RadioScheduler({ air, window: this.window, turnaroundMs });
    this.gate = new JournalGate(this.window);
    this.congestion = new Congestion(this.scheduler);
    this.size = new MessageSize(modem, this.scheduler);
    this.scheduler.pause(true);
  }

  /** The air time that an earlier run has used. To be called before the first step. */
  restore(records: Iterable<WindowRecord>, now: number): void {
    this.window.restore(records, now);
  }

  /** After `restore` where not all is known: so much of the hour's allowance counts as spent. */
  assumeSpent(share: number, now: number): void {
    this.window.assumeSpent(share, now);
  }

  /** At the end in good order: what the journal has to know so that nothing is lost of the allowance. */
  finish(): readonly WindowRecord[] {
    return this.window.finish();
  }

  /** All that the journal has to know of air time, at this moment. */
  records(now: number): readonly WindowRecord[] {
    return this.window.records(now);
  }

  /** Whether devices wait for something that has not left. */
  get owesAnswers(): boolean {
    return this.outgoing.some(({ urgency }) => urgency <= ANSWER_URGENCY_MAX);
  }

  /** At the end: nothing is sent any more. What has not left is dropped, or is with a modem that nobody will ask. */
  abandon(): readonly ChannelEffect[] {
    for (const message of this.outgoing.takeAll()) this.fail(message, 'link-down', 0);
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
      case 'store':
        this.onStore(input.works);
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
    const message: OutgoingMessage = { address, data, urgency, ref };
    if (this.state === 'down') {
      this.fail(message, 'link-down', 0);
      return;
    }
    if (data.length > this.size.bytesMax(address)) {
      this.fail(message, 'too-big-for-device', 0);
      return;
    }
    const isAnswer = urgency <= ANSWER_URGENCY_MAX;
    const expiresAt = this.now + (isAnswer ? ANSWER_EXPIRES_MS : OTHER_EXPIRES_MS);
    const same = this.outgoing.sameAs(message);
    if (same !== undefined && (this.gate.holds(same) || this.scheduler.renew(same, expiresAt)))
      return;
    this.queue(message, {
      bytes: this.modem.airBytes(data.length),
      expiresAt,
      ...(isAnswer ? {} : { backoff: chance }),
      ...(ref === undefined ? {} : { answer: { withinMs: this.answerMs() } }),
    });
  }

  /** Its turnaround is that of all answers: USB and the node's own program need it, too. */
  private acknowledge(address: string, data: Uint8Array): void {
    const waiting = this.outgoing.acknowledgementTo(address);
    if (waiting !== undefined) {
      if (!areEqual(waiting.data, data)) this.fail(waiting, 'superseded', 0);
      waiting.data = data;
      return;
    }
    const expiresAt = this.now + ACKNOWLEDGEMENT_EXPIRES_MS;
    this.queue(
      { address, data, urgency: 1, ref: undefined, isAcknowledgement: true },
      { bytes: data.length, expiresAt, isFirst: true },
    );
  }

  private queue(
    message: OutgoingMessage,
    terms: Omit<RadioFrame, 'id' | 'address' | 'priority'>,
  ): void {
    const id = this.outgoing.nextId();
    const { address, urgency: priority } = message;
    const offer = this.scheduler.offer({ id, address, priority, ...terms }, this.now);
    if (offer.accepted) this.outgoing.add(id, message);
    else this.fail(message, this.reasonFor(offer.reason), offer.waitMs);
  }

  private reasonFor(reason: 'congested' | 'expired-before-sent' | 'too-big'): ChannelDrop {
    if (reason === 'too-big' || this.congestion.isForTheHour(this.now)) return 'air-time-used-up';
    return reason === 'congested' ? 'link-queue-full' : 'waited-too-long';
  }

  /** For the short answer of a node that has to be heard. */
  private answerMs(): number {
    return this.turnaroundMs + Math.ceil(airTimeMs(this.air, this.modem.airBytes(ANSWER_BYTES)));
  }

  private fail(message: OutgoingMessage, reason: ChannelDrop, waitMs: number): void {
    const { address, data, ref, isAcknowledgement } = message;
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
      const one = this.outgoing.take(frame.id);
      if (one) this.fail(one, DROP_REASONS[reason], waitedMs);
    }
    if (send === undefined) return;
    const { journal, isOpen } = this.gate.enter(send);
    if (journal) this.effects.push({ kind: 'journal', ...journal });
    if (isOpen) this.transmit(send);
  }

  private onCommitted(number: number): void {
    const transmission = this.gate.committed(number);
    if (transmission) this.transmit(transmission);
  }

  private onStore(works: boolean): void {
    const { reliableMs } = this.window;
    if (this.gate.setStoreWorks(works)) this.scheduler.takeBack(this.now);
    const { limitMs, reliableMs: usableMs } = this.window;
    if (usableMs !== reliableMs) this.effects.push({ kind: 'allowance', usableMs, limitMs });
  }

  private transmit({ frame: { id }, airMs }: Transmission): void {
    const message = this.outgoing.get(id);
    if (message === undefined) return;
    // The port went away while the journal was at it.
    if (this.state !== 'ready') {
      this.onSent(id, 'refused', 'link-down');
      return;
    }
    this.outgoing.leaves(message);
    const { address, data, isAcknowledgement } = message;
    const what = isAcknowledgement ? { isAcknowledgement } : {};
    this.drive({ kind: 'send', id, address, data, airTimeMs: airMs, ...what });
  }

  private drive(input: Parameters<Modem['step']>[0]): void {
    for (const effect of this.modem.step(input, this.now)) this.onModem(effect);
  }

  private onModem(effect: ModemEffect): void {
    switch (effect.kind) {
      case 'datagram': {
        const { kind, address, data, signal } = effect;
        this.onHeard(address);
        const maxMessageBytes = this.size.bytesMax(address);
        this.effects.push({
          kind,
          address,
          data,
          reception: signal ? { maxMessageBytes, signal } : { maxMessageBytes },
        });
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
    if (outcome === 'busy' && this.outgoing.isSuperseded(id)) {
      this.onSent(id, 'refused', 'superseded');
      return;
    }
    if (this.scheduler.sent(id, outcome, this.now) === 'again') {
      this.outgoing.comesBack(id);
      return;
    }
    const message = this.outgoing.take(id);
    if (message === undefined) return;
    const { ref } = message;
    if (drop !== undefined) {
      this.fail(message, drop, 0);
    } else if (ref !== undefined) {
      this.tellTransmitted(ref, this.answerTimeMs(message.data.length), false);
    }
  }

  /** After what time from now the answer will not come any more. */
  private answerTimeMs(messageBytes: number): number {
    const [up, down] = [this.modem.airBytes(ANSWER_BYTES), this.modem.airBytes(messageBytes)];
    return this.scheduler.retryIntervalMs(up, down, this.now);
  }
}
