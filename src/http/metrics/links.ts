/** Whether each link works, as the page and the state topics say it. */
import type { LinkHealth } from '../../gateway/link-health.js';
import type { Readings } from '../../observe/counters.js';
import { type Family, gauge, type Sample } from './family.js';

/** What is read of the links. */
export interface KnownLinks {
  /** In the order of the configuration. */
  readonly linkNames: readonly string[];
  linkHealth(link: string): LinkHealth | undefined;
  readonly counters: Pick<Readings, 'traffic'>;
}

export const LINK_METRICS: readonly Family<KnownLinks>[] = [
  gauge(
    'link_up',
    '1 while a link can take and send; 0 while it starts, or its port or its modem does not work.',
    ['link'],
    (from) => from.linkNames.map((link) => [Number(from.linkHealth(link)?.state === 'up'), link]),
  ),
  gauge(
    'link_heard_timestamp_seconds',
    'When the latest frame came in on the link, in this run of the gateway.',
    ['link'],
    ({ counters }) =>
      Array.from(counters.traffic).flatMap(([link, { heardAtMs }]): Sample[] =>
        heardAtMs === undefined ? [] : [[heardAtMs / 1000, link]],
      ),
  ),
];
