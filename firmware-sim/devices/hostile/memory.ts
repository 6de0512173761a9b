import { decode } from '../../sn/decode.js';
import type { SnMessage } from '../../sn/messages.js';

/** What it remembers of each; older ones are forgotten. */
const KEPT_MAX = 32;

/** What the gateway and other devices have let it hear: the better it listens, the closer its lies. */
export class Memory {
  /** As they were on the air, headers included. */
  readonly frames: Uint8Array[] = [];
  readonly topicIds: number[] = [];
  /** Requests of the gateway that want an answer. */
  readonly asked: SnMessage[] = [];
  /** Requests with a message id, whoever made them. */
  readonly numbered: (SnMessage & { messageId: number })[] = [];

  hear(octets: Uint8Array): void {
    keep(this.frames, octets);
    const message = decode(unwrapped(octets));
    if (message === undefined) return;
    if ('topicId' in message && message.topicId !== 0) keep(this.topicIds, message.topicId);
    if (ASKS.has(message.type)) keep(this.asked, message);
    if ('messageId' in message && message.messageId !== 0) keep(this.numbered, message);
  }

  forget(): void {
    for (const list of [this.frames, this.topicIds, this.asked, this.numbered]) list.length = 0;
  }
}

const ASKS: ReadonlySet<SnMessage['type']> = new Set([
  'WILLTOPICREQ',
  'WILLMSGREQ',
  'REGISTER',
  'PUBLISH',
  'PUBREC',
  'PUBREL',
  'PINGREQ',
]);

const FE = 0xfe;

/** Without the header of a forwarder (MQTT-SN 1.2, 5.5). */
const unwrapped = (octets: Uint8Array): Uint8Array =>
  octets[1] === FE ? octets.subarray(octets[0]) : octets;

function keep<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > KEPT_MAX) list.shift();
}
