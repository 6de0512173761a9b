import { describe, expect, it } from 'vitest';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { createHdlc } from '../../../src/modems/hdlc.js';
import { type LinkHeader, NoHeader } from '../../../src/modems/link-header.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { createRaw } from '../../../src/modems/raw.js';
import { createSlip } from '../../../src/modems/slip.js';
import { ModemBench } from '../../support/modems/bench.js';
import { concat, fromHex, MESSAGES } from '../../support/modems/vectors.js';

const raw = (header: LinkHeader = new NoHeader(), messageBytesMax = 255) =>
  new ModemBench(createRaw({ header, baudRate: 9600, messageBytesMax })).open();
const slip = (header: LinkHeader = new NoHeader()) =>
  new ModemBench(createSlip({ header, baudRate: 115_200, messageBytesMax: 255 })).open();

describe('a stream modem', () => {
  it('what is sent counts as sent when the line has taken it', () => {
    const bench = raw();
    bench.send(1, '', MESSAGES.pub0);
    // 11 octets at 9600 baud take 11.5 ms.
    expect(bench.advance(11)).toEqual([]);
    expect(bench.advance(1)).toEqual([{ kind: 'sent', id: 1, outcome: 'assumed' }]);
  });

  it('with a radio behind it: when that can have sent it as well', () => {
    const bench = raw();
    bench.send(1, '', MESSAGES.pub0, 200);
    expect(bench.advance(12 + 240 + 99)).toEqual([]);
    expect(bench.advance(1)).toEqual([{ kind: 'sent', id: 1, outcome: 'assumed' }]);
  });

  it('what cannot be sent is refused with the reason, and nothing is written', () => {
    const bench = raw(new ForwarderHeader(), 20);
    expect(bench.send(1, '0003', new Uint8Array(21))).toEqual([
      { kind: 'sent', id: 1, outcome: 'refused', detail: '21 octets, and 20 fit' },
    ]);
    expect(bench.send(2, 'nobody', MESSAGES.pub0)).toEqual([
      { kind: 'sent', id: 2, outcome: 'refused', detail: 'no address on this line: nobody' },
    ]);
    expect(bench.writes).toEqual([]);
  });

  it('a deadline for a pause does not end what is being sent', () => {
    const bench = raw();
    bench.send(1, '', MESSAGES.pub0, 1000);
    bench.receive(fromHex('0b0c'));
    expect(bench.modem.nextDeadline()).toBe(bench.now + 100);
    expect(bench.advance(100)).toEqual([{ kind: 'discarded', bytes: 2, why: 'truncated' }]);
  });

  it('a partial message is discarded when the port goes, and does not spoil what comes later', () => {
    const bench = slip();
    bench.receive(fromHex('c00b0c00'));
    expect(bench.step({ kind: 'closed' })).toEqual([
      { kind: 'discarded', bytes: 4, why: 'truncated' },
    ]);
    bench.open();
    bench.receive(fromHex('0216c0'));
    expect(bench.datagrams).toEqual([':0216']);
  });

  it('the link header names the sender, and limits the message', () => {
    const bench = slip(new ForwarderHeader());
    bench.receive(fromHex('c005fe0100030216c0'));
    expect(bench.datagrams).toEqual(['0003:0216']);
    bench.send(1, '0003', fromHex('0217'));
    expect(bench.writes).toEqual(['c005fe0100030217c0']);
    expect(bench.modem.maxMessageBytes('0003')).toBe(255);
    expect(bench.modem.airBytes(10)).toBe(15);
  });

  it('what the link header refuses is discarded with all the octets it took', () => {
    const bench = slip(new ForwarderHeader());
    bench.receive(fromHex('c00216c0'));
    expect(bench.discarded).toEqual({ malformed: 4 });
  });

  it('an acknowledgement for a reliable RadioHead sender is asked for before the message is handed on', () => {
    const bench = slip(new RadioheadHeader({ ownAddress: 1, acknowledge: true }));
    const effects = bench.receive(fromHex('c0010906000216c0'));
    expect(effects.map(({ kind }) => kind)).toEqual(['acknowledgement', 'datagram']);
    expect(bench.writes).toEqual([]);
    bench.receive(fromHex('c0010906400216c0'));
    expect(bench.datagrams).toHaveLength(1);
    expect(bench.of('acknowledgement')).toHaveLength(2);
    bench.acknowledge(1);
    expect(bench.writes).toEqual(['c00901068021c0']);
    expect(bench.discarded).toEqual({});
  });

  it('the port is opened anew: what a node repeats may not have been heard before', () => {
    const bench = slip(new RadioheadHeader({ ownAddress: 1, acknowledge: true }));
    bench.receive(fromHex('c0010906000216c0'));
    bench.open();
    bench.receive(fromHex('c0010906400216c0'));
    expect(bench.datagrams).toEqual(['9:0216', '9:0216']);
  });

  it('one message at a time', () => {
    const bench = raw();
    bench.send(1, '', MESSAGES.pub0);
    expect(bench.send(2, '', MESSAGES.pub0)).toEqual([{ kind: 'sent', id: 2, outcome: 'busy' }]);
    bench.advance(12);
    expect(bench.outcomes).toEqual(['busy', 'assumed']);
  });

  it('raw behind RadioHead: acknowledgements of nodes are no messages', () => {
    const bench = raw(new RadioheadHeader({ ownAddress: 1, acknowledge: false }));
    bench.receive(fromHex('0109068021' + '010907000216'));
    expect(bench.datagrams).toEqual(['9:0216']);
    expect(bench.discarded).toEqual({});
  });
});

describe('a line that speaks another language', () => {
  const filler = (frame: Uint8Array): Uint8Array =>
    concat(...Array.from({ length: Math.ceil(1300 / frame.length) }, () => frame));
  const text = new TextEncoder();

  function impression(bench: ModemBench, octets: Uint8Array): string[] {
    bench.receive(octets);
    bench.advance(1000);
    return bench.of('problem').map(({ code, message }) => `${code}: ${message}`);
  }

  it.each([
    ['slip', fromHex('c00b0c000001000032312e35c0')],
    ['hdlc', fromHex('7e0b0c000001000032312e35567d5d7e')],
    ['cobs', fromHex('030b0c010201010532312e3500')],
    ['aquila', fromHex('c0dbdcdbdd10fe01dbdc000b0c000001000032312e356b22c0')],
    ['xbee', fromHex('7e00078b017d84000001' + '71')],
    ['loralink', fromHex('7e001404ffad0007400d040401003c6e6f64652d303182')],
  ])('raw is set, and the line speaks %s: it is named', (language, frame) => {
    const [problem, ...more] = impression(raw(), filler(frame));
    expect(problem).toMatch(/^MODEM_WRONG_MODE/);
    expect(problem).toContain(`"modem: ${language}"`);
    expect(problem).toContain('"modem: raw"');
    expect(more).toEqual([]);
  });

  it('slip is set, and the line speaks raw: it is named', () => {
    const [problem] = impression(slip(), filler(MESSAGES.pub0));
    expect(problem).toMatch(/^MODEM_WRONG_MODE.*"modem: raw"/);
  });

  it('text is quoted', () => {
    const [problem] = impression(raw(), filler(text.encode('Arduino boot 1.2\r\n')));
    expect(problem).toMatch(/^MODEM_WRONG_MODE.*text: "Arduino boot 1.2/);
  });

  it.each([
    ['+RCV=50,5,HELLO,-99,40\r\n', /"modem: rylr"/],
    ['raspberrypi login: ', /raspberrypi.*console of a computer.*raspi-config/],
  ])('%j: whose text it is', (said, words) => {
    const [problem] = impression(raw(), filler(text.encode(said)));
    expect(problem).toMatch(/^MODEM_WRONG_MODE/);
    expect(problem).toMatch(words);
  });

  it('octets without any sense: the baud rate', () => {
    const octets = Uint8Array.from({ length: 1400 }, (_, at) => (at * at * 7 + 0x83) & 0xff);
    expect(impression(raw(), octets)[0]).toMatch(/^MODEM_WRONG_BAUD_RATE.*9600/);
  });

  it('one message that made sense: nothing is said about noise', () => {
    const bench = raw();
    bench.receive(MESSAGES.pub0);
    expect(impression(bench, filler(fromHex('ff13')))).toEqual([]);
  });

  it('a long first message is not taken for nonsense before it is complete', () => {
    const bench = raw(new NoHeader(), 400);
    bench.receive(fromHex(`0101000c0000010000${'55'.repeat(247 - 10)}`));
    bench.receive(fromHex('55'.repeat(10)));
    expect(bench.datagrams).toHaveLength(1);
    expect(bench.problems).toEqual([]);
  });

  it('said once for each time that the port is opened', () => {
    const bench = raw();
    impression(bench, filler(fromHex('ff13')));
    expect(impression(bench, filler(fromHex('ff13')))).toHaveLength(1);
    bench.open();
    expect(impression(bench, filler(fromHex('ff13')))).toHaveLength(2);
  });

  it('what made no sense before the port was opened anew does not count', () => {
    const bench = raw();
    impression(bench, fromHex('ff13'.repeat(100)));
    bench.open();
    expect(impression(bench, fromHex('ff13'.repeat(100)))).toEqual([]);
    expect(impression(bench, fromHex('ff13'.repeat(100)))).toHaveLength(1);
  });

  it('frames for others are no nonsense', () => {
    const header = new RadioheadHeader({ ownAddress: 1, acknowledge: false });
    const bench = new ModemBench(
      createHdlc({ header, baudRate: 9600, messageBytesMax: 100 }),
    ).open();
    expect(bench.problems).toEqual([]);
    const subject = raw(new RadioheadHeader({ ownAddress: 1, acknowledge: false }));
    expect(impression(subject, filler(fromHex('020900000216')))).toEqual([]);
    expect(Object.keys(subject.discarded)).toEqual(['not-for-us']);
  });
});
