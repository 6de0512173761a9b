/** The client ids of the gateway's own connections, which no device may have: it would take them over. */
import { CONNECTIONS_MAX } from './limits.js';

/** @param index of the connection; the first has the configured client id itself */
export function gatewayClientId(clientId: string, index: number): string {
  return index === 0 ? clientId : `${clientId}-${index + 1}`;
}

/** Whether a connection of the gateway has `id`, or may need it one day. */
export function isGatewayClientId(id: string, clientId: string, connections: number): boolean {
  for (let index = 0; index < Math.max(connections, CONNECTIONS_MAX); index++) {
    if (id === gatewayClientId(clientId, index)) return true;
  }
  return false;
}
