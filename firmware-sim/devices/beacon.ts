import { encode, shortTopicId } from '../sn/encode.js';
import type { TopicReference } from '../sn/messages.js';
import { type DeviceSetup, Firmware, type Steps } from './firmware.js';
import { octetsOf, topicText } from './text.js';

export interface BeaconOptions {
  /** QoS -1 knows no registered topics (MQTT-SN 1.2, 6.8). */
  topic: Exclude<TopicReference, { kind: 'normal' }>;
  intervalSec: number;
}

/** Each pause is this share longer, at most and by chance: beacons would otherwise collide for ever. */
const JITTER = 0.1;

/** A beacon: publishes with QoS -1, without a connection, and hears nothing. */
export class Beacon extends Firmware {
  private count = 0;

  constructor(
    setup: DeviceSetup,
    private readonly options: BeaconOptions,
  ) {
    super(setup);
  }

  protected override *life(): Steps {
    const intervalMs = this.options.intervalSec * 1000;
    this.state = 'active';
    yield* this.pause(this.random.between(0, intervalMs));
    for (;;) {
      this.publish();
      yield* this.pause(intervalMs * (1 + this.random.between(0, JITTER)));
    }
  }

  protected override hear(): void {}

  private publish(): void {
    const { topic } = this.options;
    this.count += 1;
    const payload = octetsOf(`${this.id} ${this.count}`);
    this.ledger.sends({ topic: topicText(topic), payload, qos: -1, at: this.timeline.now() });
    this.port.send(
      encode({
        type: 'PUBLISH',
        dup: false,
        qos: -1,
        retain: false,
        topicKind: topic.kind,
        topicId: topic.kind === 'predefined' ? topic.id : shortTopicId(topic.name),
        messageId: 0,
        payload,
      }),
    );
  }
}
