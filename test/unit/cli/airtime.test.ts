import { describe, expect, it } from 'vitest';
import { registerAirtime } from '../../../src/cli/airtime.js';
import { runCommand } from './test-terminal.js';

const airtime = (text: string) => runCommand(registerAirtime, ['airtime', ...text.split(' ')]);

async function json(text: string): Promise<Record<string, unknown>> {
  return JSON.parse((await airtime(`${text} --json`)).output) as Record<string, unknown>;
}

const FIELD = '--sf 9 --bw 125kHz --cr 4/5 --bytes 11';

describe('airtime', () => {
  it('tells the time on air, the band, and what the law allows', async () => {
    const { output, errors, exitCode } = await airtime(
      `${FIELD} --frequency 869.525MHz --region EU868`,
    );
    expect(output.split('\n').map((line) => line.replace(/ {2,}/g, ': '))).toEqual([
      'time on air: 144.384 ms (SF9, 125 kHz, 4/5)',
      'symbols: 12.25 of preamble and 23, each 4.096 ms',
      'low data rate: not optimized',
      'band: EU868 P, 869.400–869.650 MHz, up to 27 dBm ERP',
      'duty cycle: 10 %: 360 s of each hour',
      'an hour allows: 2493 of these, from one transmitter',
      '',
    ]);
    expect({ errors, exitCode }).toEqual({ errors: '', exitCode: 0 });
  });

  it('tells the same to programs', async () => {
    expect(await json(`${FIELD} --frequency 868.1MHz --region eu868 --power 17dBm`)).toEqual({
      timeOnAirMs: 144.384,
      symbols: { preamble: 12.25, payload: 23, ms: 4.096 },
      lowDataRateOptimize: false,
      band: { region: 'EU868', name: 'M', fromHz: 868_000_000, toHz: 868_600_000, maxErpDbm: 14 },
      dutyCycle: 0.01,
      allowedMsPerHour: 36_000,
      messagesPerHour: 249,
      warnings: [expect.stringContaining('17 dBm ERP; sub-band M allows 14 dBm')],
    });
  });

  it.each([
    ['--sf 7 --bytes 2', 30.976, 1162],
    ['--sf 12 --bytes 60 --cr 4/8 --preamble 12', 3940.352, 9],
    ['--sf 7 --bytes 200 --bw 500kHz', 79.424, 453],
    ['--sf 8 --bytes 20 --implicit-header --no-crc', 92.672, 388],
    ['--sf 12 --bytes 17', 1318.912, 27],
    ['--sf 12 --bytes 17 --low-data-rate off', 1155.072, 31],
    ['--sf 5 --chip sx126x --bytes 10', 12.096, 2976],
  ])('%s: %d ms, %d in an hour at one percent', async (options, timeOnAirMs, messagesPerHour) => {
    const answer = await json(`${options} --duty-cycle 1%`);
    expect(answer).toMatchObject({ timeOnAirMs, messagesPerHour, band: null, dutyCycle: 0.01 });
  });

  it('without a region takes that in which the frequency lies, as the configuration does', async () => {
    expect(await json(`${FIELD} --frequency 869.525MHz`)).toEqual(
      await json(`${FIELD} --frequency 869.525MHz --region EU868`),
    );
    expect((await airtime(`${FIELD} --frequency 868.65MHz`)).errors).toMatch(/keeps for alarms/);
    expect(await json(`${FIELD} --frequency 169.4MHz`)).toMatchObject({ band: null });
    expect(await json(`${FIELD} --frequency 869.525MHz --duty-cycle 1`)).toMatchObject({
      band: null,
      dutyCycle: 0.01,
    });
  });

  it('without a law tells the time alone', async () => {
    const { output } = await airtime(FIELD);
    expect(output).toContain('144.384 ms');
    expect(output).not.toMatch(/band|duty|hour/);
    expect(await json(FIELD)).toMatchObject({ band: null, dutyCycle: null, messagesPerHour: null });
  });

  it('warns of what is not legal', async () => {
    const { output, errors, exitCode } = await airtime(
      '--sf 10 --bytes 30 --frequency 915MHz --region US902 --power 20',
    );
    expect(output).toContain('duty cycle      no limit');
    expect(errors).toContain('warning: one channel of 125 kHz is not covered by 15.247');
    expect(errors).toContain('warning: a frame of 452.61 ms stays longer than the 400 ms');
    expect(exitCode).toBe(0);
    const strong = await airtime(
      `${FIELD} --frequency 869.525MHz --region EU868 --power 27 --antenna-gain 5dBi`,
    );
    expect(strong.errors).toContain('set the power to 24.15 dBm');
    const weak = await airtime(
      `${FIELD} --frequency 869.525MHz --region EU868 --power -5 --antenna-gain -2`,
    );
    expect(weak.errors).toBe('');
  });

  it('a frequency that the region does not have is a failure, with the reason', async () => {
    const { output, errors, exitCode } = await airtime(
      `${FIELD} --frequency 868.65MHz --region EU868`,
    );
    expect({ output, exitCode }).toEqual({ output: '', exitCode: 1 });
    expect(errors).toBe('868.650 MHz lies in 868.600–868.700 MHz, which EU868 keeps for alarms\n');
  });

  it.each([
    [`${FIELD} --region EU868`, 'add --frequency'],
    [`${FIELD} --region EU868 --frequency 868.1MHz --duty-cycle 1`, 'leave out --duty-cycle'],
    [`${FIELD} --sf 6`, 'an sx127x radio needs the implicit header'],
    [`${FIELD} --sf 5`, 'an sx127x radio has 6 to 12'],
    [`${FIELD} --bw 126kHz`, 'LoRa radios have'],
  ])('%s is wrong usage', async (options, words) => {
    const { errors, exitCode } = await airtime(options);
    expect(exitCode).toBe(64);
    expect(errors).toContain(words);
  });

  it.each([
    [`${FIELD} --frequency 869.525`, 'with its unit, such as 869.525MHz'],
    [`${FIELD} --bw 125`, 'with its unit, such as 125kHz'],
    [`${FIELD} --bw wide`, 'with its unit'],
    [`${FIELD} --region EU688`, 'Did you mean EU868?'],
    [`${FIELD} --region Mars`, 'one of EU868, EU433, US902; elsewhere use --duty-cycle'],
    [`${FIELD} --cr 5`, '4/5, 4/6, 4/7 or 4/8'],
    [`${FIELD} --chip rfm95`, 'sx127x or sx126x'],
    [`${FIELD} --low-data-rate maybe`, 'on, off or auto'],
    [`${FIELD} --duty-cycle 0%`, 'percentage above 0'],
    [`${FIELD} --power much`, 'from -60 to 60'],
    [`${FIELD} --sf 13`, 'from 5 to 12'],
    [`${FIELD} --bytes 256`, 'from 0 to 255'],
    ['--sf 9', "required option '--bytes"],
  ])('%s is explained', async (options, words) => {
    const { errors, exitCode } = await airtime(options);
    expect(exitCode).not.toBe(0);
    expect(errors).toContain(words);
  });

  it.each([['0.869525GHz'], ['869525000'], ['869525khz']])(
    'a frequency may be written as %s',
    async (text) => {
      expect(await json(`${FIELD} --region EU868 --frequency ${text}`)).toMatchObject({
        dutyCycle: 0.1,
      });
    },
  );
});
