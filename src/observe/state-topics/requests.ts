/** Requests of operators over MQTT, and answers in the manner of Zigbee2MQTT: `{data, status, error?, transaction?}`. */
import type { OperatorCommand, OperatorOutcome } from '../../core/types.js';
import { REQUEST_BYTES_MAX, REQUESTS_MAX } from './limits.js';

/** What requests are done by. */
export interface Operator {
  /** Resolves when it is done for good; false: nobody is served now. */
  operate(command: OperatorCommand): Promise<OperatorOutcome>;
  /** Whether the device has a session. */
  isKnown(client: string): boolean;
  isApproved(client: string): boolean;
  unready(): readonly string[];
}

interface Request {
  client?: unknown;
  transaction?: unknown;
}

type Answer = { data: object } | { error: string };

/** The commands, by the topics that ask for them. */
const COMMANDS = new Map<string, Exclude<OperatorCommand['command'], 'buffer-remove'>>([
  ['device/disconnect', 'disconnect'],
  ['device/forget', 'forget'],
  ['device/approve', 'approve'],
  ['buffer/clear', 'buffer-clear'],
]);

/** Answers, also for whoever asks over HTTP. */
export const OPERATION_NOT_KEPT =
  'it is done, but in memory alone: the store fails, and a restart before it works again undoes it; the log says why';

export const NOT_APPROVED =
  'the device cannot be approved: its client id is not valid, or too many are approved by hand; write a rule in `devices`';

export class Requests {
  private underWay = 0;

  constructor(private readonly operator: Operator) {}

  /** Never rejects. @param what the topic without what all requests have in common */
  async answer(what: string, payload: Uint8Array): Promise<string> {
    let request: Request = {};
    let answer: Answer;
    if (this.underWay >= REQUESTS_MAX) {
      answer = { error: 'there are as many requests as may be at once; ask again' };
    } else {
      this.underWay++;
      try {
        const read = requestOf(payload);
        if (typeof read === 'string') answer = { error: read };
        else {
          request = read;
          answer = await this.do(what, read);
        }
      } finally {
        this.underWay--;
      }
    }
    const { transaction } = request;
    const told =
      'error' in answer ? { data: {}, status: 'error', ...answer } : { ...answer, status: 'ok' };
    return JSON.stringify(transaction === undefined ? told : { ...told, transaction });
  }

  private async do(what: string, { client }: Request): Promise<Answer> {
    if (what === 'health_check') {
      const reasons = this.operator.unready();
      return { data: { healthy: reasons.length === 0, reasons } };
    }
    const command = COMMANDS.get(what);
    if (command === undefined) {
      return {
        error: `no such request: there are health_check, ${[...COMMANDS.keys()].join(', ')}`,
      };
    }
    if (typeof client !== 'string' || client === '') {
      return { error: 'it needs the client id of a device: {"client": "door-1"}, or the id alone' };
    }
    if (!this.isFor(command, client)) {
      return { error: `no device with the client id ${JSON.stringify(client)} is known` };
    }
    const outcome = await this.operator.operate({ command, client });
    if (outcome === 'not-serving') return { error: 'the gateway is starting or stopping' };
    if (outcome === 'not-kept') return { error: OPERATION_NOT_KEPT };
    if (command === 'approve' && !this.operator.isApproved(client)) return { error: NOT_APPROVED };
    return { data: { client } };
  }

  private isFor(command: OperatorCommand['command'], client: string): boolean {
    const { operator } = this;
    // Who is to be let in has been refused so far; an approval can be taken back from who has not come yet.
    if (command === 'approve' || operator.isKnown(client)) return true;
    return command === 'forget' && operator.isApproved(client);
  }
}

/** A JSON object, a JSON string, or a client id as it is; or what is wrong with it. */
function requestOf(payload: Uint8Array): Request | string {
  if (payload.length > REQUEST_BYTES_MAX) {
    return `the request is longer than ${REQUEST_BYTES_MAX} octets`;
  }
  const text = new TextDecoder().decode(payload).trim();
  if (text === '') return {};
  if (!/^[{"]/.test(text)) return { client: text };
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { client: value };
  } catch {
    return 'the request is no JSON';
  }
}
