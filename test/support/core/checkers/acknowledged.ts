import type { Effect } from '../../../../src/core/types.js';
import type { Facts } from '../facts.js';

/** A device's message for which the gateway has taken responsibility. */
export interface Acknowledged {
  client: string;
  qos: 1 | 2;
  msgId: number;
}

/** The message that this effect acknowledges to its device: PUBACK "accepted", or PUBREC. */
export function acknowledgedBy(effect: Effect, facts: Facts): Acknowledged | undefined {
  const client = facts.receiver();
  const message = facts.sent?.message;
  if (effect.kind !== 'send' || client === undefined || message === undefined) return undefined;
  if (message.type === 'PUBACK' && message.returnCode === 0)
    return { client, qos: 1, msgId: message.msgId };
  if (message.type === 'PUBREC') return { client, qos: 2, msgId: message.msgId };
  return undefined;
}
