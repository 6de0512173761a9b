import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import type { Rui3Settings } from '../../../../firmware-sim/modems/rui3/modem.js';
import { Bench } from './bench.js';
import { vectorText } from './vector.js';

const rui3 = (settings: Rui3Settings = {}) =>
  new Bench((setup) => createVirtualModem('rui3', { ...setup, ...settings }));

const [OK, DONE, BUSY, PARAM, LORAWAN, UNKNOWN, TIMEOUT] = [
  vectorText('rui3-07'),
  vectorText('rui3-08'),
  vectorText('rui3-09'),
  vectorText('rui3-10'),
  vectorText('rui3-11'),
  vectorText('rui3-12'),
  vectorText('rui3-13'),
];

describe('commands', () => {
  test('AT, version, and values that are asked for', () => {
    const bench = rui3();
    expect(bench.ask('AT')).toBe(OK);
    expect(bench.ask('AT+VER=?')).toMatch(/^AT\+VER=RUI_.*\r\nOK\r\n$/);
    expect(bench.ask('AT+NWM=?')).toBe('AT+NWM=0\r\nOK\r\n');
    expect(bench.ask('AT+P2P=868100000:9:0:0:8:14')).toBe(OK);
    expect(bench.ask('AT+P2P=?')).toBe(`AT+P2P=868100000:9:0:0:8:14\r\n${OK}`);
    expect(bench.type('AT\r').run(30).takeText()).toBe(OK);
  });

  test('values out of range, unknown commands', () => {
    const bench = rui3();
    for (const value of ['868100000:13:0:0:8:14', '868100000:9:10:0:8:14', '868100000:9:0:0:4:14'])
      expect(bench.ask(`AT+P2P=${value}`)).toBe(PARAM);
    for (const value of ['868100000:9:125:0:8:14', '868100000:9:500:3:8:22'])
      expect(bench.ask(`AT+P2P=${value}`)).toBe(OK);
    expect(bench.ask('AT+P2P=868100000:9:0:0:8')).toBe(PARAM);
    expect(bench.ask('AT+SYNCWORD=34')).toBe(PARAM);
    expect(bench.ask('AT+XYZ=1')).toBe(UNKNOWN);
    expect(bench.ask('hello')).toBe(UNKNOWN);
    expect(bench.ask('AT+PRECV')).toBe('AT_ERROR\r\n');
  });

  test('echo comes with its line end turned round', () => {
    const bench = rui3({ echo: true });
    expect(bench.ask('AT')).toBe(`AT\n\r${OK}`);
    bench.ask('ATE');
    expect(bench.ask('AT')).toBe(OK);
  });
});

describe('LoRaWAN mode', () => {
  test('P2P commands are not supported; AT+NWM=0 answers, reboots, and leaves P2P mode', () => {
    const bench = rui3({ networkMode: 1 });
    expect(bench.ask('AT+PSEND=0216')).toBe(LORAWAN);
    expect(bench.ask('AT+P2P=?')).toBe(LORAWAN);
    const dialogue = bench.ask('AT+NWM=0', 400);
    expect(dialogue).toMatch(/^OK\r\nRAKwireless/);
    expect(dialogue).toMatch(/Current Work Mode: LoRa P2P\.\r\n$/);
    expect(bench.ask('AT+PSEND=0216')).toBe(OK);
  });

  test('it reboots into the mode it was in as well', () => {
    const bench = rui3();
    bench.ask('AT+PRECV=65533');
    expect(bench.ask('AT+NWM=0', 400)).toContain('RAKwireless');
    expect(bench.modem.isListening).toBe(false);
    expect(bench.ask('AT+NWM=2')).toBe(PARAM);
  });
});

describe('reception', () => {
  const heard = (bench: ReturnType<typeof rui3>) =>
    bench.run(100).hear('0216', {}, { rssiDbm: -45, snrDb: 9 }).run(10).takeText();
  const PACKET = '+EVT:RXP2P:-45:9:0216\r\n';

  test('65533 and 65534 go on, 65535 ends with a packet, 0 stops', () => {
    for (const [mode, packets] of [
      ['65533', 2],
      ['65534', 2],
      ['65535', 1],
    ] as const) {
      const bench = rui3();
      expect(bench.ask(`AT+PRECV=${mode}`)).toBe(OK);
      expect(heard(bench) + heard(bench)).toBe(PACKET.repeat(packets));
      expect(bench.ask('AT+PRECV=0')).toBe(OK);
      expect(heard(bench)).toBe('');
    }
  });

  test('a window ends with an event, or with a packet and none', () => {
    const bench = rui3();
    expect(bench.ask('AT+PRECV=3000')).toBe(OK);
    expect(bench.run(2900).takeText()).toBe('');
    expect(bench.run(100).takeText()).toBe(TIMEOUT);
    bench.ask('AT+PRECV=3000');
    expect(heard(bench)).toBe(PACKET);
    expect(bench.run(5000).takeText()).toBe('');
  });

  test('bad values, and a receiver that is on already', () => {
    const bench = rui3();
    for (const value of ['14', '65536', '-1', 'on'])
      expect(bench.ask(`AT+PRECV=${value}`)).toBe(PARAM);
    bench.ask('AT+PRECV=65533');
    expect(bench.ask('AT+PRECV=65533')).toBe(BUSY);
  });

  test('nothing can be set meanwhile', () => {
    const bench = rui3();
    bench.ask('AT+PRECV=65533');
    expect(bench.ask('AT+SYNCWORD=1424')).toBe(vectorText('rui3-15') + BUSY);
  });
});

describe('transmission', () => {
  test('OK at once, an event when it is done, and reception goes on', () => {
    const bench = rui3();
    bench.air.frameMs = 500;
    bench.ask('AT+PRECV=65533');
    expect(bench.ask('AT+PSEND=030500')).toBe(OK);
    expect(bench.run(500).takeText()).toBe(DONE);
    expect(bench.takeSent()).toEqual([[null, '030500']]);
    expect(bench.modem.isListening).toBe(true);
  });

  test('busy: transmitting, receiving in other modes, a channel that is taken', () => {
    const bench = rui3();
    bench.ask('AT+PSEND=0216');
    expect(bench.ask('AT+PSEND=0216')).toBe(BUSY);
    bench.run(500).takeText();
    for (const mode of ['65534', '65535', '3000']) {
      bench.ask(`AT+PRECV=${mode}`);
      expect(bench.ask('AT+PSEND=0216')).toBe(BUSY);
      bench.ask('AT+PRECV=0');
    }
    bench.ask('AT+PCAD=1');
    bench.air.isTaken = true;
    expect(bench.ask('AT+PSEND=0216')).toBe(BUSY);
    bench.air.isTaken = false;
    expect(bench.ask('AT+PSEND=0216')).toBe(OK);
  });

  test('odd digits, bad digits, none, and 240 octets', () => {
    const bench = rui3();
    for (const hex of ['021', '02ZZ', '', '55'.repeat(240)])
      expect(bench.ask(`AT+PSEND=${hex}`)).toBe(PARAM);
    expect(bench.ask(`AT+PSEND=${'55'.repeat(239)}`)).toBe(OK);
  });

  test('a confirmation that is lost has no event instead', () => {
    const bench = rui3();
    expect(bench.ask('AT+PSEND=0216', 30)).toBe(OK);
    bench.modem.faults.noAnswers = true;
    expect(bench.run(5000).takeText()).toBe('');
  });
});
