/** Tells the operator what the broker closes the connection over, and whose it is. */
import type { UpstreamLog } from './options.js';

export function logGivenUp(
  log: UpstreamLog,
  what: 'PUBLISH' | 'SUBSCRIBE',
  client: string | null,
  topic: string,
): void {
  const whose = client === null ? 'at QoS -1' : `of ${client}`;
  log.warn(
    { code: what === 'PUBLISH' ? 'PUBLISH_GIVEN_UP' : 'SUBSCRIBE_GIVEN_UP', client, topic },
    `the broker closes the connection over the ${what} ${whose} for ${topic}: given up`,
  );
}
