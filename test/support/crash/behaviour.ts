/** What the devices of a crash test do all day. */
import type { Chance } from './chance.js';
import { type CrashDevice, DeviceClosed, SessionGone } from './device.js';
import { payloadOf } from './ledger.js';

/** Longer than any test: none of these devices is ever overdue. */
const SLEEP_SEC = 600;
/** Topics that a device begins to use on the way, so that REGISTER too meets a crash. */
const LATER_TOPICS_MAX = 12;

/**
 * Whether there is anything to say. `concluding`: one last message on each topic; whatever was sent twice
 * before has come when that comes.
 */
export interface Traffic {
  state: 'flowing' | 'still' | 'concluding';
}

interface Report {
  topic: string;
  payload: string;
  qos: 1 | 2;
}

/** A device that has connected and subscribed, and lives until it is closed. */
export class Actor {
  /** Payloads that were acknowledged; only to know when to stop waiting. */
  readonly acknowledged: string[] = [];
  hasConcluded = false;
  private readonly serials = new Map<string, number>();
  private pending: Report | undefined;
  private laterTopics = 0;

  constructor(
    readonly device: CrashDevice,
    private readonly kind: 'always-on' | 'sleeper',
    private readonly traffic: Traffic,
    private readonly chance: Chance,
  ) {}

  /** Whether all it has said is acknowledged. */
  get isSettled(): boolean {
    return this.pending === undefined;
  }

  async live(): Promise<void> {
    for (let isSentAway = false; ; ) {
      try {
        if (isSentAway) await this.device.connect();
        if (isSentAway) await this.device.subscribe();
        isSentAway = false;
        await (this.kind === 'sleeper' ? this.sleepAndReport() : this.report());
      } catch (error) {
        if (error instanceof DeviceClosed) return;
        if (!(error instanceof SessionGone)) throw error;
        isSentAway = true;
      }
    }
  }

  /** Always there: it connects again only when it is sent away. */
  private async report(): Promise<void> {
    await this.speak();
    if (this.chance.integer(1, 20) === 1) await this.device.ping();
    await this.device.pause(this.chance.integer(5, 60));
  }

  /** Fetches its messages a few times, extends its sleep now and then, and gets up to report. */
  private async sleepAndReport(): Promise<void> {
    await this.device.sleep(SLEEP_SEC);
    for (let naps = this.chance.integer(1, 4); naps > 0; naps--) {
      await this.device.pause(this.chance.integer(20, 300));
      await this.device.wake();
    }
    if (this.pending === undefined && this.traffic.state === 'still') return;
    if (this.chance.integer(1, 4) === 1) return;
    await this.device.connect();
    for (let reports = this.chance.integer(1, 5); reports > 0; reports--) await this.speak();
  }

  private async speak(): Promise<void> {
    const { state } = this.traffic;
    if (state !== 'concluding') this.hasConcluded = false;
    if (this.pending !== undefined) await this.send(this.pending);
    else if (state === 'flowing') await this.send(this.next(this.anyTopic()));
    else if (state === 'concluding' && !this.hasConcluded) await this.conclude();
  }

  private async conclude(): Promise<void> {
    for (const topic of this.serials.keys()) await this.send(this.next(topic));
    this.hasConcluded = true;
  }

  /** The next message begins only when this one is acknowledged, in whichever session. */
  private async send(report: Report): Promise<void> {
    this.pending = report;
    await this.device.publish(report.topic, report.payload, report.qos);
    this.acknowledged.push(report.payload);
    this.pending = undefined;
  }

  private anyTopic(): string {
    const isNew = this.laterTopics < LATER_TOPICS_MAX && this.chance.integer(1, 15) === 1;
    if (isNew) this.laterTopics++;
    const later = isNew ? this.laterTopics : this.chance.integer(1, Math.max(this.laterTopics, 1));
    const name = this.chance.pick(['a', 'b', `later-${later}`]);
    return `up/${this.device.clientId}/${name}/${this.chance.pick(['1', '2'])}`;
  }

  private next(topic: string): Report {
    const serial = (this.serials.get(topic) ?? 0) + 1;
    this.serials.set(topic, serial);
    return { topic, payload: payloadOf(topic, serial), qos: qosOf(topic) };
  }
}

/** A topic's last level says at which QoS its messages are sent: order is promised within one QoS only. */
export const qosOf = (topic: string): 1 | 2 => (topic.endsWith('/2') ? 2 : 1);
