/** Air time, queues and noise of links with a modem; a gateway without them shows none of these. */
import type { AirUsages } from '../../gateway/links.js';
import { counter, type Family, gauge, type Sample, tally } from './family.js';

export const AIR_METRICS: readonly Family<AirUsages>[] = [
  gauge(
    'air_time_used_seconds',
    'Air time of the latest hour, as the law counts it.',
    ['link'],
    (air) => ofRadios(air, ({ usedMs }) => usedMs / 1000),
  ),
  gauge(
    'air_time_assumed_seconds',
    'Of that what an earlier run may have sent, because nobody knows.',
    ['link'],
    (air) => ofRadios(air, ({ assumedMs }) => assumedMs / 1000),
  ),
  gauge(
    'air_time_allowed_seconds',
    'Air time that the law allows in any hour; +Inf where it does not say.',
    ['link'],
    (air) => ofRadios(air, ({ limitMs }) => (limitMs ?? Number.POSITIVE_INFINITY) / 1000),
  ),
  gauge(
    'air_time_reduced',
    '1 while the store fails, and only a part of the allowed air time is used.',
    ['link'],
    (air) => ofRadios(air, ({ isReduced }) => Number(isReduced)),
  ),
  counter(
    'air_sent_frames_total',
    'Frames that the modem has sent, or may have sent.',
    ['link'],
    (air) => ofRadios(air, ({ sentFrames }) => sentFrames),
  ),
  counter('air_sent_seconds_total', 'Air time of the frames that were sent.', ['link'], (air) =>
    ofRadios(air, ({ sentAirMs }) => sentAirMs / 1000),
  ),
  gauge('air_queued_frames', 'Frames that wait for the modem.', ['link'], (air) =>
    ofRadios(air, ({ queuedFrames }) => queuedFrames),
  ),
  gauge('air_queued_seconds', 'Air time of the frames that wait.', ['link'], (air) =>
    ofRadios(air, ({ queuedAirMs }) => queuedAirMs / 1000),
  ),
  gauge(
    'air_longest_wait_seconds',
    'The longest that a frame has waited for its turn, of the latest hour or two.',
    ['link'],
    (air) => ofRadios(air, ({ worstWaitMs }) => worstWaitMs / 1000),
  ),
  counter(
    'air_deferred_frames_total',
    'Frames that had to wait for the allowance of the hour.',
    ['link'],
    (air) => ofRadios(air, ({ deferred }) => deferred),
  ),
  counter(
    'air_renewed_frames_total',
    'Frames that were wanted again while they waited, and went out once.',
    ['link'],
    (air) => ofRadios(air, ({ renewed }) => renewed),
  ),
  counter(
    'air_refused_frames_total',
    'Frames that were not even queued, and why; what they were is in dropped_total.',
    ['link', 'reason'],
    (air) => byReason(air, ({ refused }) => refused),
  ),
  counter(
    'air_dropped_frames_total',
    'Frames that were queued and not sent, and why; what they were is in dropped_total.',
    ['link', 'reason'],
    (air) => byReason(air, ({ dropped }) => dropped),
  ),
  counter(
    'line_discarded_bytes_total',
    'Octets from the modem that made no sense, and why.',
    ['link', 'reason'],
    (air) => byReason(air, ({ discardedBytes }) => discardedBytes),
  ),
];

type AirUsage = AirUsages extends ReadonlyMap<string, infer Usage> ? Usage : never;

function ofRadios(air: AirUsages, value: (usage: AirUsage) => number): Sample[] {
  return [...air].map(([link, usage]) => [value(usage), link]);
}

function byReason(
  air: AirUsages,
  counts: (usage: AirUsage) => Readonly<Record<string, number>>,
): Sample[] {
  return [...air].flatMap(([link, usage]) =>
    tally(counts(usage)).map(([value, reason = '']): Sample => [value, link, reason]),
  );
}
