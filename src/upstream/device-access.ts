/** As whom a transparent device comes to the broker, and who may not. */
import { isGatewayClientId } from './client-ids.js';
import type { UpstreamOptions } from './options.js';

export interface Login {
  clientId: string;
  user?: string | undefined;
  password?: string | undefined;
}

/** User and password come from the same place: half of the gateway's login is nobody's. */
export function loginOf(client: string, options: UpstreamOptions): Login {
  const own = options.deviceOf(client);
  const hasOwn = own.user !== undefined || own.password !== undefined;
  const { user, password } = hasOwn ? own : options;
  return { clientId: clientIdOf(client, options), user, password };
}

/** Why the device may not have a connection, in words; undefined: it may. */
export function objectionTo(client: string, options: UpstreamOptions): string | undefined {
  const clientId = clientIdOf(client, options);
  if (isGatewayClientId(clientId, options.clientId, options.connections)) {
    return `the client id ${clientId} is one of the gateway's own: give the device another, or set mqtt.client_id`;
  }
  return options.deviceOf(client).refusal;
}

export function clientIdOf(client: string, { clientIdPrefix }: UpstreamOptions): string {
  return `${clientIdPrefix}${client}`;
}
