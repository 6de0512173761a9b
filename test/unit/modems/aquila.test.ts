import { describe, expect, it } from 'vitest';
import { crc16Xmodem } from '../../../src/framing/crc16.js';
import { encodeSlip } from '../../../src/framing/slip.js';
import { type AquilaSettings, createAquila } from '../../../src/modems/aquila.js';
import { ModemBench } from '../../support/modems/bench.js';
import { fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';

/** What a bridge says, by its octets between LQI, RSSI and the CRC. */
function said(hex: string, signal = '0000'): Uint8Array {
  const body = fromHex(signal + hex);
  const crc = crc16Xmodem(body, body.length);
  return encodeSlip(Uint8Array.of(...body, crc & 0xff, crc >>> 8));
}

const ACK = said('0201');
const NACK = said('0200');
const CONFIG_REQUEST = said('0202');
const CONFIG = 'c0130201ffffffffffffffffffffffffffffffffbda2c0';
const LEAVE_PAIRING = toHex(said('030300', ''));
const ENTER_PAIRING = toHex(said('030301', ''));

const bench = (settings: Partial<AquilaSettings> = {}) =>
  new ModemBench(createAquila({ baudRate: 115_200, ...settings }));

/** Ready, and from then on answering only what the test lets it. */
function ready(settings: Partial<AquilaSettings> = {}): ModemBench {
  const subject = bench(settings);
  subject.respond = (written) => (toHex(written) === LEAVE_PAIRING ? [ACK] : []);
  subject.open();
  expect(subject.state).toBe('ready');
  subject.respond = () => [];
  return subject;
}

describe('an Aquila bridge at its start', () => {
  it('is left alone while it starts, then gets its settings, then is asked whether it is there', () => {
    const subject = bench();
    expect(subject.step({ kind: 'opened' })).toEqual([{ kind: 'state', state: 'starting' }]);
    expect(subject.advance(2099)).toEqual([]);
    subject.advance(1);
    expect(subject.writes).toEqual([CONFIG]);
    subject.advance(100);
    expect(subject.writes).toEqual([CONFIG, LEAVE_PAIRING]);
    expect(subject.receive(ACK)).toEqual([{ kind: 'state', state: 'ready' }]);
    expect(subject.modem.nextDeadline()).toBeUndefined();
  });

  it('asks for its settings: they come at once', () => {
    const subject = bench({ pan: 7, key: new Uint8Array(16).fill(0x11) });
    subject.step({ kind: 'opened' });
    subject.advance(1500);
    subject.receive(Uint8Array.of(...ACK, ...CONFIG_REQUEST));
    expect(subject.writes).toEqual([toHex(said(`130207${'11'.repeat(16)}`, ''))]);
    expect(subject.problems).toEqual([]);
  });

  it('old firmware refuses everything that is not a message: that is an answer', () => {
    const subject = bench();
    subject.respond = () => [NACK];
    subject.open();
    expect(subject.state).toBe('ready');
    expect(subject.outcomes).toEqual([]);
  });

  it('silence: asked three times, then the port is to be opened again', () => {
    const subject = bench().open();
    expect(subject.writes).toEqual([CONFIG, LEAVE_PAIRING, LEAVE_PAIRING, LEAVE_PAIRING]);
    expect(subject.problems).toEqual(['MODEM_SILENT']);
    expect(subject.of('reopen')).toHaveLength(1);
    expect(subject.modem.nextDeadline()).toBeUndefined();
    subject.respond = () => [ACK];
    subject.open();
    expect(subject.state).toBe('ready');
  });

  it('when it has been given up, it has to wait until the port is opened again', () => {
    const subject = bench().open();
    const writes = subject.writes.length;
    subject.receive(CONFIG_REQUEST);
    expect(subject.writes).toHaveLength(writes);
    expect(subject.modem.nextDeadline()).toBeUndefined();
  });

  it('one frame that made sense: nothing is said about noise', () => {
    const subject = ready();
    for (let index = 0; index < 30; index++) subject.receive(fromHex('c00b0c000001000032312e35c0'));
    expect(subject.problems).toEqual([]);
  });

  it('another language on the line is named', () => {
    const subject = bench();
    subject.step({ kind: 'opened' });
    for (let index = 0; index < 30; index++) subject.receive(fromHex('c00b0c000001000032312e35c0'));
    expect(subject.of('problem')[0]?.message).toContain('"modem: slip"');
  });

  it('devices are heard while it starts', () => {
    const subject = bench();
    subject.step({ kind: 'opened' });
    subject.receive(said('07fe0112000216', 'b0a0'));
    expect(subject.datagrams).toEqual(['0x0012:0216']);
    expect(subject.of('datagram')[0]?.signal).toEqual({ rssiDbm: -96, lqi: 0xb0 });
  });
});

describe('an Aquila bridge that sends', () => {
  it.each([
    ['ACK', ACK, 'transmitted'],
    ['NACK', NACK, 'busy'],
  ])('%s: %s', (_name, answer, outcome) => {
    const subject = ready();
    subject.send(1, '0x0012', MESSAGES.connack);
    expect(subject.writes.at(-1)).toBe('c005fe01120003050072f6c0');
    expect(subject.receive(answer)).toEqual([{ kind: 'sent', id: 1, outcome }]);
    expect(subject.receive(answer)).toEqual([]);
  });

  it('no answer: it is over after five seconds', () => {
    const subject = ready();
    subject.send(1, '0x0012', MESSAGES.connack);
    expect(subject.advance(4999)).toEqual([]);
    expect(subject.advance(1)).toEqual([{ kind: 'sent', id: 1, outcome: 'timeout' }]);
  });

  it('one message at a time, and no question meanwhile', () => {
    const subject = ready();
    subject.send(1, '0x0012', MESSAGES.connack);
    expect(subject.send(2, '0x0012', MESSAGES.connack)).toEqual([
      { kind: 'sent', id: 2, outcome: 'busy' },
    ]);
    expect(subject.step({ kind: 'probe' })).toEqual([]);
    expect(subject.receive(ACK)).toEqual([{ kind: 'sent', id: 1, outcome: 'transmitted' }]);
  });

  it('to everybody: the address 255', () => {
    const subject = ready();
    subject.send(1, null, fromHex('0500010384'));
    expect(subject.writes.at(-1)).toBe(toHex(said('05fe01ff000500010384', '')));
  });

  it.each(['0x0000', '0x00ff', '12', '0x12', '', '0x00FG', '0x00120', '00x0012'])(
    '%j is no address',
    (address) => {
      const subject = ready();
      const writes = subject.writes.length;
      subject.send(1, address, MESSAGES.connack);
      expect(subject.modem.maxMessageBytes(address)).toBe(0);
      expect(subject.of('sent')).toMatchObject([
        { outcome: 'refused', detail: expect.stringContaining(address) as string },
      ]);
      expect(subject.writes).toHaveLength(writes);
    },
  );

  it('longer than the radio takes: refused with the reason; before it is ready: interrupted', () => {
    const subject = ready();
    subject.send(1, '0x0012', new Uint8Array(55));
    const starting = bench();
    starting.step({ kind: 'opened' });
    starting.send(2, '0x0012', MESSAGES.connack);
    expect([...subject.of('sent'), ...starting.of('sent')]).toEqual([
      {
        kind: 'sent',
        id: 1,
        outcome: 'refused',
        detail: expect.stringMatching(/55.*54/) as string,
      },
      { kind: 'sent', id: 2, outcome: 'interrupted' },
    ]);
  });

  it('port closes in the middle of a frame: its octets are told of', () => {
    const subject = ready();
    subject.receive(said('07fe0112000216').subarray(0, 6));
    subject.step({ kind: 'closed' });
    const bytes = Object.values(subject.discarded).reduce((sum, one) => sum + one, 0);
    expect(bytes).toBe(6);
  });

  it('starts anew: what was under way is interrupted, and it gets its settings', () => {
    const subject = ready();
    subject.send(1, '0x0012', MESSAGES.connack);
    const effects = subject.receive(CONFIG_REQUEST);
    expect(effects.map(({ kind }) => kind)).toEqual(['sent', 'problem', 'state', 'write']);
    expect(subject.outcomes).toEqual(['interrupted']);
    expect(subject.problems).toEqual(['MODEM_RESET']);
    expect(subject.state).toBe('starting');
    subject.advance(100);
    subject.receive(ACK);
    expect(subject.state).toBe('ready');
  });

  it('a probe is answered by either, and is not taken for the answer to a message', () => {
    const subject = ready();
    subject.step({ kind: 'probe' });
    expect(subject.writes.at(-1)).toBe(LEAVE_PAIRING);
    subject.send(1, '0x0012', MESSAGES.connack);
    expect(subject.receive(NACK)).toEqual([{ kind: 'alive' }]);
    expect(subject.receive(ACK)).toEqual([{ kind: 'sent', id: 1, outcome: 'transmitted' }]);
  });

  it('a probe that nobody answers is forgotten', () => {
    const subject = ready();
    subject.step({ kind: 'probe' });
    subject.advance(6000);
    subject.send(1, '0x0012', MESSAGES.connack);
    expect(subject.receive(ACK)).toEqual([{ kind: 'sent', id: 1, outcome: 'transmitted' }]);
  });
});

describe('what an Aquila bridge says', () => {
  it.each([
    ['07fe01ff000216', 'malformed', 'from everybody'],
    ['07fe0100000216', 'not-for-us', 'from a device without an address'],
    ['06fe0112000216', 'bad-length', 'a length that is not that of the frame'],
    ['07fe0112000316', 'bad-length', 'a message that is not as long as it says'],
    ['05fe011200', 'bad-length', 'no message at all'],
    ['0207', 'malformed', 'a type that there is not'],
    ['030300', 'malformed', 'pairing, without a question'],
    ['0803020000030363', 'not-for-us', 'a new device, and nobody waits for one'],
    ['0803030000030363', 'malformed', 'pairing, another command'],
    ['0803020000040363', 'malformed', 'pairing, another length within'],
    ['0803020000030463', 'malformed', 'pairing, another type within'],
    ['07030200000303', 'malformed', 'pairing, without a random id'],
  ])('%s is discarded: %s, %s', (hex, why) => {
    const subject = ready();
    const octets = said(hex);
    subject.receive(octets);
    expect(subject.datagrams).toEqual([]);
    expect(subject.discarded).toEqual({ [why]: octets.length });
  });

  it('a strength of 0 means nothing that is known', () => {
    const subject = ready();
    subject.receive(said('07fe0112000216', '1000'));
    expect(subject.of('datagram')[0]?.signal).toEqual({ lqi: 16 });
  });

  it('a strength that is the same as the quality is RFM69, which measures no quality', () => {
    const subject = ready();
    subject.receive(said('07fe0112000216', 'b0b0'));
    expect(subject.of('datagram')[0]?.signal).toEqual({ rssiDbm: -80 });
  });
});

describe('pairing', () => {
  const REQUEST = '08030200000303';
  const pairing = { address: 18, windowMs: 30_000 };
  const acknowledging = (settings: Partial<AquilaSettings> = {}) => {
    const subject = bench({ pairing, ...settings });
    subject.respond = (written) => (toHex(written) === CONFIG ? [] : [ACK]);
    subject.step({ kind: 'opened' });
    subject.advance(3000);
    return subject;
  };

  it('a new device gets its address and the key, then messages are possible', () => {
    const subject = acknowledging();
    expect(subject.writes.at(-1)).toBe(ENTER_PAIRING);
    expect(subject.state).toBe('starting');
    subject.receive(said(`${REQUEST}5a`));
    expect(subject.writes.at(-1)).toBe(
      toHex(said(`0703030000150${'35a1201'}${'ff'.repeat(16)}`, '')),
    );
    expect(subject.state).toBe('starting');
    subject.advance(999);
    expect(subject.writes.at(-1)).not.toBe(LEAVE_PAIRING);
    subject.advance(1);
    expect(subject.writes.at(-1)).toBe(LEAVE_PAIRING);
    expect(subject.state).toBe('ready');
    expect(subject.outcomes).toEqual([]);
  });

  it('nobody comes: after the window messages are possible', () => {
    const subject = acknowledging();
    subject.advance(29_000);
    expect(subject.state).toBe('starting');
    subject.advance(1000);
    expect(subject.state).toBe('ready');
  });

  it('the port is opened again later: nobody is let in any more', () => {
    const subject = acknowledging();
    subject.advance(30_000);
    const writes = subject.writes.filter((hex) => hex === ENTER_PAIRING).length;
    subject.open();
    expect(subject.state).toBe('ready');
    expect(subject.writes.filter((hex) => hex === ENTER_PAIRING)).toHaveLength(writes);
  });

  it('who has an address is passed on as if it wanted one, and does not get another', () => {
    const subject = acknowledging();
    for (const address of ['1200', '0001']) subject.receive(said(`080302${address}03035a`));
    expect(Object.keys(subject.discarded)).toEqual(['not-for-us']);
    expect(subject.writes.at(-1)).toBe(ENTER_PAIRING);
  });
});
