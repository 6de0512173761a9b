/** Traces and ledgers by hand: what devices and gateways would have said to each other. */
import type { Message } from '../../../src/codec/index.js';
import type { DeviceLedger, Fault, Ledgers, TraceEntry } from '../../support/crash/ledger.js';

/** One entry each millisecond, from 1 on. */
export const trace = (...entries: (Frame | 'on' | 'off')[]): TraceEntry[] =>
  entries.map((entry, index) =>
    typeof entry === 'string' ? { at: index + 1, radio: entry } : { at: index + 1, ...entry },
  );

interface Frame {
  from: 'device' | 'gateway';
  message: Message;
}

export const says = (message: Message): Frame => ({ from: 'device', message });
export const hears = (message: Message): Frame => ({ from: 'gateway', message });

export const connect = (cleanSession = false): Message => ({
  type: 'CONNECT',
  will: false,
  cleanSession,
  protocolId: 1,
  duration: 60,
  clientId: 'd',
});

export const publish = (
  msgId: number,
  payload: string,
  { qos = 1, dup = false, topicId = 1 }: { qos?: 1 | 2; dup?: boolean; topicId?: number } = {},
): Message => ({
  type: 'PUBLISH',
  dup,
  qos,
  retain: false,
  topicIdType: 0,
  topicId,
  msgId,
  data: Buffer.from(payload),
});

export const puback = (msgId: number, returnCode = 0): Message => ({
  type: 'PUBACK',
  topicId: 1,
  msgId,
  returnCode,
});

/** The gateway names a topic id. */
export const register = (topicId: number, topicName: string): Message => ({
  type: 'REGISTER',
  topicId,
  msgId: 1000 + topicId,
  topicName,
});

export const device = (
  entries: TraceEntry[],
  fields: Partial<DeviceLedger> = {},
): DeviceLedger => ({
  clientId: 'd',
  keepsSession: true,
  filters: ['down/#'],
  trace: entries,
  ...fields,
});

export const fault = (from: number, to = from, victim: Fault['victim'] = 'gateway'): Fault => ({
  victim,
  from,
  to,
});

export const ledgers = (fields: Partial<Ledgers>): Ledgers => ({
  devices: [],
  published: [],
  observed: [],
  faults: [],
  excusedBefore: 0,
  ...fields,
});
