/**
 * The keys of the core's records. One record for each thing that can change by itself, so that no
 * message makes a whole session be written anew.
 *
 *   n                   topic ids up to this one were those of forgotten sessions
 *   k client            the operator has let it in
 *   s client            session: state, keep alive, will, address
 *   l client            until when its silence is tolerated
 *   f client filter     subscription
 *   t client name       topic id
 *   p client topic      predefined topic id that the device has used
 *   d client serial     message to the device
 *   i client msgId      QoS 2 message from the device
 *   o serial            message that waits for the broker
 */

/** As `store/journal.ts` has it; a test compares. */
export const SEPARATOR = '\0';

/** The kinds of records, in the order in which a restart needs them. */
export const RECORD_KINDS = ['n', 'k', 's', 'l', 'f', 't', 'p', 'd', 'i', 'o'] as const;

/** Digits that serial numbers are padded to, so that keys sort as numbers do. */
const SERIAL_DIGITS = 12;

export const serialText = (serial: number): string => String(serial).padStart(SERIAL_DIGITS, '0');

const key = (...parts: string[]): string => parts.join(SEPARATOR);

export const retiredIdsKey = 'n';
export const approvalKey = (client: string): string => key('k', client);
export const sessionKey = (client: string): string => key('s', client);
export const silenceKey = (client: string): string => key('l', client);
export const subscriptionKey = (client: string, filter: string): string => key('f', client, filter);
export const topicIdKey = (client: string, name: string): string => key('t', client, name);
export const predefinedKey = (client: string, topic: string): string => key('p', client, topic);
export const downlinkKey = (client: string, serial: number): string =>
  key('d', client, serialText(serial));
export const inboundKey = (client: string, msgId: number): string =>
  key('i', client, String(msgId));
export const outboxKey = (serial: number): string => key('o', serialText(serial));
