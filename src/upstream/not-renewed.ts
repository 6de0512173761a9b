/** Tells the operator which subscription a device has lost for good. */
import type { UpstreamLog } from './options.js';

export function logNotRenewed(log: UpstreamLog, client: string, filter: string, why: string): void {
  log.warn(
    { code: 'SUBSCRIPTION_NOT_RENEWED', client, filter },
    `a subscription could not be renewed: ${why}`,
  );
}
