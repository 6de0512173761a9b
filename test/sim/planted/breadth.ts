/** Faults that only some conditions of a world bring out. */
import type { PlantedFault } from './faults.js';

export const BREADTH: readonly PlantedFault[] = [
  {
    name: 'a subscription that the broker denies passes for one that it grants',
    file: 'src/upstream/answers.ts',
    find: 'if (answer <= 2) return { granted: answer as MqttQos };',
    put: 'if (answer <= 2 || answer === 0x80) return { granted: (answer % 0x80) as MqttQos };',
    checker: 'refusals',
    says: 'which it may not',
    seed: 37,
  },
  {
    name: 'a broker that is away refuses a subscription for good',
    file: 'src/core/session/subscribe.ts',
    find: "event.failure === 'unavailable' ? RETURN_CODE.congestion : RETURN_CODE.notSupported",
    put: 'RETURN_CODE.notSupported',
    checker: 'refusals',
    says: 'which it may',
    seed: 52,
  },
  {
    name: 'a device that has moved still has the address that it has left',
    file: 'src/core/sessions.ts',
    find: 'this.byLink.get(peer.link)?.delete(peer.key);',
    put: '',
    checker: 'sleep',
    says: 'was sent to lan',
    seed: 49,
  },
  {
    name: 'message ids have no more than fifteen bits',
    file: 'src/core/session/inbound.ts',
    find: 'for (const exchange of this.open) if (exchange.msgId === msgId) return exchange;',
    put: 'for (const exchange of this.open) if (exchange.msgId === (msgId & 0x7fff)) return exchange;',
    checker: 'settled',
    says: 'has never heard what became of',
    seed: 9,
  },
  {
    name: 'of a frame that is longer than it says the rest is left out',
    file: 'src/codec/decode.ts',
    find: "if (received > length && !allowPadding) return malformed('trailing-bytes');",
    put: '',
    checker: 'origin',
    says: 'nobody has said so',
    seed: 122,
  },
  {
    name: 'the journal is written, and not synced',
    file: 'src/store/batches.ts',
    find: 'batch.write({ sync: true })',
    put: 'batch.write({ sync: false })',
    checker: 'lossDown',
    says: 'never got',
    seed: 1,
  },
];
