/** The counters of notices and of links, one entry each. */
import type { LinkTraffic, Readings } from '../../observe/counters.js';
import { counter, type Family, gauge, one, type Sample, tally } from './family.js';

export const GATEWAY_METRICS: readonly Family<Readings>[] = [
  counter(
    'received_frames_total',
    'MQTT-SN messages that came in on a link, before anything is checked.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ receivedFrames }) => receivedFrames),
  ),
  counter(
    'received_bytes_total',
    'Octets of MQTT-SN messages that came in on a link.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ receivedBytes }) => receivedBytes),
  ),
  counter(
    'sent_frames_total',
    'MQTT-SN messages handed to a link; one to everybody counts once.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ sentFrames }) => sentFrames),
  ),
  counter(
    'sent_bytes_total',
    'Octets of MQTT-SN messages handed to a link.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ sentBytes }) => sentBytes),
  ),
  gauge(
    'link_congested',
    '1 while the air of a link has room for answers only.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ isCongested }) => Number(isCongested)),
  ),
  counter(
    'link_congestions_total',
    'How often the air of a link came to have room for answers only.',
    ['link'],
    ({ traffic }) => ofLinks(traffic, ({ congestions }) => congestions),
  ),
  counter(
    'dropped_total',
    'What was dropped: a frame from a link, an uplink message (to the broker), a downlink message (to a device), a transmission (a frame to a link), an acknowledgement (of the link itself); and why. Messages are of no link.',
    ['link', 'what', 'reason'],
    ({ traffic, dropped }) => [
      ...drops('', dropped),
      ...[...traffic].flatMap(([link, counts]) => drops(link, counts.dropped)),
    ],
  ),
  counter(
    'refused_requests_total',
    'Requests of devices answered with a return code other than 0: 1 congestion, 2 invalid topic id, 3 not supported.',
    ['link', 'request', 'code'],
    ({ traffic }) =>
      [...traffic].flatMap(([link, { refusals }]) =>
        Object.entries(refusals).flatMap(([request, codes]) =>
          codes.map((value, code): Sample => [value, link, request, String(code)]).slice(1),
        ),
      ),
  ),
  counter(
    'session_transitions_total',
    'Sessions that took this state.',
    ['state'],
    ({ transitions }) => tally(transitions),
  ),
  counter('sessions_roamed_total', 'Devices that spoke from another address.', [], (from) =>
    one(from.roamed),
  ),
  counter(
    'sessions_forgotten_total',
    'Sessions of devices without a connection whose data were given up.',
    [],
    (from) => one(from.forgotten),
  ),
  counter(
    'delivery_pauses_total',
    'Deliveries to a device that wait: it does not answer, or asked for it (congestion).',
    ['why'],
    ({ deliveriesPaused }) => tally(deliveriesPaused),
  ),
  counter(
    'approvals_total',
    'Devices that the operator has let in, though no rule matches.',
    [],
    (from) => one(from.approvals),
  ),
  counter('wills_fired_total', 'Wills of lost devices that were published.', [], (from) =>
    one(from.willsFired),
  ),
  counter(
    'outbox_delivered_messages_total',
    'Messages that waited for the broker while it was away, and that it has got.',
    [],
    (from) => one(from.outboxDelivered),
  ),
  gauge('broker_up', "1 while the gateway's own connection to the broker is up.", [], (from) =>
    one(Number(from.isBrokerUp)),
  ),
  counter(
    'broker_connections_lost_total',
    "How often the gateway's own connection to the broker was up and went down.",
    [],
    (from) => one(from.brokerLosses),
  ),
  gauge(
    'store_up',
    '0 while the store takes nothing and the gateway runs on in memory.',
    [],
    (from) => one(Number(from.isStoreUp)),
  ),
  counter('store_failures_total', 'How often the store began to fail.', [], (from) =>
    one(from.storeFailures),
  ),
  counter(
    'store_records_skipped_total',
    'Records of an earlier run that made no sense and were left out.',
    [],
    (from) => one(from.recordsSkipped),
  ),
  counter(
    'other_gateways_heard_total',
    'Announcements and answers of other gateways on our links.',
    [],
    (from) => one(from.gatewaysHeard),
  ),
  counter('config_reloads_total', 'Reloads of the configuration that took effect.', [], (from) =>
    one(from.reloads),
  ),
  counter('internal_errors_total', 'Bugs of the gateway that it has survived.', [], (from) =>
    one(from.internalErrors),
  ),
];

/** What there is one number of. */
type Counted = Exclude<keyof LinkTraffic, 'dropped' | 'refusals'>;

function ofLinks(
  traffic: Readings['traffic'],
  value: (traffic: Pick<LinkTraffic, Counted>) => number,
): Sample[] {
  return [...traffic].map(([link, counts]) => [value(counts), link]);
}

const drops = (
  link: string,
  subjects: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Sample[] =>
  Object.entries(subjects).flatMap(([what, reasons]) =>
    tally(reasons).map(([value, reason = '']): Sample => [value, link, what, reason]),
  );
