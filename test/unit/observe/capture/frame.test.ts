import { describe, expect, it } from 'vitest';
import type { Effect, Input, Notice } from '../../../../src/core/types.js';
import { eachFrame, type Frame, signalText } from '../../../../src/observe/capture/frame.js';

const PINGREQ = Uint8Array.of(2, 0x16);
const PINGRESP = Uint8Array.of(2, 0x17);

const datagram: Input = {
  kind: 'datagram',
  link: 'field',
  address: '7',
  data: PINGREQ,
  signal: { rssiDbm: -97 },
};
const tells = (notice: Notice): Effect => ({ kind: 'notice', notice });
const sends = (address: string | null): Effect => ({
  kind: 'send',
  link: 'field',
  address,
  data: PINGRESP,
  urgency: 2,
});

function framesOf(input: Input, ...effects: Effect[]): Frame[] {
  const frames: Frame[] = [];
  eachFrame(input, effects, 1000, (frame) => frames.push(frame));
  return frames;
}

describe('the frames of a step', () => {
  it('what came in stands before what goes out for it', () => {
    expect(framesOf(datagram, sends('7'), sends(null))).toEqual([
      {
        wallMs: 1000,
        link: 'field',
        direction: 'in',
        address: '7',
        data: PINGREQ,
        verdict: 'accepted',
        signal: { rssiDbm: -97 },
      },
      {
        wallMs: 1000,
        link: 'field',
        direction: 'out',
        address: '7',
        data: PINGRESP,
        verdict: 'sent',
      },
      expect.objectContaining({ direction: 'out', address: null, verdict: 'sent' }),
    ]);
  });

  it.each<[Notice, string]>([
    [
      {
        notice: 'drop',
        what: 'frame',
        reason: 'malformed',
        link: 'field',
        detail: 'truncated',
      },
      'malformed (truncated)',
    ],
    [
      { notice: 'drop', what: 'frame', reason: 'unknown-sender', link: 'field' },
      'dropped, unknown-sender: its sender has no connection',
    ],
    [
      { notice: 'drop', what: 'uplink', reason: 'broker-refused', detail: 'not authorized' },
      'dropped, broker-refused: the broker refused it (not authorized)',
    ],
    [
      {
        notice: 'refusal',
        request: 'SUBSCRIBE',
        returnCode: 3,
        why: 'the rules do not allow it',
        link: 'field',
        address: '7',
      },
      'refused, 3: the rules do not allow it',
    ],
  ])('%j makes the verdict on what came in', (notice, verdict) => {
    expect(framesOf(datagram, sends('7'), tells(notice))[0]).toMatchObject({ verdict });
  });

  it('a verdict that quotes a topic of a whole datagram is cut', () => {
    const why = `"${'x'.repeat(65_000)}" is not a valid filter`;
    const refusal: Notice = {
      ...{ notice: 'refusal', request: 'SUBSCRIBE', returnCode: 3, why },
      ...{ link: 'field', address: '7' },
    };
    const verdict = framesOf(datagram, tells(refusal))[0]?.verdict;
    expect(verdict).toHaveLength(200);
    expect(verdict).toMatch(/^refused, 3: "xxx/);
  });

  it('another message that is dropped at the same time says nothing of the frame', () => {
    const other: Notice = { notice: 'drop', what: 'downlink', reason: 'expired' };
    expect(framesOf(datagram, tells(other))[0]).toMatchObject({ verdict: 'accepted' });
  });

  it('what a link could not send stands there a second time, with the reason', () => {
    const dropped: Input = {
      kind: 'link',
      link: 'field',
      event: { event: 'dropped', address: '7', data: PINGRESP, reason: 'air-time-used-up' },
    };
    expect(framesOf(dropped)).toMatchObject([
      {
        direction: 'out',
        address: '7',
        data: PINGRESP,
        verdict: 'not sent, air-time-used-up: the law allows no more air time in this hour',
      },
    ]);
  });

  it('acknowledgements of a link itself are no frames', () => {
    const dropped: Input = {
      kind: 'link',
      link: 'field',
      event: { event: 'dropped', address: '7', reason: 'link-down' },
    };
    expect(framesOf(dropped)).toEqual([]);
  });

  it('other steps have what goes out alone', () => {
    expect(framesOf({ kind: 'deadline' }, sends(null))).toHaveLength(1);
  });
});

describe('a signal in words', () => {
  it.each([
    [undefined, ''],
    [{}, ''],
    [{ rssiDbm: -97, snrDb: 7.5 }, 'rssi -97 dBm, snr 7.5 dB'],
    [{ lqi: 0 }, 'lqi 0'],
  ])('%j is %j', (signal, text) => {
    expect(signalText(signal)).toBe(text);
  });
});
