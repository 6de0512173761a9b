import { describe, expect, test } from 'vitest';
import {
  createVirtualModem,
  DIALECTS,
  type Dialect,
  type VirtualModem,
} from '../../../../firmware-sim/modems/index.js';
import { LossMatrix } from '../../../../firmware-sim/radio/propagation.js';
import { VirtualRadio } from '../../../../firmware-sim/radio/virtual-radio.js';
import { Random } from '../../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { vectorText } from './vector.js';

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const fromVector = (id: string) => latin1(vectorText(id));

interface Talk {
  /** Of the sender and of the receiver. */
  addresses?: [string, string];
  /** What both hosts write first. */
  start?: string;
  /** What the sender's host writes. */
  write: Uint8Array;
  /** What the receiver's host hears, as hexadecimal digits. */
  hears: RegExp;
}

const TALKS: Record<Dialect, Talk> = {
  raw: { write: fromVector('mqttsn-raw-02'), hears: /^030500$/ },
  slip: { write: fromVector('slip-02'), hears: /^c0030500c0$/ },
  cobs: { write: fromVector('cobs-02'), hears: /^0303050100$/ },
  hdlc: { write: fromVector('hdlc-02'), hears: /^7e03050010577e$/ },
  xbee: {
    addresses: ['0013A20040000001', '0013A20040522BAA'],
    write: fromVector('xbee-ap2-05'),
    hears: /^7e000f90007d33a20040000001017d5e01030500f1$/,
  },
  'ebyte-transparent': { write: fromVector('ebyte-transparent-07'), hears: /^030500$/ },
  'ebyte-fixed': {
    addresses: ['0001', '0003'],
    write: Uint8Array.of(0x00, 0x03, 0x00, 0x03, 0x05, 0x00),
    hears: /^030500$/,
  },
  rn2483: {
    start: 'mac pause\r\nradio rx 0\r\n',
    write: latin1('radio rxstop\r\nradio tx 030500\r\n'),
    hears: new RegExp(`${Buffer.from('radio_rx  030500\r\n').toString('hex')}$`),
  },
  rui3: {
    start: 'AT+PRECV=65533\r\n',
    write: fromVector('rui3-05'),
    hears: new RegExp(Buffer.from(':030500\r\n').toString('hex')),
  },
  rylr: {
    addresses: ['1', '50'],
    write: fromVector('rylr-07'),
    hears: new RegExp(`^${Buffer.from('+RCV=1,6,030500,').toString('hex')}`),
  },
  aquila: { addresses: ['240', '18'], write: fromVector('aquila-04'), hears: /08fe01f000030500/ },
  loralink: { addresses: ['1', '4'], write: fromVector('loralink-04'), hears: /030500/ },
};

function field(dialect: Dialect) {
  const timeline = new VirtualTimeline();
  const random = new Random(11);
  const radio = new VirtualRadio({
    timeline,
    random,
    airTime: { kind: 'bit-rate', bitsPerSec: 50_000, overheadBytes: 10 },
    propagation: new LossMatrix(),
    acknowledgements: { retries: 2, ackMs: 1, timeoutMs: 5 },
  });
  const modem = (id: string, address: string): VirtualModem => {
    const stream = random.branch(id);
    const created = createVirtualModem(dialect, {
      id,
      timeline,
      air: radio,
      random: stream,
      address,
    });
    radio.add(created);
    return created;
  };
  return { timeline, modem };
}

describe('two modems of a dialect on one radio', () => {
  for (const dialect of DIALECTS) {
    test(`${dialect}: what one host writes comes to the other`, () => {
      const { addresses = ['', ''], start, write, hears } = TALKS[dialect];
      const { timeline, modem } = field(dialect);
      const sender = modem('a', addresses[0]);
      const receiver = modem('b', addresses[1]);
      let heard = '';
      receiver.onOutput((octets) => {
        heard += Buffer.from(octets).toString('hex');
      });
      timeline.run(10_000);
      if (start !== undefined) for (const each of [sender, receiver]) each.fromHost(latin1(start));
      timeline.run(11_000);
      heard = '';
      sender.fromHost(write);
      timeline.run(12_000);
      expect(heard).toMatch(hears);
    });
  }

  test('XBee without a recipient in reach: no acknowledgement, and the report says so', () => {
    const { timeline, modem } = field('xbee');
    const sender = modem('a', '0013A20040000001');
    let heard = '';
    sender.onOutput((octets) => {
      heard += Buffer.from(octets).toString('hex');
    });
    sender.fromHost(fromVector('xbee-ap2-05'));
    timeline.run(10_000);
    expect(heard).toBe('7e00078b01fffe00240052');
  });
});
