/** The wills that the broker does not have yet, in the journal: `uw` records in the order of firing. */
import type { JournalRecord } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { fieldsOf, isQos, keyParts, recordKey } from './records.js';
import type { WillPublish } from './wills.js';

export class WillRecords {
  #last = 0;

  constructor(private readonly journal: Journal) {}

  /** Those of an earlier run, the oldest first. */
  recover(): WillPublish[] {
    const wills = this.journal.take('uw').flatMap((record) => willOf(record) ?? []);
    wills.sort((a, b) => a.number - b.number);
    this.#last = wills.at(-1)?.number ?? 0;
    return wills;
  }

  nextNumber(): number {
    return ++this.#last;
  }

  put({ number, client, topic, payload, qos, retain }: WillPublish): void {
    this.journal.put(recordKey('uw', number), { client, topic, payload, qos, retain });
  }

  /** Urgent, though nobody waits: a crash before it is on disk publishes a QoS 1 will once more. */
  delete({ number }: WillPublish): void {
    this.journal.delete(recordKey('uw', number));
    this.journal.afterCommit(() => undefined);
  }

  /** Runs `then` when all this is on disk. */
  whenKept(then: () => void): void {
    this.journal.afterCommit(then);
  }
}

/** The name of a will among the QoS 2 messages: no client id, topic or name of the core begins like this. */
export function willRef(number: number): string {
  return `\0will ${number}`;
}

function willOf(record: JournalRecord): WillPublish | undefined {
  const number = Number(keyParts(record)[0]);
  const { client, topic, payload, qos, retain } = fieldsOf(record.value);
  if (!Number.isInteger(number) || typeof client !== 'string' || typeof topic !== 'string') return;
  if (!(payload instanceof Uint8Array) || !isQos(qos) || typeof retain !== 'boolean') return;
  return { op: 'will', number, client, topic, payload, qos, retain, ref: willRef(number) };
}
