/** The name of the cookie that logs a browser in. Cookies know no ports: gateways of one machine need names of their own. */
import type { Context } from 'hono';
import type { OnNode } from '../api/router.js';

/**
 * With the port where we listen, and with the one that the browser asks, where that is another one: containers listen at the
 * same one, and behind a proxy the same one is asked.
 */
export function cookieName(c: Context<OnNode>): string {
  const asked = /:(\d{1,5})$/.exec(c.req.header('host') ?? '')?.[1];
  const ports = new Set([String(c.env.incoming.socket.localPort ?? ''), asked ?? '']);
  return ['mqttsn-gateway', ...ports].filter((part) => part !== '').join('-');
}
