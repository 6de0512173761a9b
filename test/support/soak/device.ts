/** What devices of a soak test do all day. Their firmware is that of firmware-sim, so nothing of it is ours. */
import { ClientFirmware } from '../../../firmware-sim/devices/client.js';
import type { Outgoing } from '../../../firmware-sim/devices/outgoing.js';
import type { DeviceSetup, Steps } from '../../../firmware-sim/devices/firmware.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Expected } from './deliveries.js';
import { qosOf } from './topics.js';
import { octetsOf, topicText } from '../../../firmware-sim/devices/text.js';

/** `burst`: devices speak several times as often. `still`: they have nothing to say. */
export interface Traffic {
  state: 'still' | 'flowing' | 'burst';
}

export interface Habits {
  /** An always-on device speaks, and a sleeper wakes up, after pauses between these. */
  pauseMs: readonly [min: number, max: number];
  sleeps: boolean;
  /** Where it publishes; as often as a topic is named. */
  uplinks: readonly string[];
  filters: readonly string[];
  keepAliveSec: number;
  /** T_retry. */
  retryMs: number;
  /** Its first CONNECT comes within this time, by chance. */
  startWithinMs: number;
  hasWill: boolean;
}

/** Where a device tells what it does. */
export interface Bookkeeper {
  /** The device is about to publish its next message on this topic. */
  says(clientId: string, topic: string): { payload: string; message: Expected };
  hears(clientId: string, topic: string, payload: string, dup: boolean): void;
  acknowledged(topic: string, message: Expected): void;
}

/** N_retry: more than any fault of a soak test takes. */
const RETRIES = 15;
const RETRY_JITTER = 0.3;
const RECONNECT_PAUSE_MS = 2000;
/** Of its keep alive: when an always-on device with nothing to say pings. */
const PING_SHARE = 0.4;
/** Longer than any pause: no sleeper is ever overdue. */
const SLEEP_SEC = 3600;
/** A sleeper fetches its messages so often at most before it gets up and reports. */
const NAPS_MAX = 3;
const REPORTS_MAX = 4;
const BURST_FACTOR = 4;

export class SoakDevice extends ClientFirmware {
  /** Whether the gateway owes it messages. */
  hasSubscribed = false;
  private pending: { outgoing: Outgoing; message: Expected } | undefined;
  private spokeAt = 0;

  constructor(
    setup: DeviceSetup,
    private readonly habits: Habits,
    private readonly traffic: Traffic,
    private readonly books: Bookkeeper,
  ) {
    const { keepAliveSec, retryMs: intervalMs, hasWill } = habits;
    const { id } = setup;
    super(setup, {
      keepAliveSec,
      retry: { intervalMs, count: RETRIES, jitter: RETRY_JITTER },
      ...(hasWill && {
        will: { topic: `will/${id}`, payload: id, qos: 2 as const, retain: false },
      }),
    });
  }

  /** Whether all it has said is acknowledged. */
  get isSettled(): boolean {
    return this.pending === undefined;
  }

  protected override *life(): Steps {
    this.port.listen(true);
    yield* this.pause(this.random.between(0, this.habits.startWithinMs));
    for (;;) {
      if (this.isConnected || (yield* this.begin())) {
        yield* this.habits.sleeps ? this.sleepAndReport() : this.report();
      } else {
        yield* this.pause(this.random.between(0, RECONNECT_PAUSE_MS));
      }
    }
  }

  protected override take(topic: string, payload: Uint8Array): void {
    // The ledger of the firmware would keep everything.
    const dup = this.ledger.received.pop()?.dup ?? false;
    this.books.hears(this.id, topic, new TextDecoder().decode(payload), dup);
  }

  protected override say(message: SnMessage): void {
    this.spokeAt = this.timeline.now();
    super.say(message);
  }

  protected override forget(): void {
    super.forget();
    this.pending = undefined;
  }

  private *begin(): Steps<boolean> {
    this.port.listen(true);
    if (!(yield* this.connect())) return false;
    if (this.hasSubscribed) return true;
    for (const name of this.habits.filters) {
      if ((yield* this.subscribe({ kind: 'normal', name }, 2)) !== 0) return false;
    }
    this.hasSubscribed = true;
    return true;
  }

  private *report(): Steps {
    yield* this.pause(this.pauseMs());
    const pingAfterMs = this.habits.keepAliveSec * 1000 * PING_SHARE;
    const isQuiet = this.timeline.now() - this.spokeAt > pingAfterMs;
    if (this.hasWords) yield* this.speak();
    else if (isQuiet) yield* this.request({ type: 'PINGREQ', clientId: '' }, isPingresp);
  }

  /** Fetches its messages a few times, and gets up to report. */
  private *sleepAndReport(): Steps {
    if (!(yield* this.goToSleep(SLEEP_SEC))) return;
    for (let naps = this.random.integer(1, NAPS_MAX); naps > 0; naps--) {
      this.port.listen(false);
      yield* this.pause(this.pauseMs());
      this.port.listen(true);
      if (!(yield* this.collect())) return;
    }
    if (!this.hasWords || !(yield* this.begin())) return;
    for (let reports = this.random.integer(1, REPORTS_MAX); reports > 0; reports--) {
      if (this.hasWords && this.isConnected) yield* this.speak();
    }
  }

  private get hasWords(): boolean {
    return this.pending !== undefined || this.traffic.state !== 'still';
  }

  private pauseMs(): number {
    const pauseMs = this.random.between(...this.habits.pauseMs);
    const isHurried = this.traffic.state === 'burst' && !this.habits.sleeps;
    return isHurried ? pauseMs / BURST_FACTOR : pauseMs;
  }

  /** The next message begins only when this one is settled, in whichever session. */
  private *speak(): Steps {
    this.pending ??= this.nextMessage();
    const { outgoing, message } = this.pending;
    if (!(yield* this.publish(outgoing))) return;
    // Refused: nobody is responsible for it.
    if (outgoing.record?.refusedWith === undefined)
      this.books.acknowledged(topicText(outgoing.topic), message);
    this.ledger.sent.length = 0;
    this.pending = undefined;
  }

  private nextMessage(): { outgoing: Outgoing; message: Expected } {
    const { uplinks } = this.habits;
    const name = uplinks[this.random.integer(0, uplinks.length - 1)] ?? '';
    const { payload, message } = this.books.says(this.id, name);
    const outgoing: Outgoing = {
      topic: { kind: 'normal', name },
      payload: octetsOf(payload),
      qos: qosOf(name),
      retain: name.endsWith('/r1'),
      messageId: this.nextMessageId(),
      isReceived: false,
    };
    return { outgoing, message };
  }
}

const isPingresp = ({ type }: SnMessage): boolean => type === 'PINGRESP';
