/** `airtime`: how long a LoRa frame is on the air, and how many of them the law allows in an hour. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../config/nearest.js';
import { HOUR_MS } from '../radio/limits.js';
import {
  LORA_BYTES_MAX,
  loraProblems,
  type LoraSettings,
  loraSymbolMs,
  loraSymbols,
  loraTimeOnAirMs,
} from '../radio/lora.js';
import {
  adviceOn,
  type Band,
  bandOf,
  freePlan,
  type Plan,
  planAround,
  PLANS,
  rangeText,
} from '../radio/plans.js';
import { wholeNumber } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { usageError } from './session.js';
import { processTerminal, type Terminal } from './terminal.js';

interface AirtimeOptions {
  sf: number;
  bw: number;
  cr: LoraSettings['codingRate'];
  bytes: number;
  preamble: number;
  implicitHeader?: true;
  crc: boolean;
  chip: LoraSettings['chip'];
  lowDataRate: LoraSettings['lowDataRateOptimize'];
  frequency?: number;
  region?: Plan;
  dutyCycle?: number;
  power?: number;
  antennaGain?: number;
  json?: true;
}

/** Beyond what a LoRa radio can do, so that a forgotten unit is noticed. */
const FREQUENCY_MIN_HZ = 100e6;
const FREQUENCY_MAX_HZ = 3000e6;
/** Likewise. */
const BANDWIDTH_MIN_HZ = 1000;
const BANDWIDTH_MAX_HZ = 2e6;
/** Powers and gains that a person may mean. */
const DECIBELS_MAX = 60;

export function registerAirtime(program: Command, terminal: Terminal = processTerminal): void {
  program
    .command('airtime')
    .description('tell how long a LoRa frame is on the air, and how many an hour the law allows')
    .requiredOption('--sf <factor>', 'spreading factor: 5 to 12', wholeNumber(5, 12))
    .requiredOption(
      '--bytes <count>',
      'what the radio sends: the message, and headers of link and modem',
      wholeNumber(0, LORA_BYTES_MAX),
    )
    .addOption(
      new Option('--bw <bandwidth>', 'bandwidth, with its unit')
        .argParser(bandwidth)
        .default(125_000, '125kHz'),
    )
    .addOption(
      new Option('--cr <rate>', 'coding rate: 4/5 to 4/8').argParser(codingRate).default(5, '4/5'),
    )
    .option('--preamble <symbols>', 'length of the preamble', wholeNumber(1, 0xffff), 8)
    .option('--implicit-header', 'without a header')
    .option('--no-crc', 'without a check sum of the payload')
    .option('--chip <family>', 'sx127x, or sx126x (also LLCC68, STM32WL)', chip, 'sx127x')
    .option('--low-data-rate <mode>', 'optimization: on, off or auto', lowDataRate, 'auto')
    .option('--frequency <frequency>', 'centre of the channel, such as 869.525MHz', frequency)
    .option(
      '--region <name>',
      `whose law: ${Object.keys(PLANS).join(', ')} (default: around the frequency)`,
      region,
    )
    .option('--duty-cycle <percent>', 'where there is no such region: share of each hour', percent)
    .option('--power <dBm>', 'at the antenna connector', decibels)
    .option('--antenna-gain <dBi>', 'of the antenna (default: 2.15, a dipole)', decibels)
    .option('--json', 'print one JSON object')
    .action((options: AirtimeOptions, command: Command) => {
      terminal.exitWith(run(options, command, terminal));
    });
}

function run(options: AirtimeOptions, command: Command, terminal: Terminal): number {
  const settings = settingsOf(options);
  const problems = loraProblems(settings);
  if (problems.length > 0) usageError(command, problems.join('; '));
  const law = lawOf(options, command);
  if (law?.problem !== undefined) {
    terminal.err(law.problem);
    return EXIT.failed;
  }
  const answer = answerOf(settings, options, law?.plan, law?.band);
  terminal.out(options.json ? `${JSON.stringify(answer)}\n` : textOf(settings, answer));
  if (!options.json) for (const warning of answer.warnings) terminal.err(`warning: ${warning}`);
  return EXIT.ok;
}

function settingsOf(options: AirtimeOptions): LoraSettings {
  return {
    // The time on air is the same on every frequency.
    frequencyHz: options.frequency ?? 0,
    spreadingFactor: options.sf,
    bandwidthHz: options.bw,
    codingRate: options.cr,
    preambleSymbols: options.preamble,
    explicitHeader: !options.implicitHeader,
    crc: options.crc,
    lowDataRateOptimize: options.lowDataRate,
    chip: options.chip,
  };
}

type Law = { plan: Plan; band: Band; problem?: never } | { plan?: never; problem: string };

/** undefined: nobody asked for a law, or none is known at that frequency. */
function lawOf(
  { region: plan, dutyCycle, frequency: hz, bw }: AirtimeOptions,
  command: Command,
): Law | undefined {
  if (plan !== undefined && dutyCycle !== undefined) {
    usageError(command, '--region has its own duty cycle: leave out --duty-cycle');
  }
  if (plan !== undefined && hz === undefined) {
    usageError(command, 'what a region allows depends on the frequency: add --frequency');
  }
  const used = plan ?? (dutyCycle === undefined ? planAround(hz ?? 0) : freePlan(dutyCycle));
  if (used === undefined) return undefined;
  // A duty cycle of one's own counts on every frequency.
  const { band, problem } = bandOf(used, hz ?? FREQUENCY_MIN_HZ, bw);
  return band === undefined ? { problem } : { plan: used, band };
}

/** What `--json` prints. Numbers that do not exist are null. */
interface Answer {
  timeOnAirMs: number;
  symbols: { preamble: number; payload: number; ms: number };
  lowDataRateOptimize: boolean;
  band: {
    region: string;
    name: string;
    fromHz: number;
    toHz: number;
    maxErpDbm: number | null;
  } | null;
  dutyCycle: number | null;
  allowedMsPerHour: number | null;
  messagesPerHour: number | null;
  warnings: string[];
}

function answerOf(
  settings: LoraSettings,
  { bytes, power, antennaGain }: AirtimeOptions,
  plan: Plan | undefined,
  band: Band | undefined,
): Answer {
  const timeOnAirMs = loraTimeOnAirMs(settings, bytes);
  const { preamble, payload, lowDataRateOptimize } = loraSymbols(settings, bytes);
  const dutyCycle = band?.dutyCycle ?? null;
  const allowedMs = dutyCycle === null ? null : dutyCycle * HOUR_MS;
  return {
    timeOnAirMs,
    symbols: { preamble, payload, ms: loraSymbolMs(settings) },
    lowDataRateOptimize,
    band: plan && band && plan.name !== 'free' ? { region: plan.name, ...limitsOf(band) } : null,
    dutyCycle,
    allowedMsPerHour: allowedMs,
    messagesPerHour: allowedMs === null ? null : Math.floor(allowedMs / timeOnAirMs),
    warnings:
      plan && band
        ? adviceOn(plan, band, {
            bandwidthHz: settings.bandwidthHz,
            longestFrameMs: timeOnAirMs,
            ...(power !== undefined && { powerDbm: power }),
            ...(antennaGain !== undefined && { antennaGainDbi: antennaGain }),
          })
        : [],
  };
}

const limitsOf = ({ name, fromHz, toHz, maxErpDbm }: Band) => ({ name, fromHz, toHz, maxErpDbm });

function textOf(
  { bandwidthHz, codingRate, spreadingFactor }: LoraSettings,
  answer: Answer,
): string {
  const { symbols, band, dutyCycle, allowedMsPerHour, messagesPerHour } = answer;
  const lines: [string, string][] = [
    [
      'time on air',
      `${decimal(answer.timeOnAirMs)} ms (SF${spreadingFactor}, ${bandwidthHz / 1000} kHz, 4/${codingRate})`,
    ],
    [
      'symbols',
      `${symbols.preamble} of preamble and ${symbols.payload}, each ${decimal(symbols.ms)} ms`,
    ],
    ['low data rate', answer.lowDataRateOptimize ? 'optimized' : 'not optimized'],
  ];
  if (band !== null) lines.push(['band', bandText(band)]);
  if (allowedMsPerHour !== null && dutyCycle !== null) {
    lines.push(
      [
        'duty cycle',
        `${decimal(dutyCycle * 100)} %: ${decimal(allowedMsPerHour / 1000)} s of each hour`,
      ],
      ['an hour allows', `${messagesPerHour} of these, from one transmitter`],
    );
  } else if (band !== null) lines.push(['duty cycle', 'no limit']);
  return lines.map(([name, text]) => `${name.padEnd(16)}${text}\n`).join('');
}

function bandText({ region: name, maxErpDbm, ...band }: NonNullable<Answer['band']>): string {
  const power = maxErpDbm === null ? '' : `, up to ${maxErpDbm} dBm ERP`;
  return `${name} ${band.name}, ${rangeText(band)}${power}`;
}

/** Microseconds are the last digits that count. */
const decimal = (value: number): string => `${Number(value.toFixed(3))}`;

const UNITS_HZ: Readonly<Record<string, number>> = { hz: 1, khz: 1e3, mhz: 1e6, ghz: 1e9 };

/** Of `869.525MHz` or `125 kHz`, or of a number of hertz; NaN when it is neither. */
function hertz(text: string): number {
  const [, digits, unit = 'Hz'] = /^(\d+(?:\.\d+)?) ?([kMG]?Hz)?$/i.exec(text.trim()) ?? [];
  const hz = Number(digits) * (UNITS_HZ[unit.toLowerCase()] ?? Number.NaN);
  // The narrowest bandwidth has half a hertz.
  return Math.round(hz * 10) / 10;
}

function frequency(text: string): number {
  const hz = hertz(text);
  if (hz >= FREQUENCY_MIN_HZ && hz <= FREQUENCY_MAX_HZ) return hz;
  throw new InvalidArgumentError('It is a frequency with its unit, such as 869.525MHz.');
}

function bandwidth(text: string): number {
  const hz = hertz(text);
  if (hz >= BANDWIDTH_MIN_HZ && hz <= BANDWIDTH_MAX_HZ) return hz;
  throw new InvalidArgumentError('It is a bandwidth with its unit, such as 125kHz.');
}

function codingRate(text: string): LoraSettings['codingRate'] {
  switch (text) {
    case '4/5':
      return 5;
    case '4/6':
      return 6;
    case '4/7':
      return 7;
    case '4/8':
      return 8;
    default:
      throw new InvalidArgumentError('It is 4/5, 4/6, 4/7 or 4/8.');
  }
}

function chip(text: string): LoraSettings['chip'] {
  if (text === 'sx127x' || text === 'sx126x') return text;
  throw new InvalidArgumentError('It is sx127x or sx126x.');
}

function lowDataRate(text: string): LoraSettings['lowDataRateOptimize'] {
  if (text === 'auto') return text;
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('It is on, off or auto.');
}

function region(text: string): Plan {
  const plan = Object.values(PLANS).find(({ name }) => name === text.toUpperCase());
  if (plan !== undefined) return plan;
  const meant = nearest(text, Object.keys(PLANS));
  throw new InvalidArgumentError(
    meant === undefined
      ? `It is one of ${Object.keys(PLANS).join(', ')}; elsewhere use --duty-cycle.`
      : `Did you mean ${meant}?`,
  );
}

function percent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?) ?%?$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (value > 0 && value <= 100) return value / 100;
  throw new InvalidArgumentError('It is a percentage above 0, such as 1%.');
}

function decibels(text: string): number {
  const [, digits] = /^([+-]?\d+(?:\.\d+)?) ?(?:dBm|dBi)?$/i.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (Math.abs(value) <= DECIBELS_MAX) return value;
  throw new InvalidArgumentError(`It is a number from -${DECIBELS_MAX} to ${DECIBELS_MAX}.`);
}
