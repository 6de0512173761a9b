import { encode } from '../sn/encode.js';
import type { SnMessage } from '../sn/messages.js';
import { type DeviceSetup, Firmware, type Steps } from './firmware.js';
import { octetsOf } from './text.js';

export interface CarelessOptions {
  /** It publishes below this topic and subscribes to all of it, so that it hears itself. */
  topic: string;
  intervalSec: number;
  /** How often it sends something that makes no sense instead, 0 to 1. */
  garbage: number;
}

/** The one message id that it has ever heard of. */
const MESSAGE_ID = 1;

const KEEP_ALIVE_SEC = 60;

/** What it waits for an answer, before it goes on as if there had been one. */
const PATIENCE_MS = 2000;

const GARBAGE_BYTES_MAX = 40;

/**
 * Badly written firmware, as it is found in the field: it uses one message id for everything, answers neither
 * REGISTER nor PUBLISH nor PINGREQ, sends nothing again, publishes with an id of which it never knew
 * whether it was granted, and sends garbage now and then.
 */
export class CarelessDevice extends Firmware {
  private count = 0;
  private topicId = 0;

  constructor(
    setup: DeviceSetup,
    private readonly options: CarelessOptions,
  ) {
    super(setup);
  }

  protected override *life(): Steps {
    const { intervalSec, garbage, topic } = this.options;
    this.port.listen(true);
    yield* this.pause(this.random.between(0, intervalSec * 1000));
    for (;;) {
      if (this.state !== 'active') yield* this.begin();
      if (this.random.chance(garbage)) this.port.send(this.nonsense());
      else this.publish(topic);
      yield* this.pause(intervalSec * 1000 * this.random.between(0.5, 1.5));
    }
  }

  protected override hear(message: SnMessage): void {
    const at = this.timeline.now();
    if (message.type === 'PUBLISH') {
      const { payload, qos, dup, messageId, topicId } = message;
      this.ledger.receives({ topic: `id ${topicId}`, payload, qos, dup, messageId, at });
    }
    if (message.type === 'REGACK') this.topicId = message.topicId;
    if (message.type === 'PUBACK') {
      const open = this.ledger.sent.findLast(({ acknowledgedAt }) => acknowledgedAt === undefined);
      if (open !== undefined && message.code === 0) this.ledger.acknowledges(open, at);
    }
    if (message.type === 'DISCONNECT') {
      this.ledger.thrownOut += 1;
      this.state = 'disconnected';
    }
  }

  private *begin(): Steps {
    const { topic } = this.options;
    yield* this.tell({
      type: 'CONNECT',
      will: false,
      cleanSession: true,
      protocolId: 1,
      durationSec: KEEP_ALIVE_SEC,
      clientId: this.id,
    });
    this.ledger.connects += 1;
    this.state = 'active';
    yield* this.tell({
      type: 'SUBSCRIBE',
      dup: false,
      qos: 1,
      messageId: MESSAGE_ID,
      topic: { kind: 'normal', name: `${topic}/#` },
    });
    yield* this.tell({
      type: 'REGISTER',
      topicId: 0,
      messageId: MESSAGE_ID,
      name: `${topic}/data`,
    });
  }

  /** Says it once, and waits a while for whatever comes. */
  private *tell(message: SnMessage): Steps {
    this.say(message);
    const heard = yield { forMs: PATIENCE_MS, wants: () => true };
    if (heard !== undefined) this.hear(heard);
  }

  private publish(topic: string): void {
    this.count += 1;
    const payload = octetsOf(`${this.count}`);
    const at = this.timeline.now();
    this.ledger.sends({ topic: `${topic}/data`, payload, qos: 1, at }, false);
    this.say({
      type: 'PUBLISH',
      dup: false,
      qos: 1,
      retain: false,
      topicKind: 'normal',
      topicId: this.topicId,
      messageId: MESSAGE_ID,
      payload,
    });
  }

  private nonsense(): Uint8Array {
    const { random } = this;
    const whole = encode({ type: 'PINGREQ', clientId: this.id });
    switch (random.integer(0, 3)) {
      case 0:
        return random.octets(random.integer(1, GARBAGE_BYTES_MAX));
      case 1:
        return whole.slice(0, random.integer(1, whole.length - 1));
      case 2:
        return Uint8Array.of(...whole, ...random.octets(random.integer(1, 8)));
      default:
        // A length of more than there is.
        return Uint8Array.of(0xff, ...whole.subarray(1));
    }
  }
}
