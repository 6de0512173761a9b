import { textBytes } from '../../codec/index.js';
import { CLIENT_ID_BYTES_MAX } from '../limits.js';

/** Why no device can have this client id; undefined: one can. */
export function clientIdProblem(clientId: string): string | undefined {
  if (clientId === '') return 'the client id is empty';
  if (clientId.includes('\0')) return 'the client id contains U+0000';
  if (textBytes(clientId) <= CLIENT_ID_BYTES_MAX) return undefined;
  return `the client id is longer than ${CLIENT_ID_BYTES_MAX} octets`;
}
