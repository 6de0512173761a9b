import { CODE, type Qos, type TopicReference } from '../sn/messages.js';
import { ClientFirmware, type ClientOptions } from './client.js';
import type { Outgoing } from './outgoing.js';
import type { DeviceSetup, Steps } from './firmware.js';
import { octetsOf } from './text.js';

export interface SensorOptions extends Omit<ClientOptions, 'keepAliveSec'> {
  /** From one wake-up to the next. */
  sleepSec: number;
  /** It measures at every so many-th wake-up, and only asks for messages at the others. Default: 1. */
  measureEvery?: number;
  topic: TopicReference;
  qos: 0 | 1 | 2;
  retain?: boolean;
  subscriptions?: readonly { topic: TopicReference; qos: Qos }[];
  /** The first wake-up comes within this time, by chance. Default: `sleepSec`. */
  startWithinSec?: number;
  /** At every so many-th report it changes its will. Absent: never. */
  changesWillEvery?: number;
  /** At every so many-th report it gives its subscriptions up until the next one. Absent: never. */
  unsubscribesEvery?: number;
  /** Stays silent for so long when the gateway has said "congestion" (T_WAIT, 7.2). Default: 5 min. */
  congestionSec?: number;
}

/** Measurements that wait for the gateway: a small microcontroller has no room for more. */
const WAITING_MAX = 20;

const CONGESTION_SEC = 300;

/** What it tells the gateway, over what it sleeps: clocks of cheap devices run late. */
const SLEEP_MARGIN = 1.1;

/** Wake-ups never keep step: this share of the time, at most and by chance, comes on top. */
const SLEEP_JITTER = 0.02;

/**
 * A battery sensor (6.14). It sleeps with its radio off, wakes up to ask for its messages with PINGREQ, and
 * connects when it has something to publish or the gateway does not know it. What has not been
 * acknowledged is sent again at the next wake-up, with the same message id.
 */
export class SleepingSensor extends ClientFirmware {
  private readonly waiting: Outgoing[] = [];
  private isSubscribed = false;
  private wakeUps = 0;
  private reports = 0;
  /** In flash: it goes on over reboots. */
  private measurements = 0;
  private silentUntil = 0;

  constructor(
    setup: DeviceSetup,
    private readonly options: SensorOptions,
  ) {
    super(setup, { ...options, keepAliveSec: announcedSleepSec(options) });
  }

  protected override *life(): Steps {
    const { startWithinSec = this.options.sleepSec } = this.options;
    yield* this.pause(this.random.between(0, startWithinSec * 1000));
    for (;;) {
      if (this.timeline.now() >= this.silentUntil) yield* this.wakeUp();
      this.port.listen(false);
      const sleepMs = this.options.sleepSec * 1000;
      yield* this.pause(sleepMs * (1 + this.random.between(0, SLEEP_JITTER)));
    }
  }

  protected override take(): void {}

  protected override sessionLost(): void {
    super.sessionLost();
    this.isSubscribed = false;
  }

  protected override forget(): void {
    super.forget();
    this.waiting.length = 0;
    this.wakeUps = 0;
    this.reports = 0;
  }

  private *wakeUp(): Steps {
    const { measureEvery = 1 } = this.options;
    this.port.listen(true);
    if (this.wakeUps % measureEvery === 0) this.measure();
    this.wakeUps += 1;
    if (this.waiting.length === 0 && this.isConnected) yield* this.collect();
    else yield* this.report();
  }

  private measure(): void {
    const { topic, qos, retain = false } = this.options;
    this.measurements += 1;
    const celsius = (15 + 10 * this.random.fraction()).toFixed(1);
    if (this.waiting.length >= WAITING_MAX) {
      const dropped = this.waiting.shift();
      if (dropped?.record) this.ledger.forgets(dropped.record);
      this.ledger.droppedCount += 1;
    }
    this.waiting.push({
      topic,
      payload: octetsOf(`${this.measurements} ${celsius}`),
      qos,
      retain,
      messageId: this.nextMessageId(),
      isReceived: false,
    });
  }

  private *report(): Steps {
    if (!(yield* this.connect())) {
      if (this.connectCode === CODE.congestion) this.beSilent();
      return;
    }
    if (!(yield* this.subscribeAll())) return;
    for (let [first] = this.waiting; first; [first] = this.waiting) {
      if (!(yield* this.publish(first))) return;
      this.waiting.shift();
    }
    this.reports += 1;
    if (this.isTurnOf(this.options.changesWillEvery) && !(yield* this.changeWill())) return;
    if (this.isTurnOf(this.options.unsubscribesEvery) && !(yield* this.unsubscribeAll())) return;
    yield* this.goToSleep(announcedSleepSec(this.options));
  }

  private *subscribeAll(): Steps<boolean> {
    if (this.isSubscribed && this.options.cleanSession !== true) return true;
    let isRefused = false;
    for (const { topic, qos } of this.options.subscriptions ?? []) {
      const code = yield* this.subscribe(topic, qos);
      if (code === undefined) return false;
      isRefused ||= code !== CODE.accepted;
    }
    // What was refused it asks for again at its next report.
    this.isSubscribed = !isRefused;
    return true;
  }

  private isTurnOf(every: number | undefined): boolean {
    return every !== undefined && this.reports % every === 0;
  }

  private *unsubscribeAll(): Steps<boolean> {
    for (const { topic } of this.options.subscriptions ?? []) {
      if (!(yield* this.unsubscribe(topic))) return false;
    }
    this.isSubscribed = false;
    return true;
  }

  /** 6.9; false: the session is gone. */
  private *unsubscribe(topic: TopicReference): Steps<boolean> {
    const messageId = this.nextMessageId();
    const answer = yield* this.request(
      { type: 'UNSUBSCRIBE', messageId, topic },
      (heard) => heard.type === 'UNSUBACK' && heard.messageId === messageId,
    );
    return answer !== undefined;
  }

  /** 6.4; false: the session is gone. */
  private *changeWill(): Steps<boolean> {
    const change = this.will?.nextChange();
    if (change === undefined) return true;
    const answer = yield* this.request(change.request, ({ type }) => type === change.answer);
    if (answer === undefined) return false;
    if ('code' in answer && answer.code === CODE.accepted) this.will?.adopt(change);
    return true;
  }

  private beSilent(): void {
    const { congestionSec = CONGESTION_SEC } = this.options;
    this.connectCode = CODE.accepted;
    this.silentUntil = this.timeline.now() + congestionSec * 1000;
  }
}

const announcedSleepSec = ({ sleepSec }: SensorOptions): number =>
  Math.ceil(sleepSec * SLEEP_MARGIN);
