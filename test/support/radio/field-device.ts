/** A device with a radio that does what a test says. Its firmware is that of firmware-sim, so nothing of it is ours. */
import { ClientFirmware } from '../../../firmware-sim/devices/client.js';
import type { DeviceSetup, Steps } from '../../../firmware-sim/devices/firmware.js';
import type { Qos, SnMessage } from '../../../firmware-sim/sn/messages.js';
import { PATIENCE_MS, until } from '../wait.js';
import { octetsOf } from '../../../firmware-sim/devices/text.js';

/** N_retry, and how far repeats are from equal pauses. */
const RETRY = { count: 10, jitter: 0.2 };
const KEEP_ALIVE_SEC = 60;
/** Silence in the middle of what waits for it: so often it asks for the rest. */
const FETCHES_MAX = 10;
/** How soon it looks whether there is something to do. */
const IDLE_MS = 2;

type PublishQos = Exclude<Qos, -1>;
type Work = () => Steps<boolean>;

export class FieldDevice extends ClientFirmware {
  private readonly works: Work[] = [];
  /** Messages at QoS 2 whose PUBREL is still to come. */
  private readonly unreleased = new Set<number>();

  /** @param retryMs T_retry */
  constructor(setup: DeviceSetup, retryMs: number) {
    super(setup, { keepAliveSec: KEEP_ALIVE_SEC, retry: { ...RETRY, intervalMs: retryMs } });
  }

  /** What was published to it so far, as `topic payload qos`; QoS 2 without repeats. */
  get received(): string[] {
    return this.ledger.received.map(
      ({ topic, payload, qos }) => `${topic} ${new TextDecoder().decode(payload)} ${qos}`,
    );
  }

  connects(): Promise<void> {
    return this.does('connect', () => this.connect());
  }

  /** Registers the topic before. Resolves when the gateway has taken the message. */
  publishes(name: string, payload: string, qos: PublishQos): Promise<void> {
    return this.does(`publish ${payload}`, () =>
      this.publish({
        topic: { kind: 'normal', name },
        payload: octetsOf(payload),
        qos,
        retain: false,
        messageId: this.nextMessageId(),
        isReceived: false,
      }),
    );
  }

  subscribes(name: string, qos: PublishQos): Promise<void> {
    return this.does(`subscribe to ${name}`, () => this.subscribed(name, qos));
  }

  sleeps(durationSec: number): Promise<void> {
    return this.does('sleep', () => this.fallAsleep(durationSec));
  }

  /** Fetches what waits for it, and sleeps on; resolves with the types of what came, in order. */
  async wakes(): Promise<SnMessage['type'][]> {
    const came: SnMessage['type'][] = [];
    await this.does('wake up', () => this.fetch(came));
    return came;
  }

  /** Resolves when it has received all these lines, each at least once, and owes nothing for any message. */
  async got(...lines: string[]): Promise<void> {
    const all = (): boolean =>
      this.unreleased.size === 0 && lines.every((line) => this.received.includes(line));
    await until(all, PATIENCE_MS, lines.join(', ')).catch((error: Error) => {
      throw new Error(`${this.id} ${error.message}; it got ${this.received.join(', ')}`);
    });
  }

  protected override *life(): Steps {
    this.port.listen(true);
    for (;;) {
      const work = this.works.shift();
      if (work === undefined) yield* this.pause(IDLE_MS);
      else yield* work();
    }
  }

  protected override hear(message: SnMessage): void {
    if (message.type === 'PUBLISH' && message.qos === 2) this.unreleased.add(message.messageId);
    if (message.type === 'PUBREL') this.unreleased.delete(message.messageId);
    super.hear(message);
  }

  /** What counts is the ledger. */
  protected override take(): void {}

  /** In its turn. Rejects when the session is lost meanwhile. */
  private does(what: string, work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.works.push(function* () {
        const isDone = yield* work();
        if (isDone) resolve();
        else reject(new Error(`the gateway did not let the device ${what}`));
        return isDone;
      });
    });
  }

  private *subscribed(name: string, qos: PublishQos): Steps<boolean> {
    return (yield* this.subscribe({ kind: 'normal', name }, qos)) === 0;
  }

  private *fallAsleep(durationSec: number): Steps<boolean> {
    const answer = yield* this.request(
      { type: 'DISCONNECT', durationSec },
      ({ type }) => type === 'DISCONNECT',
    );
    this.port.listen(false);
    this.state = 'asleep';
    return answer !== undefined;
  }

  private *fetch(came: SnMessage['type'][]): Steps<boolean> {
    const isAnything = (): boolean => true;
    this.port.listen(true);
    for (let tries = 0; tries < FETCHES_MAX && came.at(-1) !== 'PINGRESP'; tries++) {
      let heard = yield* this.request({ type: 'PINGREQ', clientId: this.id }, isAnything);
      while (heard !== undefined) {
        came.push(heard.type);
        if (heard.type === 'PINGRESP') break;
        this.hear(heard);
        heard = yield* this.answer(isAnything);
      }
    }
    this.port.listen(false);
    return came.at(-1) === 'PINGRESP';
  }
}
