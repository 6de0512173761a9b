import { describe, expect, it } from 'vitest';
import { LinkHealths } from '../../../src/gateway/link-health.js';
import type { AirUsages } from '../../../src/gateway/links.js';
import { familyText } from '../../../src/http/metrics/exposition.js';
import { type Measured, metricsText } from '../../../src/http/metrics/index.js';
import { encode } from '../../../src/codec/index.js';
import { createCore } from '../../../src/core/core.js';
import { coreConfig, LAN } from '../../support/core/config.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connected, message } from '../../support/core/messages.js';
import { Counters } from '../../../src/observe/counters.js';
import { Durations } from '../../../src/observe/durations.js';
import { type Family, readMetrics } from '../../support/prometheus.js';
import { AIR_USAGE } from './every-metric.js';

const PREFIX = 'mqttsn_gateway_';

const histogramOf = (...lines: string[]): string =>
  ['# HELP a A.', '# TYPE a histogram', ...lines, ''].join('\n');

/** Of a gateway with one link, which every gateway has. */
function fresh(): Counters {
  const counters = new Counters();
  counters.trafficOf('lan');
  return counters;
}

/** Without links that have a modem, unless told. */
const measured = (counters: Counters, air: AirUsages = new Map()): Measured => ({
  configuration: { limits: { devices: 0 } },
  counters,
  inspect: createCore(coreConfig()).inspect,
  watch: { devices: { strangers: function* () {} } },
  wallTimeOf: (instant) => instant + 1_000_000,
  now: () => 0,
  nowMs: () => 0,
  durations: new Durations(['lan']),
  airUsage: () => air,
  linkNames: ['lan'],
  linkHealth: () => undefined,
});

function shown(counters = fresh(), air?: AirUsages): Map<string, Family> {
  return readMetrics(metricsText(measured(counters, air), '1.2.3', 9));
}

/** All samples of the gateway's own metrics, without the prefix. */
function samples(counters: Counters, air?: AirUsages): Map<string, number> {
  const own = [...shown(counters, air).values()].filter(({ name }) => name.startsWith(PREFIX));
  return new Map(
    own.flatMap((family) =>
      [...family.samples].map(([key, value]) => [key.slice(PREFIX.length), value] as const),
    ),
  );
}

describe('the metrics', () => {
  it('have legal names, a sentence and a type, and no sample twice', () => {
    const families = shown();
    expect(families.size).toBeGreaterThan(20);
    for (const { name, help } of families.values()) {
      if (name.startsWith(PREFIX)) expect(help, name).toMatch(/^[A-Z0-9].{10,}\.$/);
    }
  });

  it('name units and no others, at the end', () => {
    for (const name of shown().keys()) {
      expect(name).not.toMatch(/_(ms|milliseconds|octets|kb|percent)(_|$)/);
    }
  });

  it('are all there before anything has happened, and 0', () => {
    const before = samples(fresh());
    for (const [key, value] of before) {
      expect(value, key).toBe(/^(build_info|store_up)/.test(key) ? 1 : 0);
    }
    const counters = fresh();
    const drops: [link: string, Record<string, Record<string, number>>][] = [
      ['', counters.dropped],
      ['lan', counters.trafficOf('lan').dropped],
    ];
    for (const [link, subjects] of drops) {
      for (const [what, reasons] of Object.entries(subjects)) {
        for (const reason of Object.keys(reasons)) {
          const key = `dropped_total{link="${link}",what="${what}",reason="${reason}"}`;
          expect(before.has(key), key).toBe(true);
        }
      }
    }
    expect(before.has('refused_requests_total{link="lan",request="SUBSCRIBE",code="1"}')).toBe(
      true,
    );
    expect(before.has('received_frames_total{link="lan"}')).toBe(true);
    expect(before.has('refused_requests_total{link="lan",request="SUBSCRIBE",code="0"}')).toBe(
      false,
    );
  });

  it('show every number that the counters have', () => {
    const counters = fresh();
    Object.assign(counters.trafficOf('lan'), {
      receivedFrames: 101,
      receivedBytes: 102,
      sentFrames: 103,
      sentBytes: 104,
      isCongested: true,
      congestions: 119,
    });
    counters.dropped.uplink.expired = 105;
    counters.trafficOf('lan').refusals.CONNECT[3] = 106;
    counters.trafficOf('lan').dropped.frame.malformed = 121;
    counters.transitions.LOST = 107;
    counters.deliveriesPaused.congestion = 108;
    const numbers = {
      roamed: 109,
      forgotten: 110,
      willsFired: 111,
      outboxDelivered: 112,
      storeFailures: 113,
      recordsSkipped: 114,
      brokerLosses: 115,
      gatewaysHeard: 116,
      reloads: 117,
      internalErrors: 118,
      approvals: 120,
    };
    Object.assign(counters, numbers, { isBrokerUp: true, isStoreUp: false });
    const counts = Object.values(counters).filter((value) => typeof value === 'number');
    expect(counts).toHaveLength(Object.keys(numbers).length);
    const changed = [...samples(counters)].filter(([, value]) => value > 1);
    expect(Object.fromEntries(changed)).toEqual({
      'received_frames_total{link="lan"}': 101,
      'received_bytes_total{link="lan"}': 102,
      'sent_frames_total{link="lan"}': 103,
      'sent_bytes_total{link="lan"}': 104,
      'link_congestions_total{link="lan"}': 119,
      'dropped_total{link="lan",what="frame",reason="malformed"}': 121,
      'dropped_total{link="",what="uplink",reason="expired"}': 105,
      'refused_requests_total{link="lan",request="CONNECT",code="3"}': 106,
      'session_transitions_total{state="LOST"}': 107,
      'delivery_pauses_total{why="congestion"}': 108,
      sessions_roamed_total: 109,
      sessions_forgotten_total: 110,
      wills_fired_total: 111,
      outbox_delivered_messages_total: 112,
      store_failures_total: 113,
      store_records_skipped_total: 114,
      broker_connections_lost_total: 115,
      other_gateways_heard_total: 116,
      config_reloads_total: 117,
      internal_errors_total: 118,
      approvals_total: 120,
    });
    const all = samples(counters);
    const states = ['broker_up', 'store_up', 'link_congested{link="lan"}'];
    expect(states.map((name) => all.get(name))).toEqual([1, 0, 1]);
  });

  it('tell of each link whether it works', () => {
    const health = new LinkHealths(['lan', 'field', 'attic'], () => 0);
    health.onReady('lan');
    health.onReady('field');
    health.onWarning('lan', 'LINK_NOISE', 'octets made no sense');
    health.onWarning('field', 'LINK_PORT_LOST', 'the port is gone');
    const from: Measured = {
      ...measured(fresh()),
      linkNames: ['lan', 'field', 'attic'],
      linkHealth: (link) => health.of(link),
    };
    const up = readMetrics(metricsText(from, '1.2.3', 9)).get(`${PREFIX}link_up`)?.samples;
    expect([...(up ?? [])]).toEqual([
      [`${PREFIX}link_up{link="lan"}`, 1],
      [`${PREFIX}link_up{link="field"}`, 0],
      [`${PREFIX}link_up{link="attic"}`, 0],
    ]);
  });

  it('tell when a link has heard something, if it has, and how many devices it may have', () => {
    const from: Measured = {
      ...measured(fresh()),
      configuration: { limits: { devices: 500 } },
      wallTimeOf: (instant) => instant + 1_000_000,
    };
    const heard = `${PREFIX}link_heard_timestamp_seconds`;
    expect(metricsText(from, '1.2.3', 9)).not.toContain(heard);
    Object.assign(from.counters.traffic.get('lan') ?? {}, { heardAtMs: 1_005_000 });
    const text = metricsText(from, '1.2.3', 9);
    expect(text).toContain(`${heard}{link="lan"} 1005\n`);
    expect(text).toContain(`${PREFIX}sessions_allowed 500\n`);
  });

  it('are read anew each time', () => {
    const counters = fresh();
    const reloads = (): number | undefined =>
      readMetrics(metricsText(measured(counters), '1.2.3', 9))
        .get(`${PREFIX}config_reloads_total`)
        ?.samples.get(`${PREFIX}config_reloads_total`);
    for (const expected of [1, 2]) {
      counters.count({ notice: 'reloaded' });
      expect(reloads()).toBe(expected);
      expect(reloads()).toBe(expected);
    }
  });

  it('name the version', () => {
    const all = samples(fresh());
    expect(all.get('build_info{version="1.2.3"}')).toBe(1);
  });
});

describe('the metrics of links with a modem', () => {
  const ofAir = (air: AirUsages): Record<string, number> =>
    Object.fromEntries([...samples(fresh(), air)].filter(([name]) => /^(air|line)_/.test(name)));

  it('are not there without such a link', () => {
    expect(ofAir(new Map())).toEqual({});
  });

  it('show every number but that of octets in the queue', () => {
    expect(ofAir(new Map([['field', AIR_USAGE]]))).toEqual({
      'air_time_used_seconds{link="field"}': 1,
      'air_time_assumed_seconds{link="field"}': 0.5,
      'air_time_allowed_seconds{link="field"}': 36,
      'air_time_reduced{link="field"}': 1,
      'air_queued_frames{link="field"}': 2,
      'air_queued_seconds{link="field"}': 3,
      'air_longest_wait_seconds{link="field"}': 4,
      'air_sent_frames_total{link="field"}': 5,
      'air_sent_seconds_total{link="field"}': 6,
      'air_deferred_frames_total{link="field"}': 7,
      'air_renewed_frames_total{link="field"}': 22,
      'air_refused_frames_total{link="field",reason="congested"}': 8,
      'air_refused_frames_total{link="field",reason="expired-before-sent"}': 9,
      'air_refused_frames_total{link="field",reason="too-big"}': 10,
      'air_dropped_frames_total{link="field",reason="expired"}': 11,
      'air_dropped_frames_total{link="field",reason="displaced"}': 12,
      'air_dropped_frames_total{link="field",reason="busy"}': 13,
      'line_discarded_bytes_total{link="field",reason="noise"}': 14,
      'line_discarded_bytes_total{link="field",reason="checksum"}': 15,
      'line_discarded_bytes_total{link="field",reason="too-long"}': 16,
      'line_discarded_bytes_total{link="field",reason="truncated"}': 17,
      'line_discarded_bytes_total{link="field",reason="bad-escape"}': 18,
      'line_discarded_bytes_total{link="field",reason="bad-length"}': 19,
      'line_discarded_bytes_total{link="field",reason="malformed"}': 20,
      'line_discarded_bytes_total{link="field",reason="not-for-us"}': 21,
    });
  });

  it('say that there is no limit where there is none', () => {
    const air = new Map([['wire', { ...AIR_USAGE, limitMs: null }]]);
    const text = metricsText(measured(fresh(), air), '1.2.3', 9);
    expect(text).toContain(`${PREFIX}air_time_allowed_seconds{link="wire"} +Inf\n`);
  });
});

describe('the histograms', () => {
  it('have every bucket of every link before anything is measured', () => {
    const found = shown().get(`${PREFIX}downlink_latency_seconds`)?.samples;
    expect(found?.get(`${PREFIX}downlink_latency_seconds_bucket{link="lan",le="+Inf"}`)).toBe(0);
    expect(found?.get(`${PREFIX}downlink_latency_seconds_count{link="lan"}`)).toBe(0);
  });

  it('add up what was shorter, and know the sum', () => {
    const from = measured(fresh());
    from.durations.measured('uplink', 'lan', 10);
    from.durations.measured('uplink', 'lan', 11);
    from.durations.measured('uplink', 'lan', 90_000_000);
    from.durations.measured('uplink', 'a link that is gone', 1);
    from.durations.brokerRoundTrip.observe(4);
    const families = readMetrics(metricsText(from, '1.2.3', 9));
    const uplink = families.get(`${PREFIX}uplink_latency_seconds`)?.samples;
    const bucket = (le: string) =>
      uplink?.get(`${PREFIX}uplink_latency_seconds_bucket{link="lan",le="${le}"}`);
    expect(['0.01', '0.05', '86400', '+Inf'].map(bucket)).toEqual([1, 2, 2, 3]);
    expect(uplink?.get(`${PREFIX}uplink_latency_seconds_sum{link="lan"}`)).toBe(90_000.021);
    const round = families.get(`${PREFIX}broker_round_trip_seconds`)?.samples;
    expect(round?.get(`${PREFIX}broker_round_trip_seconds_count`)).toBe(1);
  });
});

describe('the metrics of devices', () => {
  /** Three devices, one of them behind a radio that tells how well it hears. */
  function devices(): CoreDriver {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    for (const client of ['first', 'second', 'last"one']) connected(driver, client, client);
    driver.send('first', { type: 'DISCONNECT', duration: 60 });
    message(driver, 'first', { topic: 'ab' });
    message(driver, 'first', { topic: 'ab' });
    driver.advance(1000);
    driver.step({
      kind: 'datagram',
      link: LAN,
      address: 'second',
      data: encode({ type: 'PINGREQ' }),
      signal: { rssiDbm: -97, snrDb: 5.5 },
    });
    return driver;
  }

  function ofDevices(driver: CoreDriver, devicesMax: number): Record<string, number> {
    const from: Measured = { ...measured(fresh()), inspect: driver.core.inspect };
    const families = readMetrics(metricsText(from, '1.2.3', devicesMax));
    const all = [...families.values()].flatMap(({ samples: some }) => [...some]);
    return Object.fromEntries(
      all.flatMap(([key, value]) => {
        const name = key.slice(PREFIX.length);
        return /^(device|sessions\{|link_devices|buffered|outbox_[mb])/.test(name)
          ? [[name, value]]
          : [];
      }),
    );
  }

  it('tell of one that was lost with its session, for a day or until it is back', () => {
    const gateway = new WatchedGateway();
    connected(gateway.driver, 'A', 'dev1', { cleanSession: true, duration: 60 });
    gateway.driver.advance(90_000);
    const families = readMetrics(metricsText(gateway, '1.2.3', 9));
    const value = (name: string, sample: string) =>
      families.get(`${PREFIX}${name}`)?.samples.get(`${PREFIX}${name}${sample}`);
    expect(value('sessions', '{state="LOST"}')).toBe(1);
    expect(value('device_state', '{client="dev1",link="lan",state="LOST"}')).toBe(1);
    expect(value('devices_without_metrics', '')).toBe(0);
    const lostNow = () =>
      readMetrics(metricsText(gateway, '1.2.3', 9))
        .get(`${PREFIX}sessions`)
        ?.samples.get(`${PREFIX}sessions{state="LOST"}`);
    gateway.driver.advance(23 * 3_600_000);
    expect(lostNow()).toBe(1);
    gateway.driver.advance(3_600_000);
    expect(lostNow()).toBe(0);
    connected(gateway.driver, 'A', 'dev1', { cleanSession: true, duration: 60 });
    gateway.driver.advance(90_000);
    expect(lostNow()).toBe(1);
    connected(gateway.driver, 'A', 'dev1', { cleanSession: true, duration: 60 });
    expect(lostNow()).toBe(0);
  });

  it('tell of each its state, when it was heard, how well, and what waits for it', () => {
    const driver = devices();
    expect(ofDevices(driver, 9)).toMatchObject({
      'sessions{state="ACTIVE"}': 2,
      'sessions{state="ASLEEP"}': 1,
      'sessions{state="LOST"}': 0,
      'link_devices{link="lan"}': 3,
      buffered_messages: 2,
      outbox_messages: 0,
      devices_without_metrics: 0,
      'device_state{client="first",link="lan",state="ASLEEP"}': 1,
      'device_state{client="last\\"one",link="lan",state="ACTIVE"}': 1,
      'device_heard_timestamp_seconds{client="second"}': (driver.now + 1_000_000) / 1000,
      'device_rssi_dbm{client="second"}': -97,
      'device_snr_db{client="second"}': 5.5,
      'device_buffered_messages{client="first"}': 2,
      'device_retries_total{client="first"}': 0,
    });
    expect(ofDevices(driver, 9)).not.toHaveProperty('device_rssi_dbm{client="first"}');
  });

  it('are of so many only, and who is forgotten leaves', () => {
    const driver = devices();
    const shownOf = (max: number): string[] =>
      Object.keys(ofDevices(driver, max)).flatMap(
        (key) => /^device_buffered_messages\{client="(\w+)/.exec(key)?.[1] ?? [],
      );
    expect(shownOf(2)).toEqual(['first', 'second']);
    expect(ofDevices(driver, 2)).toMatchObject({ devices_without_metrics: 1 });
    driver.step({ kind: 'admin', command: { command: 'forget', client: 'first' } });
    expect(shownOf(2)).toEqual(['second', 'last']);
    expect(shownOf(0)).toEqual([]);
    expect(ofDevices(driver, 0)).toMatchObject({ devices_without_metrics: 2 });
  });
});

describe('the text', () => {
  const family = {
    type: 'gauge',
    name: 'a',
    help: 'One \\ two\nlines.',
    labels: ['x', 'y'],
    read: (values: [number, string, string][]) => values,
  } as const;

  it('escapes what labels and sentences may hold, and shows numbers as Go does', () => {
    const rows: [number, string, string][] = [
      [1e-7, 'a"b\\c\nd', ''],
      [Number.POSITIVE_INFINITY, 'ä{},', '1'],
      [Number.NaN, '', '2'],
    ];
    const text = familyText(family, rows);
    expect(text).toBe(
      [
        '# HELP a One \\\\ two\\nlines.',
        '# TYPE a gauge',
        'a{x="a\\"b\\\\c\\nd",y=""} 1e-7',
        'a{x="ä{},",y="1"} +Inf',
        'a{x="",y="2"} NaN',
        '',
      ].join('\n'),
    );
    expect(readMetrics(text).get('a')?.samples.size).toBe(3);
  });

  it('says nothing of a family without samples', () => {
    expect(familyText(family, [])).toBe('');
  });
});

describe('the reader of metrics', () => {
  const HEAD = '# HELP a_total A.\n# TYPE a_total counter\n';

  it.each([
    [`${HEAD}a_total 1`, 'no end'],
    ['# TYPE a_total counter\n# HELP a_total A.\na_total 1\n', 'TYPE without its HELP'],
    ['# HELP a_total A.\na_total 1\n', 'before HELP and TYPE'],
    ['a_total 1\n', 'before HELP and TYPE'],
    [`${HEAD}a_total 1\na_total 2\n`, 'a sample twice'],
    [`${HEAD}a_total{x="1"} 1\na_total{x="1"} 1\n`, 'a sample twice'],
    [`${HEAD}a_total{x="1",x="2"} 1\n`, 'a label twice'],
    [`${HEAD}b_total 1\n`, 'another family'],
    [`${HEAD}a_total{1x="1"} 1\n`, 'no sample'],
    [`${HEAD}a_total{x="a"b"} 1\n`, 'no sample'],
    [`${HEAD}a_total one\n`, 'no number'],
    [`${HEAD}a_total\n`, 'no sample'],
    [`${HEAD}a-b_total 1\n`, 'no sample'],
    [`${HEAD}`, 'has no sample'],
    [`${HEAD}a_total 1\n${HEAD}`, 'second family'],
    ['# HELP a A.\n# TYPE a counter\na 1\n', 'lacks _total'],
    ['# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n', 'is no counter'],
    ['# HELP a A.\n# TYPE a thing\na 1\n', 'no such type'],
    [histogramOf('a_bucket{le="1"} 1', 'a_sum 1', 'a_count 1'), 'no +Inf bucket'],
    [histogramOf('a_bucket{le="1"} 2', 'a_bucket{le="+Inf"} 1', 'a_sum 1', 'a_count 1'), 'add up'],
    [histogramOf('a_bucket{le="+Inf"} 1', 'a_bucket{le="1"} 1', 'a_sum 1', 'a_count 1'), 'ascend'],
    [histogramOf('a_bucket{le="+Inf"} 1', 'a_sum 1', 'a_count 2'), 'count is not'],
    [histogramOf('a_bucket{le="+Inf"} 1', 'a_count 1'), 'no sum'],
  ])('refuses %j: %s', (text, why) => {
    expect(() => readMetrics(text)).toThrow(why);
  });

  it('reads what is in order', () => {
    const text = `${HEAD}a_total{x="a\\"b,c",y=""} 1.5e3\n\n# HELP b B.\n# TYPE b gauge\nb NaN\n`;
    const families = readMetrics(text);
    expect([...(families.get('a_total')?.samples ?? [])]).toEqual([
      ['a_total{x="a\\"b,c",y=""}', 1500],
    ]);
    expect(families.get('b')).toMatchObject({ type: 'gauge', help: 'B.' });
  });
});
