/** What `radio set` takes (modems.md 5, DS40001784G): names, values, and what they are at first. */

/** RN2903: the same for 915 MHz. */
export type RnModel = 'RN2483' | 'RN2903';

type Check = (value: string, model: RnModel) => boolean;

interface Parameter {
  initial: string;
  isValid: Check;
}

const BANDS_HZ: Readonly<Record<RnModel, readonly (readonly [number, number])[]>> = {
  RN2483: [
    [433_050_000, 434_790_000],
    [863_000_000, 870_000_000],
  ],
  RN2903: [[902_000_000, 928_000_000]],
};
const POWER_DBM: Readonly<Record<RnModel, readonly [number, number]>> = {
  RN2483: [-3, 15],
  RN2903: [2, 20],
};

const isFrequency: Check = (value, model) =>
  /^\d+$/.test(value) &&
  BANDS_HZ[model].some(([from, to]) => Number(value) >= from && Number(value) <= to);

const isPower: Check = (value, model) => {
  const [from, to] = POWER_DBM[model];
  return /^-?\d+$/.test(value) && Number(value) >= from && Number(value) <= to;
};

const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);

const numberUpTo =
  (max: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) <= max;

const UINT32_MAX = 4_294_967_295;

const PARAMETERS: ReadonlyMap<string, Parameter> = new Map([
  ['mod', { initial: 'lora', isValid: oneOf('lora', 'fsk') }],
  ['freq', { initial: '868100000', isValid: isFrequency }],
  ['pwr', { initial: '1', isValid: isPower }],
  ['sf', { initial: 'sf12', isValid: oneOf('sf7', 'sf8', 'sf9', 'sf10', 'sf11', 'sf12') }],
  ['bw', { initial: '125', isValid: oneOf('125', '250', '500') }],
  ['cr', { initial: '4/5', isValid: oneOf('4/5', '4/6', '4/7', '4/8') }],
  ['crc', { initial: 'on', isValid: oneOf('on', 'off') }],
  ['iqi', { initial: 'off', isValid: oneOf('on', 'off') }],
  ['prlen', { initial: '8', isValid: numberUpTo(65_535) }],
  ['sync', { initial: '34', isValid: (value) => /^[0-9a-fA-F]{1,16}$/.test(value) }],
  ['wdt', { initial: '15000', isValid: numberUpTo(UINT32_MAX) }],
  ['bitrate', { initial: '50000', isValid: numberUpTo(300_000) }],
  ['fdev', { initial: '25000', isValid: numberUpTo(200_000) }],
  ['bt', { initial: '0.5', isValid: oneOf('none', '1.0', '0.5', '0.3') }],
  ['rxbw', { initial: '25', isValid: (value) => /^\d+(\.\d)?$/.test(value) }],
  ['afcbw', { initial: '41.7', isValid: (value) => /^\d+(\.\d)?$/.test(value) }],
]);

export class RnSettings {
  private readonly model: RnModel;
  private values = new Map<string, string>();

  constructor(model: RnModel) {
    this.model = model;
    this.restore();
  }

  get(name: string): string | undefined {
    return this.values.get(name);
  }

  set(name: string, value: string): boolean {
    if (PARAMETERS.get(name)?.isValid(value, this.model) !== true) return false;
    this.values.set(name, value);
    return true;
  }

  /** Nothing survives a reset. */
  restore(): void {
    this.values = new Map([...PARAMETERS].map(([name, { initial }]) => [name, initial]));
    if (this.model === 'RN2903') this.values.set('freq', '923300000').set('pwr', '2');
  }

  get watchdogMs(): number {
    return Number(this.values.get('wdt'));
  }

  /** The largest packet of `radio tx`. */
  get packetBytesMax(): number {
    return this.values.get('mod') === 'fsk' ? 64 : 255;
  }

  /** Of one LoRa symbol (8.1). */
  get symbolMs(): number {
    const spreadingFactor = Number(this.values.get('sf')?.slice('sf'.length));
    return 2 ** spreadingFactor / Number(this.values.get('bw'));
  }
}
