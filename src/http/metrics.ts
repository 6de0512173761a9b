/**
 * The counters as Prometheus metrics, one entry each. They are read when somebody asks; counting costs
 * nothing more for it. A name that is published stays: boards and alerts are built on it.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LinkTraffic, Readings } from '../observe/counters.js';

/** A value, and what each label is for it. */
type Sample = readonly [value: number, ...labels: string[]];

interface Metric {
  kind: typeof Counter | typeof Gauge;
  name: string;
  help: string;
  labels: readonly string[];
  read: (from: Readings) => readonly Sample[];
}

const METRICS: readonly Metric[] = [
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
    'What was dropped: a frame from a link, an uplink message (to the broker), a downlink message (to a device), a transmission (a frame to a link); and why.',
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
      [...refusals].flatMap(([request, codes]) =>
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

/** What `/metrics` shows: the gateway, and the process it runs in. */
export function allMetrics(readings: Readings, version: string): Registry {
  return Registry.merge([gatewayMetrics(readings, version), processMetrics()]);
}

function gatewayMetrics(readings: Readings, version: string): Registry {
  const registry = new Registry();
  const build = gauge(
    'build_info',
    'Always 1; the label tells the version of the gateway.',
    ['version'],
    () => [[1, version]],
  );
  for (const metric of [build, ...METRICS]) registry.registerMetric(registered(metric, readings));
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

function registered({ kind: Kind, name, help, labels, read }: Metric, readings: Readings) {
  return new Kind({
    name: `mqttsn_gateway_${name}`,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      this.reset();
      for (const [value, ...values] of read(readings)) this.labels(...values).inc(value);
    },
  });
}

function counter(
  name: string,
  help: string,
  labels: readonly string[],
  read: Metric['read'],
): Metric {
  return { kind: Counter, name, help, labels, read };
}

function gauge(
  name: string,
  help: string,
  labels: readonly string[],
  read: Metric['read'],
): Metric {
  return { kind: Gauge, name, help, labels, read };
}

const one = (value: number): Sample[] => [[value]];

const tally = (counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([label, value]) => [value, label]);

const ofLinks = (
  traffic: Readings['traffic'],
  value: (traffic: Readonly<LinkTraffic>) => number,
): Sample[] => [...traffic].map(([link, counts]) => [value(counts), link]);
