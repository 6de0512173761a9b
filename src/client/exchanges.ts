/**
 * Requests that wait for their answer. Each is repeated after T_retry, N_retry times, with the same
 * octets except DUP; then the gateway counts as gone (SN 1.2, 6.13).
 */
import type { Message, MessageType } from '../codec/index.js';
import { ClientError } from './errors.js';
import { PORTS_HINT } from './udp.js';

export interface RetryPolicy {
  /** T_retry. */
  intervalMs: number;
  /** Retransmissions after the first transmission (N_retry). */
  count: number;
}

interface Exchange {
  request: Message;
  answers: readonly MessageType[];
  policy: RetryPolicy;
  /** Any traffic is a sign of life: the gateway delivers before it answers (SN 1.2, 6.14). */
  patient: boolean;
  transmissions: number;
  timer: NodeJS.Timeout;
  resolve(answer: Message): void;
  reject(error: ClientError): void;
}

export class Exchanges {
  private readonly open = new Set<Exchange>();

  constructor(
    private readonly transmit: (message: Message) => void,
    private readonly policy: RetryPolicy,
    /** Names the gateway in errors. */
    private readonly gateway: string,
  ) {}

  /** Sends `request` until one of `answers` with its message id comes. Rejects with ClientError. */
  ask<T extends MessageType>(
    request: Message,
    answers: readonly T[],
    { policy = this.policy, patient = false }: { policy?: RetryPolicy; patient?: boolean } = {},
  ): Promise<Extract<Message, { type: T }>> {
    return new Promise((resolve, reject) => {
      this.transmit(request);
      const exchange: Exchange = {
        request,
        answers,
        policy,
        patient,
        transmissions: 1,
        timer: setTimeout(() => this.repeat(exchange), policy.intervalMs),
        resolve: (answer) => resolve(answer as Extract<Message, { type: T }>),
        reject,
      };
      this.open.add(exchange);
    });
  }

  /** Whether `message` was the answer that somebody waited for. */
  settle(message: Message): boolean {
    for (const exchange of this.open) {
      if (isAnswer(exchange, message)) {
        this.close(exchange);
        exchange.resolve(message);
        return true;
      }
    }
    for (const exchange of this.open) {
      if (!exchange.patient) continue;
      exchange.transmissions = 1;
      exchange.timer.refresh();
    }
    return false;
  }

  failAll(error: ClientError): void {
    for (const exchange of this.open) {
      this.close(exchange);
      exchange.reject(error);
    }
  }

  private repeat(exchange: Exchange): void {
    if (exchange.transmissions > exchange.policy.count) {
      this.close(exchange);
      exchange.reject(this.noAnswer(exchange));
      return;
    }
    exchange.transmissions++;
    exchange.timer.refresh();
    const { request } = exchange;
    this.transmit('dup' in request ? { ...request, dup: true } : request);
  }

  private close(exchange: Exchange): void {
    clearTimeout(exchange.timer);
    this.open.delete(exchange);
  }

  private noAnswer({ request, transmissions }: Exchange): ClientError {
    const attempts = transmissions === 1 ? '1 attempt' : `${transmissions} attempts`;
    return new ClientError(
      `no answer from ${this.gateway} to ${request.type} after ${attempts}; ` +
        `is the gateway running and is the port right? ${PORTS_HINT}`,
    );
  }
}

function isAnswer({ request, answers }: Exchange, message: Message): boolean {
  if (!answers.includes(message.type)) return false;
  return !('msgId' in message && 'msgId' in request) || message.msgId === request.msgId;
}
