import { describe, expect, it } from 'vitest';
import {
  configurationOf,
  noiseCommand,
  noiseDbm,
  parseAnswer,
  parseE32Answer,
  readCommand,
  readE32Command,
  setChannelCommand,
  writeCommand,
  writeE32Command,
} from '../../../src/modems/ebyte-registers.js';
import { fromHex, toHex, vectorsOf } from '../../support/modems/vectors.js';

const vectors = vectorsOf('ebyte-config').map(({ serialHex }) => serialHex ?? '');
const vector = (number: number): string => vectors[number - 1] ?? '';
const answer = (number: number) => parseAnswer(fromHex(vector(number)));
const E32 = { address: 0, sped: 0x1a, channel: 0x17, option: 0x44 };

describe('the registers of EBYTE modules', () => {
  it('commands are those of the manuals', () => {
    expect(toHex(readCommand('e22'))).toBe(vector(1));
    expect(toHex(readCommand('e220'))).toBe('c10008');
    expect(toHex(writeCommand(0, fromHex('12340061'), true))).toBe(vector(3));
    expect(toHex(setChannelCommand('e22', 9, true))).toBe(vector(5));
    expect(toHex(setChannelCommand('e22', 9, false))).toBe(vector(7));
    expect(toHex(setChannelCommand('e220', 9, true))).toBe('c0040109');
    expect(toHex(readE32Command())).toBe(vector(9));
    expect(toHex(writeE32Command(E32, true))).toBe(vector(11));
    expect(toHex(writeE32Command(E32, false))).toBe('c200001a1744');
    expect(toHex(noiseCommand())).toBe(vector(12));
  });

  it('answers are recognised', () => {
    expect(answer(4)).toEqual({ kind: 'registers', start: 0, values: fromHex('12340061') });
    expect(answer(6)).toEqual({ kind: 'registers', start: 5, values: fromHex('09') });
    expect(answer(8)).toEqual({ kind: 'refused' });
    expect(parseE32Answer(fromHex(vector(10)))).toEqual(E32);
    const noise = answer(13);
    expect(noise && noiseDbm(noise)).toBe(-98);
    expect(noiseDbm({ kind: 'refused' })).toBeUndefined();
    expect(noiseDbm({ kind: 'registers', start: 0, values: new Uint8Array() })).toBeUndefined();
  });

  it('what is cut, too long or something else is no answer', () => {
    for (const hex of [
      '',
      'ff',
      'ffff',
      'ffffffff',
      'c100',
      'c10000',
      'c1000412',
      'c100010203',
      '0b0c0000',
    ]) {
      expect(parseAnswer(fromHex(hex)), hex).toBeUndefined();
      expect(parseE32Answer(fromHex(hex)), hex).toBeUndefined();
    }
  });

  it('the settings of an E22 from the factory', () => {
    const registers = answer(2);
    expect(registers?.kind === 'registers' && configurationOf('e22', registers.values)).toEqual({
      address: 0,
      netId: 0,
      baudRate: 9600,
      airRateCode: 2,
      subPacketBytes: 240,
      noiseRssi: false,
      channel: 0,
      rssiOctet: false,
      fixedTransmission: false,
      listenBeforeTalk: false,
    });
  });

  it('an E220 has everything behind NETID one lower', () => {
    expect(configurationOf('e220', fromHex('1234e4e012d00000'))).toEqual({
      address: 0x1234,
      baudRate: 115_200,
      airRateCode: 4,
      subPacketBytes: 32,
      noiseRssi: true,
      channel: 0x12,
      rssiOctet: true,
      fixedTransmission: true,
      listenBeforeTalk: true,
    });
  });

  it('too few registers say nothing', () => {
    expect(configurationOf('e22', fromHex('000000620003'))).toBeUndefined();
  });
});
