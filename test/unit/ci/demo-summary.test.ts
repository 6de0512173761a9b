import { describe, expect, it } from 'vitest';
import { summaryText } from '../../../.ci/demo-summary.mjs';

const report = {
  seconds: 65,
  devices: { active: 3, asleep: 15, disconnected: 1, off: 1 },
  messages: {
    sent: 24,
    acknowledged: 23,
    open: 1,
    refused: 0,
    forgotten: 0,
    unawaited: 0,
    dropped: 0,
    received: 6,
  },
  troubles: {
    repeats: 5,
    unanswered: 0,
    thrownOut: 0,
    refusedConnects: 0,
    malformed: 0,
    reboots: 0,
  },
  modems: [
    {
      id: 'dongle',
      sentFrames: 0,
      receivedFrames: 0,
      airTimeMs: 0,
      worstHourMs: 0,
      lost: { asleep: 0, 'half-duplex': 2, collision: 1, 'too-weak': 0, loss: 0, outage: 0 },
    },
  ],
};
const seen = { messages: 23, commands: 7, values: new Map<string, string>() };

describe('the summary of the demo', () => {
  it('tells of devices, messages, the air, what goes wrong, and the latest values', () => {
    const values = new Map(['a', 'b', 'c', 'd', 'e'].map((device, i) => [device, `${i} °C`]));
    const air = { usedSec: 3.24, assumedSec: 0, allowedSec: 360, queuedFrames: 2 };
    expect(summaryText(report, { ...seen, values }, air).split('\n')).toEqual([
      '1:05     sensors  15 asleep, 3 awake, 2 not connected',
      '         up       24 measurements, 23 acknowledged; 23 at the broker',
      '         down     7 commands given, 6 fetched at a wake-up',
      '         air      3.2 s of the 360 s that the law allows the gateway in an hour (0.9 %); 2 frames wait',
      '         trouble  5 requests sent again; frames lost: 2 half-duplex, 1 collision',
      '         latest   e 4 °C, d 3 °C, c 2 °C, b 1 °C',
    ]);
  });

  it('tells what was sent apart from what a run before may have sent', () => {
    const air = { usedSec: 185.7, assumedSec: 180, allowedSec: 360, queuedFrames: 0 };
    expect(summaryText(report, seen, air)).toContain(
      'air      5.7 s of the 360 s that the law allows the gateway in an hour (1.6 %); 180 s left to a run before',
    );
  });

  it('says nothing of the air where the gateway does not, and that there is nothing yet', () => {
    const quiet = {
      ...report,
      devices: { ...report.devices, disconnected: 0, off: 0 },
      modems: [],
    };
    const text = summaryText(quiet, seen, undefined);
    expect(text).not.toContain('law');
    expect(text).not.toContain('not connected');
    expect(text).toContain('frames lost: none');
    expect(text).toContain('latest   nothing yet');
  });
});
