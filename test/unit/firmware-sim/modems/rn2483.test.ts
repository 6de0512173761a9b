import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import type { Rn2483Settings } from '../../../../firmware-sim/modems/rn2483/modem.js';
import { Bench } from './bench.js';
import { vectorText } from './vector.js';

const fresh = (settings: Rn2483Settings = {}) =>
  new Bench((setup) => createVirtualModem('rn2483', { ...setup, ...settings }));

/** As after the usual start, without a watchdog. */
const ready = (settings: Rn2483Settings = {}) => {
  const bench = fresh(settings);
  expect(bench.ask('mac pause')).toBe(vectorText('rn2483-11'));
  expect(bench.ask('radio set wdt 0')).toBe(vectorText('rn2483-06'));
  return bench;
};

const [OK, BUSY, INVALID, ERROR, SENT] = [
  vectorText('rn2483-06'),
  vectorText('rn2483-09'),
  vectorText('rn2483-10'),
  vectorText('rn2483-08'),
  vectorText('rn2483-07'),
];

describe('commands', () => {
  test('version, settings and their bounds', () => {
    const bench = fresh();
    expect(bench.ask('sys get ver')).toBe(vectorText('rn2483-13'));
    for (const good of ['freq 868100000', 'pwr 14', 'sf sf9', 'bw 125', 'cr 4/5', 'sync 12'])
      expect(bench.ask(`radio set ${good}`)).toBe(OK);
    for (const bad of ['freq 902000000', 'pwr 16', 'sf 9', 'sf sf13', 'bw 126', 'cr 4/9', 'x 1'])
      expect(bench.ask(`radio set ${bad}`)).toBe(INVALID);
    expect(bench.ask('radio get sf')).toBe('sf9\r\n');
  });

  test('upper case and nonsense are invalid, LF alone ends nothing', () => {
    const bench = fresh();
    expect(bench.ask('SYS GET VER')).toBe(INVALID);
    expect(bench.ask('hello')).toBe(INVALID);
    expect(bench.type('sys get ver\n').run(100).takeText()).toBe('');
  });

  test('RN2903 is in another band', () => {
    const bench = fresh({ model: 'RN2903' });
    expect(bench.ask('radio set freq 915000000')).toBe(OK);
    expect(bench.ask('radio set freq 868100000')).toBe(INVALID);
    expect(bench.ask('sys get ver')).toMatch(/^RN2903 /);
  });

  test('an answer takes 5 to 20 ms, and commands wait for each other', () => {
    const bench = fresh().type('radio set bw 125\r\nradio set bw 1\r\n').run(5);
    expect(bench.takeText()).toBe('');
    expect(bench.run(40).takeText()).toBe(OK + INVALID);
  });
});

describe('reception', () => {
  test('one packet, then the receiver is off until it is armed again', () => {
    const bench = ready();
    expect(bench.modem.isListening).toBe(false);
    expect(bench.ask('radio rx 0')).toBe(OK);
    bench.run(100).hear('0216', {}, { snrDb: -7 }).hear('0217');
    expect(bench.run(10).takeText()).toBe('radio_rx  0216\r\n');
    expect(bench.ask('radio get snr')).toBe(vectorText('rn2483-12'));
    expect(bench.ask('radio rx 0')).toBe(OK);
    expect(bench.run(100).hear('0217').run(10).takeText()).toBe('radio_rx  0217\r\n');
  });

  test('a packet that began before it was armed is lost', () => {
    const bench = ready();
    bench.ask('radio rx 0', 30);
    expect(bench.hear('0216').run(10).takeText()).toBe('');
    expect(bench.run(50).hear('0216').run(10).takeText()).toBe('radio_rx  0216\r\n');
  });

  test('the watchdog ends it after 15 s, unless it is off', () => {
    const bench = fresh();
    bench.ask('mac pause');
    expect(bench.ask('radio rx 0')).toBe(OK);
    expect(bench.run(14_900).takeText()).toBe('');
    expect(bench.run(100).takeText()).toBe(ERROR);
    bench.ask('radio set wdt 0');
    expect(bench.ask('radio rx 0')).toBe(OK);
    expect(bench.run(100_000).takeText()).toBe('');
  });

  test('symbols as a timeout: 100 of SF12 are 3.3 s', () => {
    const bench = ready();
    expect(bench.ask('radio rx 100')).toBe(OK);
    expect(bench.run(3200).takeText()).toBe('');
    expect(bench.run(100).takeText()).toBe(ERROR);
    expect(bench.ask('radio rx 65536')).toBe(INVALID);
  });

  test('busy: armed already, MAC not paused', () => {
    expect(fresh().ask('radio rx 0')).toBe(BUSY);
    const bench = ready();
    bench.ask('radio rx 0');
    expect(bench.ask('radio rx 0')).toBe(BUSY);
  });
});

describe('transmission', () => {
  test('ok, and radio_tx_ok after the air time', () => {
    const bench = ready();
    bench.air.frameMs = 1000;
    expect(bench.ask('radio tx 0216')).toBe(OK);
    expect(bench.run(900).takeText()).toBe('');
    expect(bench.run(100).takeText()).toBe(SENT);
    expect(bench.takeSent()).toEqual([[null, '0216']]);
  });

  test('not while it receives, and not while it transmits', () => {
    const bench = ready();
    bench.ask('radio rx 0');
    expect(bench.ask('radio tx 0216')).toBe(BUSY);
    expect(bench.ask('radio rxstop')).toBe(OK);
    bench.air.frameMs = 1000;
    expect(bench.ask('radio tx 0216')).toBe(OK);
    expect(bench.ask('radio tx 0216')).toBe(BUSY);
    expect(bench.takeSent()).toHaveLength(1);
  });

  test('before 1.0.5 there is no rxstop', () => {
    const bench = ready({ version: '1.0.1' });
    expect(bench.ask('radio rxstop')).toBe(INVALID);
    expect(bench.ask('radio get rssi')).toBe(INVALID);
  });

  test('odd digits, no digits and 256 octets are invalid', () => {
    const bench = ready();
    for (const hex of ['021', '02XX', '', '55'.repeat(256)])
      expect(bench.ask(`radio tx ${hex}`)).toBe(INVALID);
    expect(bench.ask(`radio tx ${'55'.repeat(255)}`)).toBe(OK);
  });

  test('a watchdog shorter than the air time: radio_err', () => {
    const bench = fresh();
    bench.air.frameMs = 9000;
    bench.ask('mac pause');
    bench.ask('radio set wdt 1000');
    expect(bench.ask('radio tx 0216')).toBe(OK);
    expect(bench.run(9000).takeText()).toBe(ERROR);
  });
});

describe('races', () => {
  test('radio_err of the reception that ends comes before the ok of the next', () => {
    const bench = fresh();
    bench.ask('mac pause');
    bench.ask('radio set wdt 1000');
    bench.type('radio rx 0\r\n');
    while (bench.takeText() === '') bench.run(0.1);
    bench.run(999).type('radio rx 0\r\n').run(40);
    expect(bench.takeText()).toBe(ERROR + OK);
  });

  test('a packet comes before the ok of rxstop', () => {
    const bench = ready();
    bench.ask('radio rx 0');
    bench.run(100).type('radio rxstop\r\n').run(1).hear('0216').run(40);
    expect(bench.takeText()).toBe(`radio_rx  0216\r\n${OK}`);
  });
});

describe('faults', () => {
  test('a reset prints the banner and forgets everything', () => {
    const bench = ready();
    bench.ask('radio rx 0');
    bench.modem.reset();
    expect(bench.run(400).takeText()).toBe(vectorText('rn2483-13'));
    expect(bench.ask('radio get wdt')).toBe('15000\r\n');
    expect(bench.ask('radio rx 0')).toBe(BUSY);
    bench.ask('sys reset', 0);
    expect(bench.run(400).takeText()).toBe(vectorText('rn2483-13'));
  });

  test('no answers: what it receives still comes, confirmations do not', () => {
    const bench = ready();
    bench.modem.faults.noAnswers = true;
    expect(bench.ask('radio tx 0216', 500)).toBe('');
    expect(bench.takeSent()).toHaveLength(1);
    expect(bench.ask('radio rx 0', 500)).toBe('');
    expect(bench.hear('0217').run(10).takeText()).toBe('radio_rx  0217\r\n');
  });

  test('busy for a while', () => {
    const bench = ready();
    bench.modem.faults.busy = true;
    expect(bench.ask('radio tx 0216')).toBe(BUSY);
    bench.modem.faults.busy = false;
    expect(bench.ask('radio tx 0216')).toBe(OK);
  });
});
