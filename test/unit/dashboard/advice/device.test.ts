import { describe, expect, it, vi } from 'vitest';
import { deviceFindings, unknownDeviceFindings } from '../../../../src/dashboard/advice/device.js';
import type { Finding } from '../../../../src/dashboard/advice/finding.js';
import {
  deviceOf,
  entryOf,
  linkOf,
  overviewOf,
  payloadOf,
} from '../../../support/dashboard/world.js';

// The answers of the gateway are made up at the time at which they are looked at.
vi.useFakeTimers({ toFake: ['Date'] });
const NOW = Date.now();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WELL = overviewOf();
const WITHOUT_KEEP_ALIVE = { keepAliveSec: 0, dueAtMs: null, givenUpAtMs: null } as const;

type Fields = Parameters<typeof deviceOf>[0];

const about = (fields: Fields, overview = WELL): Finding[] =>
  deviceFindings(deviceOf({ dueAtMs: NOW + MINUTE_MS, ...fields }), overview, NOW);

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

describe('a device', () => {
  it('that is well has nothing to be said of', () => {
    expect(about({ state: 'ACTIVE' })).toEqual([]);
  });

  it.each<[string, Fields, string, RegExp]>([
    [
      'that sleeps is no fault',
      { state: 'ASLEEP', buffered: { messages: 2, bytes: 9, oldestAtMs: NOW } },
      'asleep',
      /asleep, and wakes up within 1 min: .*2 messages wait/,
    ],
    [
      'that sleeps too long is late by what it announced',
      {
        state: 'ASLEEP',
        dueAtMs: NOW - 10 * MINUTE_MS,
        givenUpAtMs: NOW + 5 * MINUTE_MS,
        sleepSec: 3600,
      },
      'sleeps-too-long',
      /woken up 10 min ago\. It announced a sleep of 1 h\. In 5 min it counts as lost/,
    ],
    [
      'that does not keep alive is late',
      { state: 'ACTIVE', dueAtMs: NOW - MINUTE_MS, givenUpAtMs: null, keepAliveSec: 60 },
      'silent-too-long',
      /should have spoken 1 min ago\. It announced a keep alive of 1 min\.$/,
    ],
    [
      'without a keep alive is not said to be well: nobody notices its silence',
      { state: 'ACTIVE', ...WITHOUT_KEEP_ALIVE, heardAtMs: NOW - 3 * HOUR_MS },
      'no-keep-alive',
      /^It announced no keep alive \(duration 0\): .*It was heard 3 h ago\.$/,
    ],
    [
      'without a keep alive and not heard in this run has that said',
      { state: 'ACTIVE', ...WITHOUT_KEEP_ALIVE, heardAtMs: null },
      'no-keep-alive',
      /It has not been heard since the gateway started, 1 h ago\.$/,
    ],
    [
      'that was lost asleep slept too long',
      { state: 'LOST', why: 'sleep time over', dueAtMs: null, announcedSec: 3600 },
      'slept-too-long',
      /it slept for longer than the time of 1 h that it had announced/,
    ],
    [
      'that was lost awake was silent',
      { state: 'LOST', why: 'keep alive over', dueAtMs: null },
      'lost',
      /silent for longer than its keep alive\. /,
    ],
    [
      'that was lost by an earlier run says so',
      { state: 'LOST', why: null, sinceMs: null, dueAtMs: null },
      'lost',
      /^It was lost: in an earlier run/,
    ],
    [
      'that no rule matches can be approved',
      { state: 'REFUSED', dueAtMs: null, isApprovable: true },
      'not-let-in',
      /access\.unknown_devices is deny/,
    ],
    [
      'that was refused for another reason hears that, and not that a rule is missing',
      { state: 'REFUSED', dueAtMs: null, why: 'limits.devices (100) is reached' },
      'refused',
      /limits\.devices \(100\) is reached/,
    ],
    [
      'that has been approved since is awaited',
      { state: 'REFUSED', dueAtMs: null, isApproved: true, why: 'approved' },
      'approved',
      /has not connected since/,
    ],
    [
      'that said good-bye has its reason',
      { state: 'DISCONNECTED', why: 'DISCONNECT', dueAtMs: null },
      'disconnected',
      /DISCONNECT/,
    ],
    [
      'that was approved is awaited, whether an earlier run has seen it or nobody has',
      { state: 'DISCONNECTED', why: null, isApproved: true, dueAtMs: null },
      'approved',
      /^It is approved, and has not connected since the gateway started\.$/,
    ],
    [
      'that connects waits for an answer',
      { state: 'CONNECTING', dueAtMs: null },
      'connecting',
      /CONNECT/,
    ],
    [
      'that does not answer names what is unanswered',
      {
        paused: 'no-answer',
        exchange: { message: 'PUBLISH', msgId: 7, topic: 't', retries: 3, nextAtMs: null },
      },
      'no-answer',
      /does not answer PUBLISH \(7\)/,
    ],
    ['that asked for a pause gets it', { paused: 'congestion' }, 'asked-to-wait', /congestion/],
    [
      'that hears little has a weak signal',
      { signal: { rssiDbm: -125, snrDb: -12, lqi: null } },
      'weak-signal',
      /-125 dBm, SNR -12 dB/,
    ],
    [
      'whose buffer is nearly full, by messages',
      { buffered: { messages: 95, bytes: 9, oldestAtMs: NOW } },
      'buffer-nearly-full',
      /95 of 100 messages; .*drop-oldest/,
    ],
    [
      'that refuses a topic gets nothing on it',
      {
        topicIds: [
          { id: 7, topic: 'lamps/1', kind: 'registered', isConfirmed: false, isRefused: true },
        ],
      },
      'topics-refused',
      /lamps\/1/,
    ],
  ])('%s', (_, fields, id, what) => {
    const findings = about(fields);
    expect(ids(findings)).toEqual([id]);
    expect(findings[0]?.what).toMatch(what);
  });

  it('without a keep alive deserves a look when it has been silent for a day, and needs none while it sleeps', () => {
    const silentFor = (silenceMs: number, fields: Fields = {}) =>
      about({ state: 'ACTIVE', ...WITHOUT_KEEP_ALIVE, heardAtMs: NOW - silenceMs, ...fields });
    expect(silentFor(23 * HOUR_MS)[0]?.tone).toBe('none');
    expect(silentFor(25 * HOUR_MS)[0]).toMatchObject({
      tone: 'warn',
      todo: expect.stringContaining('CONNECT with a duration') as string,
    });
    expect(silentFor(25 * HOUR_MS, { state: 'AWAKE', sleepSec: 60 })).toEqual([]);
    const asleep = silentFor(25 * HOUR_MS, { state: 'ASLEEP', dueAtMs: NOW + MINUTE_MS });
    expect(ids(asleep)).toEqual(['asleep']);
  });

  it('without a keep alive that nobody has heard since the gateway started is silent for as long', () => {
    const { gateway } = WELL;
    const unheard = (startedAtMs: number) =>
      about(
        { state: 'ACTIVE', ...WITHOUT_KEEP_ALIVE, heardAtMs: null },
        overviewOf({ gateway: { ...gateway, startedAtMs } }),
      );
    expect(unheard(NOW - 23 * HOUR_MS)[0]?.tone).toBe('none');
    expect(unheard(NOW - 25 * HOUR_MS)[0]?.tone).toBe('warn');
  });

  it('whose request was refused has the latest of each kind, and what to do', () => {
    const refusal = (message: string, atMs: number) =>
      entryOf({ code: 'REFUSED_SUBSCRIBE', level: 'warn', message, atMs });
    const findings = about({
      notices: [
        refusal('refused the first', NOW - 2 * MINUTE_MS),
        entryOf({ code: 'SESSION_ACTIVE' }),
        refusal('refused the second', NOW - MINUTE_MS),
      ],
    });
    expect(ids(findings)).toEqual(['REFUSED_SUBSCRIBE']);
    expect(findings[0]?.what).toBe('Refused the second (1 min ago).');
    expect(findings[0]?.todo).toContain('devices[].allow.subscribe');
  });

  it('has what is wrong with its own link, and not with others; the worst first', () => {
    const exhausted = linkOf({
      airTime: {
        usedSec: 36,
        allowedSec: 36,
        assumedSec: 0,
        isReduced: false,
        queuedFrames: 2,
        queuedSec: 0.5,
      },
    });
    const broken = linkOf({ name: 'attic', state: 'down' });
    const findings = about({ paused: 'congestion' }, overviewOf({ links: [broken, exhausted] }));
    expect(ids(findings)).toEqual(['air-time-exhausted', 'asked-to-wait']);
    expect(findings[0]?.what).toMatch(/^Link field: The duty cycle is exhausted: 36.0 s of 36 s/);
  });

  it('that nobody knows has what each link hears', () => {
    const silent = linkOf({ heardAtMs: null, sinceMs: NOW - 10 * MINUTE_MS, devices: 0 });
    const overview = overviewOf({
      links: [silent, linkOf({ name: 'lan', type: 'udp' })],
      broker: { ...WELL.broker, isUp: false, sinceMs: NOW - MINUTE_MS, detail: 'ECONNREFUSED' },
    });
    const findings = unknownDeviceFindings('Node', overview, NOW);
    expect(ids(findings)).toEqual([
      'unknown-device',
      'field link-silent',
      'lan link-hears',
      'broker-away',
    ]);
    expect(findings[2]?.what).toMatch(/^Link lan: It hears others \(the latest frame came .+\)\.$/);
    expect(ids(unknownDeviceFindings('Node', undefined, NOW))).toEqual(['unknown-device']);
  });

  it('says nothing about a will or payload that is not there', () => {
    const will = { topic: 't', qos: 1, isRetained: false, payload: payloadOf('') };
    expect(about({ will })).toEqual([]);
  });

  it('that was refused, and let in since: only the latest word counts', () => {
    const refused = entryOf({ code: 'REFUSED_CONNECT', level: 'warn', message: 'refused' });
    const isIn = entryOf({ details: { why: 'connected' } });
    const isTold = entryOf({ details: { why: 'the broker is away' } });
    expect(ids(about({ notices: [refused, isTold] }))).toContain('REFUSED_CONNECT');
    expect(ids(about({ notices: [refused, isTold, isIn] }))).not.toContain('REFUSED_CONNECT');
    expect(ids(about({ notices: [isIn, refused] }))).toContain('REFUSED_CONNECT');
  });
});
