import { describe, expect, it, vi } from 'vitest';
import type { LinkOverview } from '../../../../src/http/api/schema/overview.js';
import { linkFindings } from '../../../../src/dashboard/advice/link.js';
import { linkOf } from '../../../support/dashboard/world.js';

// The answers of the gateway are made up at the time at which they are looked at.
vi.useFakeTimers({ toFake: ['Date'] });
const NOW = Date.now();
const MINUTE_MS = 60_000;

const air = (fields: Partial<NonNullable<LinkOverview['airTime']>>) => ({
  airTime: {
    usedSec: 1,
    allowedSec: 36,
    assumedSec: 0,
    isReduced: false,
    queuedFrames: 0,
    queuedSec: 0,
    ...fields,
  },
});

const trouble = (code: string, message: string) => ({ trouble: { code, message, atMs: NOW } });

describe('a link', () => {
  it.each<[string, Partial<LinkOverview>, [id: string, tone: string][]]>([
    ['that is well', {}, []],
    ['that is down', { state: 'down' }, [['link-down', 'bad']]],
    ['that starts', { state: 'starting' }, [['link-starting', 'warn']]],
    [
      'whose modem is another one',
      { state: 'down', ...trouble('MODEM_WRONG_MODE', 'link "field": speaks RUI3') },
      [['MODEM_WRONG_MODE', 'bad']],
    ],
    [
      'that hears noise at times',
      trouble('LINK_NOISE', 'link "field": 9 octets made no sense'),
      [['LINK_NOISE', 'warn']],
    ],
    ['with an hour nearly used', air({ usedSec: 33 }), [['air-time-low', 'warn']]],
    ['with an hour used', air({ usedSec: 36 }), [['air-time-exhausted', 'bad']]],
    [
      'with frames that wait for air',
      air({ usedSec: 35, queuedFrames: 3, queuedSec: 2 }),
      [['air-time-exhausted', 'bad']],
    ],
    ['with frames that wait their turn', air({ queuedFrames: 3, queuedSec: 2 }), []],
    ['without a limit', air({ usedSec: 600, allowedSec: null }), []],
    ['with the air of an earlier run', air({ assumedSec: 9 }), [['air-time-assumed', 'none']]],
    ['with a disk that fails', air({ isReduced: true }), [['air-time-reduced', 'warn']]],
    ['that is congested', { isCongested: true }, [['link-congested', 'warn']]],
    [
      'that never heard anything',
      { heardAtMs: null, sinceMs: NOW - 2 * MINUTE_MS, devices: 0 },
      [['link-silent', 'warn']],
    ],
    [
      'that fell silent, and devices are missing',
      { heardAtMs: NOW - 11 * MINUTE_MS, devices: 3, missing: 2 },
      [['link-fell-silent', 'warn']],
    ],
    ['whose devices all sleep', { heardAtMs: NOW - 600 * MINUTE_MS, devices: 3 }, []],
    ['that heard others', { heardAtMs: NOW - 9 * MINUTE_MS, missing: 2 }, []],
    [
      'that never heard anything of devices that sleep since an earlier run',
      { heardAtMs: null, sinceMs: NOW - 2 * MINUTE_MS, devices: 3 },
      [],
    ],
    [
      'that hears nothing but nonsense',
      { received: { frames: 5, bytes: 60, framesPerSec: 0, malformed: 5 } },
      [['link-hears-nonsense', 'warn']],
    ],
    [
      'that hears nonsense, too',
      { received: { frames: 5, bytes: 60, framesPerSec: 0, malformed: 4 } },
      [],
    ],
    ['that is up for seconds', { heardAtMs: null, sinceMs: NOW - 2000 }, []],
  ])('%s', (_, fields, expected) => {
    const findings = linkFindings(linkOf(fields), NOW);
    expect(findings.map(({ id, tone }) => [id, tone])).toEqual(expected);
  });

  it('is not named in its own sentence, and wrong settings say what to compare', () => {
    const [finding] = linkFindings(
      linkOf({ state: 'down', ...trouble('MODEM_SILENT', 'link "field": no answer') }),
      NOW,
    );
    expect(finding?.what).toBe('No answer');
    expect(finding?.todo).toMatch(/modem, port and baudrate/);
    const [other] = linkFindings(linkOf(trouble('LINK_SEND_FAILED', 'x')), NOW);
    expect(other?.todo).toBeUndefined();
  });
});
