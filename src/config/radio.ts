/** What the keys of `radio` mean together: how long a message is on the air, and what the law allows. */
import type { ModemName } from '../modems/registry.js';
import { type AirInterface, airTimeMs } from '../radio/air.js';
import { loraProblems, type LoraSettings } from '../radio/lora.js';
import {
  adviceOn,
  type Band,
  bandOf,
  freePlan,
  type Plan,
  planAround,
  PLANS,
} from '../radio/plans.js';
import type { RadioConfig } from './link-schema.js';
import { type RadioForm, traitsOf } from './modem-traits.js';

export interface RadioUse {
  air: AirInterface;
  /** Share of any hour that the law allows; null: no limit. */
  dutyCycle: number | null;
  /** What may not be legal, in sentences. */
  advice: readonly string[];
}

export interface RadioProblem {
  /** Below `radio`. */
  path: readonly (keyof RadioConfig)[];
  message: string;
}

type Judged = { use: RadioUse; problems?: never } | { use?: never; problems: RadioProblem[] };

const FORMS = ['spreading_factor', 'bitrate', 'bytes_per_second'] as const satisfies RadioForm[];

/** Without another length of the channel LoRa radios use so many symbols. */
const PREAMBLE = 8;
/** RYLR998 takes no other in the networks 3 to 15. */
const RYLR_PREAMBLE = 12;

/** Preamble, sync word, header and check sum of the usual FSK chips, and some more. */
const FSK_OVERHEAD_BYTES = 16;

/** What each packet of an unknown radio costs beside its octets: its preamble and its header, rather too much. */
const RATE_OVERHEAD_MS = 100;

/** Chips that know the spreading factors 5 and 6 with a header. */
const SX126X_MODEMS: readonly ModemName[] = ['rui3', 'rylr', 'ebyte-transparent', 'ebyte-fixed'];

/** Modems that can be told what frames begin with. */
const SYNC_WORD_MODEMS: readonly ModemName[] = ['rn2483', 'rui3'];

const AQUILA_ADVICE =
  'has no radio, so the radio is taken for one of 2.4 GHz, which has no duty cycle: for RFM69 set radio.frequency and radio.bitrate, else `radio: { region: free }`';

/** @param longestBytes of a message, for what the law says of long ones */
export function judgeRadio(
  modem: ModemName,
  radio: RadioConfig | undefined,
  longestBytes: number,
): Judged {
  const { air: usual, forms, setsRadio } = traitsOf(modem);
  if (radio === undefined) {
    if (usual === undefined) return { problems: [missingRadio(modem)] };
    const advice = modem === 'aquila' ? [AQUILA_ADVICE] : [];
    return { use: { air: usual, dutyCycle: null, advice } };
  }
  const form = forms.find((key) => radio[key] !== undefined);
  const isUsual = form === undefined && usual !== undefined && usual.kind !== 'rate';
  const isNowhere = isUsual && radio.frequency === undefined;
  const law = isNowhere
    ? { band: freeBand(radio), plan: freePlan(null), problems: [] }
    : lawOf(radio, setsRadio);
  const problems = [
    ...(isNowhere || form !== undefined ? [] : [missingForm(modem)]),
    ...uselessKeys(modem, radio),
    ...law.problems,
    ...(form === 'spreading_factor' ? loraFaults(modem, radio) : []),
  ];
  const air = form === undefined ? usual : airOf(form, modem, radio);
  if (problems.length > 0 || air === undefined || law.band === undefined) return { problems };
  const advice = adviceOn(law.plan, law.band, {
    bandwidthHz: radio.bandwidth,
    longestFrameMs: airTimeMs(air, longestBytes),
    ...(radio.power === undefined ? {} : { powerDbm: radio.power }),
  });
  return { use: { air, dutyCycle: law.band.dutyCycle, advice } };
}

/** Of a radio that is in order. */
export function loraSettings(modem: ModemName, radio: RadioConfig): LoraSettings {
  const { frequency, spreading_factor, sync_word, power } = radio;
  return {
    // Where the law is free a radio that is not ours to set may be anywhere.
    frequencyHz: frequency ?? 0,
    spreadingFactor: spreading_factor ?? 0,
    bandwidthHz: radio.bandwidth,
    codingRate: radio.coding_rate ?? 5,
    preambleSymbols: radio.preamble ?? (modem === 'rylr' ? RYLR_PREAMBLE : PREAMBLE),
    explicitHeader: true,
    crc: true,
    lowDataRateOptimize: 'auto',
    chip: SX126X_MODEMS.includes(modem) ? 'sx126x' : 'sx127x',
    ...(power === undefined ? {} : { powerDbm: power }),
    ...(sync_word === undefined ? {} : { syncWord: sync_word }),
  };
}

function airOf(form: RadioForm, modem: ModemName, radio: RadioConfig): AirInterface {
  switch (form) {
    case 'spreading_factor':
      return { kind: 'lora', settings: loraSettings(modem, radio) };
    case 'bitrate':
      return { kind: 'fsk', bitrateBps: radio.bitrate ?? 0, overheadBytes: FSK_OVERHEAD_BYTES };
    case 'bytes_per_second': {
      const bytesPerSecond = radio.bytes_per_second ?? 0;
      return { kind: 'rate', bytesPerSecond, overheadMs: RATE_OVERHEAD_MS };
    }
    default:
      return form satisfies never;
  }
}

const missingRadio = (modem: ModemName): RadioProblem => ({
  path: [],
  message: `is missing: without frequency and ${traitsOf(modem).forms.join(' or ')} modem ${modem} cannot be paced, because nobody knows how long a message is on the air and how much the law allows`,
});

const missingForm = (modem: ModemName): RadioProblem => ({
  path: [],
  message: `needs ${traitsOf(modem).forms.join(' or ')}: without it nobody knows how long a message is on the air, so modem ${modem} cannot be paced`,
});

/** A key that does nothing misleads. */
function uselessKeys(modem: ModemName, radio: RadioConfig): RadioProblem[] {
  const { forms } = traitsOf(modem);
  const given = FORMS.filter((key) => radio[key] !== undefined);
  const [first, ...others] = given.filter((key) => forms.includes(key));
  const useless = (key: keyof RadioConfig, why: string): RadioProblem[] =>
    radio[key] === undefined ? [] : [{ path: [key], message: `has no effect ${why}; remove it` }];
  const isLora = radio.spreading_factor !== undefined && forms.includes('spreading_factor');
  const noLora = isLora ? [] : (['coding_rate', 'preamble'] as const);
  const networks = modem === 'rylr' ? ', whose networks go by rylr.network_id' : '';
  return [
    ...given
      .filter((key) => !forms.includes(key))
      .flatMap((key) => useless(key, `with modem ${modem}, which goes by ${forms.join(' or ')}`)),
    ...others.map((key) => ({
      path: [key],
      message: `excludes ${first}: give only one of the two`,
    })),
    ...noLora.flatMap((key) => useless(key, 'without spreading_factor')),
    ...(SYNC_WORD_MODEMS.includes(modem)
      ? []
      : useless('sync_word', `with modem ${modem}${networks}`)),
  ];
}

type Law =
  | { plan: Plan; band: Band | undefined; problems: RadioProblem[] }
  | { plan?: never; band?: never; problems: RadioProblem[] };

function lawOf(radio: RadioConfig, setsRadio: boolean): Law {
  const { frequency, region, duty_cycle, bandwidth } = radio;
  const fault = (key: keyof RadioConfig, message: string): Law => ({
    problems: [{ path: [key], message }],
  });
  const isFree = region === 'free';
  if (frequency === undefined && (setsRadio || !isFree)) {
    const otherwise = setsRadio ? '' : '; or set region: free';
    return fault(
      'frequency',
      `is missing: without it the modem cannot be paced, because the law goes by the frequency${otherwise}`,
    );
  }
  if (isFree) return { plan: freePlan(null), band: freeBand(radio), problems: [] };
  const plan = region === undefined ? planAround(frequency ?? 0) : PLANS[region];
  if (plan === undefined) {
    return fault(
      'frequency',
      'is in no region that we know: set region: free, and duty_cycle to what the law allows there',
    );
  }
  const { band, problem } = bandOf(plan, frequency ?? 0, bandwidth);
  const problems: RadioProblem[] = [];
  if (problem !== undefined)
    problems.push({ path: ['frequency'], message: `is not legal: ${problem}` });
  if (duty_cycle !== undefined) {
    const message = `has no effect in ${plan.name}, which has duty cycles of its own: set region: free, or remove it`;
    problems.push({ path: ['duty_cycle'], message });
  }
  return { plan, band, problems };
}

/** Everywhere, with the duty cycle that the operator knows. */
const freeBand = ({ duty_cycle }: RadioConfig): Band | undefined =>
  freePlan(duty_cycle ?? null).bands[0];

function loraFaults(modem: ModemName, radio: RadioConfig): RadioProblem[] {
  return loraProblems(loraSettings(modem, radio)).map((problem) => {
    const key = (['bandwidth', 'preamble'] as const).find((name) => problem.startsWith(name));
    return { path: [key ?? 'spreading_factor'], message: `is not possible: ${problem}` };
  });
}
