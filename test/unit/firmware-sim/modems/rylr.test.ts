import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import type { RylrSettings } from '../../../../firmware-sim/modems/rylr/modem.js';
import { Bench } from './bench.js';
import { vectorText } from './vector.js';

const rylr = (settings: RylrSettings & { address?: string } = {}) =>
  new Bench((setup) => createVirtualModem('rylr', { ...setup, ...settings }));

const OK = vectorText('rylr-09');
const error = (code: number) => `+ERR=${code}\r\n`;

describe('sending', () => {
  test('+OK comes after the air time, which counts 8 octets more', () => {
    const bench = rylr();
    bench.air.frameMs = 300;
    expect(bench.ask('AT+SEND=50,6,030500', 299)).toBe('');
    expect(bench.air.sent[0]?.overheadBytes).toBe(8);
    expect(bench.run(30).takeText()).toBe(OK);
  });

  test('line ends and commas in raw data are data', () => {
    const bench = rylr().ask('AT+SEND=9,6,a,\r\nbc', 500);
    expect(bench).toBe(OK);
    const other = rylr().type('AT+SEND=9,6,a,\r\nbc\r\n').run(500);
    expect(other.takeSent()).toEqual([['9', '612c0d0a6263']]);
  });

  test('declared too long or too short: length mismatch, and the next command works', () => {
    const bench = rylr();
    expect(bench.ask('AT+SEND=50,6,03050', 100)).toBe(vectorText('rylr-13'));
    expect(bench.ask('AT+SEND=50,6,0305000', 100)).toBe(vectorText('rylr-13'));
    expect(bench.ask('AT+SEND=50,abc', 100)).toBe(vectorText('rylr-13'));
    expect(bench.takeSent()).toEqual([]);
    expect(bench.ask('AT+SEND=50,6,030500', 100)).toBe(OK);
  });

  test('240 octets fit, more do not', () => {
    const bench = rylr();
    expect(bench.ask(`AT+SEND=50,240,${'5'.repeat(240)}`, 100)).toBe(OK);
    expect(bench.ask(`AT+SEND=50,242,${'5'.repeat(242)}`, 100)).toBe(vectorText('rylr-16'));
  });

  test('while it transmits: not completed', () => {
    const bench = rylr();
    bench.air.frameMs = 1000;
    bench.ask('AT+SEND=50,2,ab');
    expect(bench.ask('AT+SEND=50,2,ab')).toBe(vectorText('rylr-17'));
    expect(bench.run(1000).takeText()).toBe(OK);
    bench.modem.faults.busy = true;
    expect(bench.ask('AT+SEND=50,2,ab')).toBe(vectorText('rylr-17'));
  });
});

describe('commands', () => {
  test('settings are set and asked for', () => {
    const bench = rylr();
    expect(bench.ask('AT')).toBe(OK);
    expect(bench.ask('AT+ADDRESS=50')).toBe(OK);
    expect(bench.ask('AT+ADDRESS?')).toBe('+ADDRESS=50\r\n');
    expect(bench.modem.address).toBe('50');
    expect(bench.ask('AT+BAND=868100000,M')).toBe(OK);
    expect(bench.ask('AT+VER?')).toMatch(/^\+VER=RYLR998/);
  });

  test('what is wrong has its code', () => {
    const bench = rylr();
    expect(bench.type('AT+ADDRESS?').run(100).takeText()).toBe(vectorText('rylr-11'));
    expect(bench.ask('HELLO')).toBe(error(2));
    expect(bench.ask('AT+HELLO=1')).toBe(vectorText('rylr-12'));
    expect(bench.ask('AT+HELLO')).toBe(vectorText('rylr-12'));
    expect(bench.ask('AT+HELLO?')).toBe(vectorText('rylr-12'));
    expect(bench.ask('AT+ADDRESS=65536')).toBe(error(15));
    expect(bench.ask('AT+NETWORKID=16')).toBe(error(15));
    expect(bench.ask('AT+PARAMETER=9,7,1,3')).toBe(error(18));
    expect(bench.ask('AT+MODE=2,10,10')).toBe(error(20));
  });

  test('spreading factors by bandwidth: SF12 needs RYLR896', () => {
    expect(rylr().ask('AT+PARAMETER=12,7,1,12')).toBe(error(15));
    expect(rylr().ask('AT+PARAMETER=11,9,1,12')).toBe(OK);
    expect(rylr({ model: 'RYLR896' }).ask('AT+PARAMETER=12,7,1,4')).toBe(OK);
  });

  test('a pause within a command ends it', () => {
    const bench = rylr().type('AT+ADD').run(30).type('RESS?\r\n').run(50);
    expect(bench.takeText()).toBe(error(1) + error(2));
  });

  test('a reset says +READY; radio parameters are lost, the address is not', () => {
    const bench = rylr();
    bench.ask('AT+ADDRESS=50');
    bench.ask('AT+PARAMETER=8,7,1,12');
    bench.modem.reset();
    expect(bench.run(400).takeText()).toBe(vectorText('rylr-10'));
    expect(bench.ask('AT+PARAMETER?')).toBe('+PARAMETER=9,7,1,12\r\n');
    expect(bench.ask('AT+ADDRESS?')).toBe('+ADDRESS=50\r\n');
    expect(bench.ask('AT+RESET', 400)).toBe('+RESET\r\n+READY\r\n');
    expect(bench.ask('AT+FACTORY')).toBe('+FACTORY\r\n');
    expect(bench.ask('AT+ADDRESS?')).toBe('+ADDRESS=0\r\n');
  });

  test('asleep it hears nothing', () => {
    const bench = rylr();
    bench.ask('AT+MODE=1');
    expect(bench.modem.isListening).toBe(false);
    bench.ask('AT+MODE=0');
    expect(bench.modem.isListening).toBe(true);
  });
});
