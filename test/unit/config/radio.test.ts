import { describe, expect, it } from 'vitest';
import { formatError } from '../../../src/config/errors.js';
import {
  modemSettings,
  modemText,
  radioUse,
  turnaroundMs,
} from '../../../src/config/serial-link.js';
import { MODEM_NAMES, type ModemName } from '../../../src/modems/registry.js';
import { fileOf, linkOf, mistake, NEEDS } from './serial.js';
import { errorsOf, parse } from './support.js';

describe('the radio', () => {
  it.each(['rn2483', 'rui3', 'rylr', 'loralink', 'ebyte-transparent', 'ebyte-fixed'] as const)(
    'of %s has to be told, or it could not be paced',
    (modem) => {
      const needs = NEEDS[modem].replace(/(, )?radio: .*$/, '');
      expect(mistake(modem, '', needs)).toMatch(
        /^radio: is missing: without frequency and .* cannot be paced/,
      );
    },
  );

  it.each([
    [
      'rn2483',
      '{ spreading_factor: 9 }',
      'frequency: is missing: without it the modem cannot be paced, because the law goes by the frequency',
    ],
    [
      'rn2483',
      '{ spreading_factor: 9, region: free }',
      'frequency: is missing: without it the modem cannot be paced, because the law goes by the frequency',
    ],
    [
      'rn2483',
      '{ frequency: 868.1MHz }',
      ': needs spreading_factor: without it nobody knows how long a message is on the air, so modem rn2483 cannot be paced',
    ],
    [
      'rn2483',
      '{ frequency: 868.1MHz, spreading_factor: 9, bitrate: 1000 }',
      'bitrate: has no effect with modem rn2483, which goes by spreading_factor; remove it',
    ],
    [
      'rn2483',
      '{ frequency: 868.65MHz, spreading_factor: 9 }',
      'frequency: is not legal: 868.650 MHz lies in 868.600–868.700 MHz, which EU868 keeps for alarms',
    ],
    [
      'rn2483',
      '{ frequency: 868.59MHz, spreading_factor: 9 }',
      'frequency: is not legal: 868.590 MHz with 125 kHz leaves sub-band M (868.000–868.600 MHz); the nearest frequency within is 868.5375 MHz',
    ],
    [
      'rn2483',
      '{ frequency: 915MHz, spreading_factor: 9, region: EU868 }',
      'frequency: is not legal: 915.000 MHz is outside of EU868, which is 863.000–870.000 MHz',
    ],
    [
      'rn2483',
      '{ frequency: 490MHz, spreading_factor: 9 }',
      'frequency: is in no region that we know: set region: free, and duty_cycle to what the law allows there',
    ],
    [
      'rn2483',
      '{ frequency: 868.1, spreading_factor: 9 }',
      'frequency: must be a frequency from 100MHz to 3GHz, with its unit (869.525MHz, 125kHz), not 868.1',
    ],
    [
      'rn2483',
      '{ frequency: 868.1MHz, spreading_factor: 9, duty_cycle: 1% }',
      'duty_cycle: has no effect in EU868, which has duty cycles of its own: set region: free, or remove it',
    ],
    [
      'rn2483',
      '{ frequency: 868.1MHz, spreading_factor: 5 }',
      'spreading_factor: is not possible: spreading factor 5: an sx127x radio has 6 to 12',
    ],
    [
      'rn2483',
      '{ frequency: 868.1MHz, spreading_factor: 9, bandwidth: 100kHz }',
      'bandwidth: is not possible: bandwidth 100 kHz: LoRa radios have 7.8125, 10.417, 15.625, 20.833, 31.25, 41.667, 62.5, 125, 250, 500 kHz',
    ],
    [
      'rylr',
      '{ frequency: 868.1MHz, spreading_factor: 9, sync_word: 0x12 }',
      'sync_word: has no effect with modem rylr, whose networks go by rylr.network_id; remove it',
    ],
    [
      'xbee',
      '{ frequency: 868.1MHz }',
      ': needs bitrate or bytes_per_second: without it nobody knows how long a message is on the air, so modem xbee cannot be paced',
    ],
    [
      'raw',
      '{ frequency: 433.5MHz }',
      ': needs spreading_factor or bitrate or bytes_per_second: without it nobody knows how long a message is on the air, so modem raw cannot be paced',
    ],
    [
      'raw',
      '{ bitrate: 5000 }',
      'frequency: is missing: without it the modem cannot be paced, because the law goes by the frequency; or set region: free',
    ],
    [
      'raw',
      '{ frequency: 433.5MHz, bitrate: 5000, bytes_per_second: 60 }',
      'bytes_per_second: excludes bitrate: give only one of the two',
    ],
    [
      'raw',
      '{ frequency: 433.5MHz, bitrate: 5000, coding_rate: 4/5 }',
      'coding_rate: has no effect without spreading_factor; remove it',
    ],
    [
      'raw',
      '{ region: free, bitrate: 5000, duty_cycle: 0 }',
      'duty_cycle: must be a percentage above 0% and up to 100% (1%, 0.1%), or a number up to 1, not 0',
    ],
    [
      'raw',
      '{ region: free, bitrate: 5000, duty_cycle: 101% }',
      'duty_cycle: must be a percentage above 0% and up to 100% (1%, 0.1%), or a number up to 1',
    ],
    [
      'ebyte-transparent',
      '{ frequency: 869.525MHz, bitrate: 2400 }',
      ': needs spreading_factor or bytes_per_second: without it nobody knows how long a message is on the air, so modem ebyte-transparent cannot be paced',
    ],
  ])('of %s cannot be %s', (modem, radio, expected) => {
    const needs = (NEEDS[modem as ModemName] ?? '').replace(/(, )?radio: .*$/, '');
    const errors = errorsOf(fileOf(modem, `radio: ${radio}`, needs)).map((error) =>
      error.replace(/^.*?: links\[0\]\.radio\.?/, ''),
    );
    expect(errors).toContain(expected);
  });

  it.each([
    ['868.1MHz', 0.01],
    ['869.525MHz', 0.1],
    ['868.8MHz', 0.001],
    ['433.5MHz', 0.1],
    ['915MHz', null],
    [868_100_000, 0.01],
  ])('at %s may send for a share of %s of the hour', (frequency, dutyCycle) => {
    const radio = `radio: { frequency: ${frequency}, spreading_factor: 9 }`;
    expect(radioUse(linkOf('rn2483', radio, 'addressing: fe')).dutyCycle).toBe(dutyCycle);
  });

  it('under another law has the duty cycle that the file says', () => {
    const of = (keys: string) =>
      radioUse(
        linkOf(
          'rylr',
          `radio: { frequency: 490MHz, spreading_factor: 9, region: free${keys} }`,
          '',
        ),
      ).dutyCycle;
    expect([of(''), of(', duty_cycle: 2.5%'), of(', duty_cycle: 0.5')]).toEqual([null, 0.025, 0.5]);
  });

  it('of LoRa is all that the driver sets and the air time depends on', () => {
    const radio =
      'radio: { frequency: 868.3MHz, spreading_factor: 10, bandwidth: 250kHz, coding_rate: 4/8, preamble: 12, sync_word: 0x34, power: 14 }';
    const link = linkOf('rn2483', `${radio}, rn2483: { query_signal: true }`, 'addressing: none');
    const settings = {
      frequencyHz: 868_300_000,
      spreadingFactor: 10,
      bandwidthHz: 250_000,
      codingRate: 8,
      preambleSymbols: 12,
      explicitHeader: true,
      crc: true,
      powerDbm: 14,
      syncWord: 0x34,
      lowDataRateOptimize: 'auto',
      chip: 'sx127x',
    };
    expect(radioUse(link).air).toEqual({ kind: 'lora', settings });
    expect(modemSettings(link)).toEqual({
      modem: 'rn2483',
      lora: settings,
      addressing: { kind: 'none' },
      querySignal: true,
    });
    expect(modemText(link)).toBe('rn2483 868.3 MHz SF10');
  });

  it.each([
    ['xbee', '', { kind: 'ieee802154', addressing: 'long' }],
    ['aquila', '', { kind: 'ieee802154', addressing: 'short' }],
    ['aquila', 'radio: { region: free }', { kind: 'ieee802154', addressing: 'short' }],
    [
      'aquila',
      'radio: { frequency: 868.3MHz, bitrate: 55555 }',
      { kind: 'fsk', bitrateBps: 55_555, overheadBytes: 16 },
    ],
    ['slip', '', { kind: 'rate', bytesPerSecond: Number.POSITIVE_INFINITY, overheadMs: 0 }],
    [
      'slip',
      'radio: { region: free, bytes_per_second: 600 }',
      { kind: 'rate', bytesPerSecond: 600, overheadMs: 100 },
    ],
  ] as const)('of %s with "%s" is %o', (modem, keys, air) => {
    expect(radioUse(linkOf(modem, keys)).air).toEqual(air);
  });

  it('gives devices time to turn around, a wire none', () => {
    expect(turnaroundMs(linkOf('rn2483'))).toBe(50);
    expect(turnaroundMs(linkOf('slip'))).toBe(0);
    expect(turnaroundMs(linkOf('slip', 'radio: { region: free, bitrate: 5000 }'))).toBe(50);
    expect(turnaroundMs(linkOf('rn2483', 'turnaround: 1s'))).toBe(1000);
  });
});

describe('a warning', () => {
  const warnings = (text: string): string[] => (parse(text).warnings ?? []).map(formatError);

  it('is nothing that a usual file has', () => {
    expect(warnings('')).toEqual([]);
    for (const modem of MODEM_NAMES.filter((name) => name !== 'aquila')) {
      expect(warnings(fileOf(modem))).toEqual([]);
    }
  });

  it('tells of too much power, with its place', () => {
    const radio = 'addressing: fe, radio: { frequency: 868.1MHz, spreading_factor: 9, power: 20 }';
    expect(warnings(fileOf('rn2483', '', radio))).toEqual([
      expect.stringMatching(
        /^gw\.yaml:1:\d+: links\[0\]\.radio: 20 dBm .* set the power to 14 dBm$/,
      ),
    ]);
  });

  it('tells of a narrow channel in the United States', () => {
    const radio = 'addressing: fe, radio: { frequency: 915MHz, spreading_factor: 7 }';
    expect(warnings(fileOf('rn2483', '', radio)).join()).toContain('use a bandwidth of 500 kHz');
    const wide = radio.replace('7 }', '7, bandwidth: 500kHz }');
    expect(warnings(fileOf('rn2483', '', wide))).toEqual([]);
  });

  it('tells what the radio of aquila is taken for', () => {
    expect(warnings(fileOf('aquila'))).toEqual([
      expect.stringContaining('links[0]: has no radio, so the radio is taken for one of 2.4 GHz'),
    ]);
    expect(warnings(fileOf('aquila', 'radio: { region: free }'))).toEqual([]);
  });

  it('tells that air time is forgotten without a store, where there is a limit to it', () => {
    const text = `store: { path: memory }\n${fileOf('rn2483')}`;
    expect(warnings(text)).toEqual([
      expect.stringMatching(
        /^gw\.yaml:1:16: store\.path: is memory, so nobody knows .* on link a:/,
      ),
    ]);
    expect(warnings(`store: { path: memory }\n${fileOf('slip')}`)).toEqual([]);
  });
});
