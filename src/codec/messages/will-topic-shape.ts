import type { MessageCodec } from '../codec.js';
import { type Qos, qosBits, qosOf, retainBit, retainOf } from '../flags.js';
import { text } from '../wire.js';

/** WILLTOPIC and WILLTOPICUPD: flags and topic, or nothing at all. Three octets carry flags and an empty topic. */
type WillTopic<T extends string> =
  | { type: T; empty: true }
  | { type: T; empty?: never; qos: Qos; retain: boolean; willTopic: string };

export function willTopicShape<T extends string>(
  type: T,
  code: number,
): MessageCodec<WillTopic<T>> {
  return {
    type,
    code,
    decode(bytes, start, end) {
      if (start === end) return { type, empty: true };
      const flags = bytes[start] ?? 0;
      const willTopic = text(bytes, start + 1, end);
      if (willTopic === undefined) return 'invalid-utf8';
      return { type, qos: qosOf(flags), retain: retainOf(flags), willTopic };
    },
    encode(message, out) {
      if (message.empty) return;
      out.uint8(qosBits(message.qos) | retainBit(message.retain)).text(message.willTopic);
    },
  };
}
