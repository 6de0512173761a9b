/**
 * The counters as Prometheus metrics, one entry each. They are read when somebody asks; counting costs
 * nothing more for it. A name that is published stays: boards and alerts are built on it.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AirUsages } from '../gateway/links.js';
import type { LinkTraffic, Readings } from '../observe/counters.js';

/** What the metrics are read from. */
export interface Measured {
  readonly counters: Readings;
  /** Of the links with a modem, which are the same all the time. */
  airUsage(): AirUsages;
}

/** A value, and what each label is for it. */
type Sample = readonly [value: number, ...labels: string[]];

interface Metric<From> {
  kind: typeof Counter | typeof Gauge;
  name: string;
  help: string;
  labels: readonly string[];
  read: (from: From) => readonly Sample[];
}

const METRICS: readonly Metric<Readings>[] = [
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
    'What was dropped: a frame from a link, an uplink message (to the broker), a downlink message (to a device), a transmission (a frame to a link), an acknowledgement (of the link itself); and why.',
    ['what', 'reason'],
    ({ dropped }) =>
      Object.entries(dropped).flatMap(([what, reasons]) =>
        tally(reasons).map(([value, reason = '']): Sample => [value, what, reason]),
      ),
  ),
  counter(
    'refused_requests_total',
    'Requests of devices answered with a return code other than 0: 1 congestion, 2 invalid topic id, 3 not supported.',
    ['request', 'code'],
    ({ refusals }) =>
      Object.entries(refusals).flatMap(([request, codes]) =>
        codes.map((value, code): Sample => [value, request, String(code)]).slice(1),
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

/** Of links with a modem; a gateway without them shows none of these. */
const AIR_METRICS: readonly Metric<AirUsages>[] = [
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

/** What `/metrics` shows: the gateway, and the process it runs in. */
export function allMetrics(measured: Measured, version: string): Registry {
  return Registry.merge([gatewayMetrics(measured, version), processMetrics()]);
}

function gatewayMetrics(measured: Measured, version: string): Registry {
  const registry = new Registry();
  const build: Metric<Readings> = gauge(
    'build_info',
    'Always 1; the label tells the version of the gateway.',
    ['version'],
    () => [[1, version]],
  );
  const { counters } = measured;
  for (const metric of [build, ...METRICS]) {
    registry.registerMetric(registered(metric, () => counters));
  }
  if (measured.airUsage().size === 0) return registry;
  for (const metric of AIR_METRICS) {
    registry.registerMetric(registered(metric, () => measured.airUsage()));
  }
  return registry;
}

let ofProcess: Registry | undefined;

/** Memory, CPU, files, delays of the event loop. Watching the garbage collector never ends, so it begins once. */
function processMetrics(): Registry {
  if (ofProcess !== undefined) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  for (const { name } of ofProcess.getMetricsAsArray()) {
    if (name.startsWith(HANDLES)) ofProcess.removeSingleMetric(name);
  }
  return ofProcess;
}

/** These walk over every socket at each scrape, and call some gauges `_total`, as only counters may be. */
const HANDLES = 'nodejs_active_';

function registered<From>(
  { kind: Kind, name, help, labels, read }: Metric<From>,
  source: () => From,
) {
  return new Kind({
    name: `mqttsn_gateway_${name}`,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      this.reset();
      for (const [value, ...values] of read(source())) this.labels(...values).inc(value);
    },
  });
}

function counter<From>(
  name: string,
  help: string,
  labels: readonly string[],
  read: Metric<From>['read'],
): Metric<From> {
  return { kind: Counter, name, help, labels, read };
}

function gauge<From>(
  name: string,
  help: string,
  labels: readonly string[],
  read: Metric<From>['read'],
): Metric<From> {
  return { kind: Gauge, name, help, labels, read };
}

const one = (value: number): Sample[] => [[value]];

const tally = (counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([label, value]) => [value, label]);

const ofLinks = (
  traffic: Readings['traffic'],
  value: (traffic: Readonly<LinkTraffic>) => number,
): Sample[] => [...traffic].map(([link, counts]) => [value(counts), link]);

type AirUsage = AirUsages extends ReadonlyMap<string, infer Usage> ? Usage : never;

const ofRadios = (air: AirUsages, value: (usage: AirUsage) => number): Sample[] =>
  [...air].map(([link, usage]) => [value(usage), link]);

const byReason = (
  air: AirUsages,
  counts: (usage: AirUsage) => Readonly<Record<string, number>>,
): Sample[] =>
  [...air].flatMap(([link, usage]) =>
    tally(counts(usage)).map(([value, reason = '']): Sample => [value, link, reason]),
  );
