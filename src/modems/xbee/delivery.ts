import type { SendOutcome } from '../modem.js';

export interface XbeeDelivery {
  outcome: SendOutcome;
  /** What the module says, in words. */
  detail: string;
}

/** Of frames 8B and 89, whose codes mean the same where both have them. */
const STATUSES: ReadonlyMap<number, XbeeDelivery> = new Map([
  [0x01, { outcome: 'unreachable', detail: 'no acknowledgement on the first hop' }],
  [0x02, { outcome: 'busy', detail: 'the channel was never free' }],
  [0x03, { outcome: 'unreachable', detail: 'a sleeping node did not fetch it in time' }],
  [0x15, { outcome: 'refused', detail: 'invalid endpoint' }],
  [0x18, { outcome: 'busy', detail: 'the module has no free buffer' }],
  [0x21, { outcome: 'unreachable', detail: 'no acknowledgement through the network' }],
  [0x22, { outcome: 'unreachable', detail: 'the module has not joined a network' }],
  [0x23, { outcome: 'refused', detail: "the module's own address" }],
  [0x24, { outcome: 'unreachable', detail: 'address not found' }],
  [0x25, { outcome: 'unreachable', detail: 'route not found' }],
  // It was on the air; only the neighbours that should repeat it were not heard.
  [0x26, { outcome: 'transmitted', detail: 'no neighbour was heard to repeat the broadcast' }],
  [0x2b, { outcome: 'refused', detail: 'invalid binding' }],
  [0x2c, { outcome: 'refused', detail: 'invalid endpoint' }],
  [0x2d, { outcome: 'refused', detail: 'broadcast with APS' }],
  [0x2e, { outcome: 'refused', detail: 'broadcast with APS' }],
  [0x31, { outcome: 'busy', detail: 'the module reports an error of its software' }],
  [0x32, { outcome: 'busy', detail: 'the module has no free buffer or timer' }],
  [0x34, { outcome: 'refused', detail: 'no secure session' }],
  [0x35, { outcome: 'refused', detail: 'encryption failed' }],
  [0x74, { outcome: 'refused', detail: 'too long for one transmission' }],
  [0x75, { outcome: 'unreachable', detail: 'a sleeping node did not ask for it' }],
] satisfies [number, XbeeDelivery][]);

export const STATUS_NOT_JOINED = 0x22;
/** The 16-bit address or the way to it is out of date. */
const STALE_ADDRESS_STATUSES = [0x21, 0x24, 0x25];

export function xbeeDelivery(status: number, isBroadcast: boolean): XbeeDelivery {
  if (status === 0)
    return isBroadcast
      ? { outcome: 'transmitted', detail: 'broadcast' }
      : { outcome: 'delivered', detail: 'acknowledged' };
  const hex = status.toString(16).toUpperCase().padStart(2, '0');
  const known = STATUSES.get(status);
  // Codes to come are more likely about the network of the moment than about the message.
  if (known === undefined) return { outcome: 'unreachable', detail: `delivery status ${hex}` };
  return { outcome: known.outcome, detail: `${known.detail} (status ${hex})` };
}

export const hasStaleAddress = (status: number): boolean => STALE_ADDRESS_STATUSES.includes(status);
