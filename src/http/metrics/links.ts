/** Whether each link works, as the page and the state topics say it. */
import type { LinkHealth } from '../../gateway/link-health.js';
import { type Family, gauge } from './family.js';

/** What is read of the links. */
export interface KnownLinks {
  /** In the order of the configuration. */
  readonly linkNames: readonly string[];
  linkHealth(link: string): LinkHealth | undefined;
}

export const LINK_METRICS: readonly Family<KnownLinks>[] = [
  gauge(
    'link_up',
    '1 while a link can take and send; 0 while it starts, or its port or its modem does not work.',
    ['link'],
    (from) => from.linkNames.map((link) => [Number(from.linkHealth(link)?.state === 'up'), link]),
  ),
];
