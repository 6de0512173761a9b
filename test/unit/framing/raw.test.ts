import { describe, expect, it } from 'vitest';
import type { Framed } from '../../../src/framing/framed.js';
import { RawFramer, type RawFraming } from '../../../src/framing/raw.js';
import { fromHex, toHex } from '../../support/hex.js';

const GAP_MS = 100;

function framer(options: Partial<RawFraming> = {}): RawFramer {
  return new RawFramer({
    messageBytesMax: 300,
    gapMs: GAP_MS,
    prefix: 'none',
    hasTrailer: false,
    ...options,
  });
}

const plain = (framed: readonly Framed[]): string[] =>
  framed.map((part) =>
    part.kind === 'discarded'
      ? `${part.why} ${part.bytes}`
      : `${toHex(part.data)}${part.trailer === undefined ? '' : `+${part.trailer.toString(16)}`}`,
  );

/** Pieces of hex, each with the pause in front of it. */
function run(subject: RawFramer, ...pieces: (string | number)[]): string[] {
  let now = 5000;
  return pieces.flatMap((piece) => {
    if (typeof piece === 'string') return plain(subject.push(fromHex(piece), now));
    now += piece;
    return plain(subject.push(new Uint8Array(0), now));
  });
}

describe('messages without framing', () => {
  it('a pause within a message: what is there of it is discarded, and the rest until the next pause', () => {
    expect(run(framer(), '0b0c000001', GAP_MS, '0000', '32312e35', GAP_MS, '0216')).toEqual([
      'truncated 5',
      'bad-length 6',
      '0216',
    ]);
  });

  it('a shorter pause changes nothing', () => {
    expect(run(framer(), '0b0c000001', GAP_MS - 1, '000032312e35')).toEqual([
      '0b0c000001000032312e35',
    ]);
  });

  it('octets that are read late, and no look at the line in between: nobody knows of a pause', () => {
    const subject = framer();
    expect(plain(subject.push(fromHex('0b0c000001'), 5000))).toEqual([]);
    expect(plain(subject.push(fromHex('000032312e35'), 9000))).toEqual(['0b0c000001000032312e35']);
  });

  it.each([
    ['00', 'bad-length', 'a length of nothing'],
    ['0203', 'noise', 'a reserved type'],
    ['02fd', 'noise', 'a type that there is not'],
    ['0304', 'bad-length', 'a CONNECT that is too short'],
    ['060c', 'bad-length', 'a PUBLISH that is too short'],
    ['080b', 'bad-length', 'a REGACK that is too long'],
    ['01ffff', 'too-long', 'a long length above the limit'],
    ['010003', 'bad-length', 'a long length below its own header'],
    ['01000803', 'noise', 'a long length with a reserved type'],
    ['010009fe', 'noise', 'a forwarder header with a long length'],
    ['02fe', 'bad-length', 'a forwarder header that is too short'],
    ['03fe0105fe', 'noise', 'two forwarder headers'],
  ])('%s is refused at its last octet (%s: %s)', (hex, why) => {
    const subject = framer();
    const octets = fromHex(hex);
    expect(run(subject, toHex(octets.slice(0, -1)))).toEqual([]);
    run(subject, toHex(octets.slice(-1)), '021602160216');
    expect(run(subject, GAP_MS)).toEqual([`${why} ${octets.length + 6}`]);
    expect(run(subject, '0216')).toEqual(['0216']);
  });

  it('after nonsense nothing counts until the line is silent, however like a message it looks', () => {
    expect(run(framer(), 'ffff0216', 50, '0216', 50, '0216', GAP_MS, '0216')).toEqual([
      'noise 8',
      '0216',
    ]);
  });

  it('a line that never falls silent is reported in pieces', () => {
    const subject = framer();
    expect(run(subject, 'ff'.repeat(600))).toEqual(['noise 256', 'noise 256']);
    expect(subject.pendingBytes).toBe(88);
    expect(run(subject, GAP_MS)).toEqual(['noise 88']);
  });

  it('a long message above 255 octets comes whole', () => {
    const message = `0101000c0000010000${'55'.repeat(247)}`;
    expect(run(framer(), message)).toEqual([message]);
    expect(run(framer({ messageBytesMax: 255 }), message, GAP_MS)).toEqual(['too-long 256']);
  });

  it('a message with a short length above the limit is not waited for', () => {
    const small = framer({ messageBytesMax: 10 });
    expect(run(small, '0a0c0000010000616263', '0b0c', GAP_MS)).toEqual([
      '0a0c0000010000616263',
      'too-long 2',
    ]);
  });

  it('a forwarder header and its message are one frame', () => {
    expect(run(framer(), '05fe0100030216', '0217')).toEqual(['05fe0100030216', '0217']);
    expect(run(framer({ messageBytesMax: 4 }), '09fe01000000000000030500')).toEqual([
      '09fe01000000000000030500',
    ]);
    const longest = `fffe01${'aa'.repeat(252)}0101000c0000010000${'55'.repeat(247)}`;
    expect(run(framer(), longest)).toEqual([longest]);
  });

  it('asks for a deadline exactly while a pause would mean something', () => {
    const subject = framer();
    expect(subject.nextDeadline()).toBeUndefined();
    subject.push(fromHex('0b0c'), 1000);
    expect(subject.nextDeadline()).toBe(1100);
    subject.push(fromHex('000001000032312e35'), 1050);
    expect(subject.nextDeadline()).toBeUndefined();
    subject.push(fromHex('ff'.repeat(256)), 2000);
    expect(subject.pendingBytes).toBe(0);
    expect(subject.nextDeadline()).toBe(2100);
  });
});

describe('messages with an octet behind each', () => {
  const withTrailer = () => framer({ hasTrailer: true });

  it('the octet belongs to the message, however like a length it looks', () => {
    expect(run(withTrailer(), '0216020216c4', '0b0c000001000032312e3516')).toEqual([
      '0216+2',
      '0216+c4',
      '0b0c000001000032312e35+16',
    ]);
  });

  it('a pause in front of it: the message is not held back, and the octet is still not a length', () => {
    expect(run(withTrailer(), '0216', GAP_MS, 'c40216c5')).toEqual(['0216', 'noise 1', '0216+c5']);
  });

  it('once it has come again, one that is late is waited for as before', () => {
    const late = ['0216', GAP_MS, 'c4'];
    const noted = ['0216', 'noise 1'];
    expect(run(withTrailer(), ...late, '0216c5', ...late, '0216c5')).toEqual([
      ...noted,
      '0216+c5',
      ...noted,
      '0216+c5',
    ]);
  });

  it('none ever comes: after the second message none is waited for, and messages are not spoilt', () => {
    expect(
      run(
        withTrailer(),
        '0216',
        GAP_MS,
        '0217',
        GAP_MS,
        '0216',
        GAP_MS,
        '0217',
        GAP_MS,
        '0216',
        200,
      ),
    ).toEqual(['0216', 'noise 1', 'truncated 1', '0216', '0217', '0216']);
  });
});

describe('messages behind the header of RadioHead', () => {
  const withPrefix = () => framer({ prefix: 'radiohead' });

  it('the header is part of the frame', () => {
    expect(run(withPrefix(), '01070000', '0216', '010700010b0c000001000032312e35')).toEqual([
      '010700000216',
      '010700010b0c000001000032312e35',
    ]);
  });

  it('an acknowledgement has one octet', () => {
    expect(run(withPrefix(), '0107008021', '010700000216')).toEqual(['0107008021', '010700000216']);
  });
});
