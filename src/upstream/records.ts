/**
 * The records of the broker's side in the journal: their keys, and how they are read back. A record
 * that has another shape than expected is none: a later release may have written it.
 */
import type { JournalRecord, JournalValue, MqttQos } from '../core/types.js';

/**
 * `ub`: which broker holds our subscriptions; `ud`: outgoing QoS 2 messages that are done, and of whose end the outbox has still
 * to hear; `ue`: wills that the broker forgot at the end of a run; `uf`: subscriptions
 * that are over and that the broker may still have; `ui`: incoming QoS 2 packet ids; `uo`: outgoing QoS 2 packets; `up`: those that the broker has, so that PUBREL is next; `ur`:
 * rounds of routes; `uw`: wills on their way.
 */
export type RecordKind = 'ub' | 'ud' | 'ue' | 'uf' | 'ui' | 'uo' | 'up' | 'ur' | 'uw';

/** As `store/journal.ts` has it; a test compares. */
const SEPARATOR = '\0';

export function recordKey(kind: RecordKind, ...parts: (string | number)[]): string {
  return [kind, ...parts].join(SEPARATOR);
}

/** The parts of a key behind its kind. */
export function keyParts({ key }: JournalRecord): string[] {
  return key.split(SEPARATOR).slice(1);
}

type Fields = Readonly<Record<string, JournalValue>>;

/** The fields of a record; none when it is something else. */
export function fieldsOf(value: JournalValue): Fields {
  const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isPlain && !(value instanceof Uint8Array) ? (value as Fields) : {};
}

export function isQos(value: JournalValue | undefined): value is MqttQos {
  return value === 0 || value === 1 || value === 2;
}
