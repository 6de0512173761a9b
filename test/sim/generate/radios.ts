/** Fields behind a modem: what the gateway's configuration, the scene and each device say of it. */
import type { Random } from '../../../firmware-sim/random.js';
import { pick } from './pick.js';

export const RADIO = 'field';
export const MODEM = 'dongle';
const PORT = '/dev/dongle';

export interface Field {
  /** The link in the gateway's configuration. */
  link: Record<string, unknown>;
  /** `deaf`: who does not hear whom. */
  scene: (deaf: readonly object[]) => {
    radios: Record<string, unknown>;
    modems: Record<string, unknown>[];
  };
  /** What the n-th device on it says of itself, n from 1. */
  device: (n: number) => Record<string, unknown>;
}

/** In the words of the configuration and of a scene, which are the same here. */
const LORA = [
  { spreading_factor: 7, bandwidth: '250kHz', coding_rate: '4/5' },
  { spreading_factor: 9, bandwidth: '125kHz', coding_rate: '4/5' },
];

/** Frequencies, and the share of each hour that the law grants there (EU868, sub-bands M and P). */
export const DUTY_CYCLES: Readonly<Record<string, number>> = {
  '868.3MHz': 0.01,
  '869.525MHz': 0.1,
};

interface Kind {
  modem: string;
  baudrate: number;
  /** Beside name, port, modem, radio. */
  link?: Record<string, unknown>;
  settings?: Record<string, unknown>;
  address?: string;
  /** Whether its radio is LoRa; else 802.15.4. */
  isLora: boolean;
  device: (n: number) => Record<string, unknown>;
}

const decimal = (n: number): Record<string, unknown> => ({ header: 'radiohead', node: `1${n}` });
const octets = (n: number): Record<string, unknown> => ({ header: 'fe', node: `000${n}` });

const KINDS: readonly Kind[] = [
  { modem: 'slip', baudrate: 115_200, link: { addressing: 'fe' }, isLora: true, device: octets },
  {
    modem: 'cobs',
    baudrate: 57_600,
    link: { addressing: 'radiohead' },
    isLora: true,
    device: decimal,
  },
  {
    modem: 'xbee',
    baudrate: 115_200,
    address: '0013A20040000001',
    isLora: false,
    device: (n) => ({ address: `0013A2004100000${n}` }),
  },
  {
    modem: 'ebyte-transparent',
    baudrate: 19_200,
    link: { addressing: 'radiohead', ebyte: { family: 'e22' } },
    settings: { family: 'e22' },
    isLora: true,
    device: decimal,
  },
  { modem: 'rn2483', baudrate: 57_600, link: { addressing: 'fe' }, isLora: true, device: octets },
  {
    modem: 'rui3',
    baudrate: 115_200,
    link: { addressing: 'radiohead' },
    isLora: true,
    device: decimal,
  },
  {
    modem: 'rylr',
    baudrate: 115_200,
    // What the gateway gives it; devices have to know it beforehand.
    address: '1',
    isLora: true,
    device: (n) => ({ address: String(n + 1), header: 'hex' }),
  },
];

/** They are drawn from a stream of their own: seeds of the others stay what they are. */
const MORE_KINDS: readonly Kind[] = [
  {
    modem: 'raw',
    baudrate: 115_200,
    link: { addressing: 'radiohead' },
    settings: { header_bytes: 4 },
    isLora: true,
    device: decimal,
  },
  { modem: 'hdlc', baudrate: 115_200, link: { addressing: 'fe' }, isLora: true, device: octets },
  {
    modem: 'ebyte-fixed',
    baudrate: 19_200,
    link: { ebyte: { family: 'e220', channel: 4 } },
    settings: { family: 'e220', channel: 4 },
    address: '0001',
    isLora: true,
    // Who has an address of two octets names it in the header, too: the module does not tell who has sent.
    device: (n) => ({ address: `01${n}0`, header: 'fe', node: `01${n}0` }),
  },
  {
    modem: 'aquila',
    baudrate: 115_200,
    // Of every bridge.
    address: '240',
    isLora: false,
    device: (n) => ({ address: String(n) }),
  },
  {
    modem: 'loralink',
    baudrate: 115_200,
    address: '1',
    isLora: true,
    device: (n) => ({ address: String(n + 1) }),
  },
];

const MORE_SHARE = 0.4;

function kindOf(random: Random): Kind {
  const own = random.branch('more kinds');
  return own.chance(MORE_SHARE) ? pick(own, MORE_KINDS) : pick(random, KINDS);
}

/** On the air of some, frames come twice: an acknowledgement of the link was lost, or a repeater is about. */
const repeatsOf = (random: Random): Record<string, unknown> =>
  random.chance(0.3) ? { duplication: random.between(0, 0.3) } : {};

export function fieldOf(random: Random): Field {
  const kind = kindOf(random);
  const lora = pick(random, LORA);
  const { modem, baudrate, settings, address } = kind;
  const air = kind.isLora
    ? { radio: { frequency: pick(random, Object.keys(DUTY_CYCLES)), region: 'EU868', ...lora } }
    : {};
  const preamble = modem === 'rylr' ? 12 : 8;
  const radio = {
    air_time: kind.isLora
      ? { lora: { ...lora, preamble } }
      : { bit_rate: { bits_per_second: 250_000, overhead: 33 } },
    faults: {
      loss: random.chance(0.5) ? random.between(0, 0.2) : 0,
      ...repeatsOf(random.branch('repeats')),
    },
    listen_before_talk: { backoff: '200ms', attempts: 10 },
    ...(modem === 'xbee' ? { acknowledge: { retries: 3 } } : {}),
  };
  const dongle = {
    id: MODEM,
    radio: RADIO,
    dialect: modem,
    port: { pty: PORT },
    baudrate,
    ...(settings === undefined ? {} : { settings }),
    ...(address === undefined ? {} : { address }),
  };
  return {
    link: { name: RADIO, type: 'serial', port: PORT, modem, baudrate, ...kind.link, ...air },
    scene: (deaf) => ({
      radios: { [RADIO]: deaf.length === 0 ? radio : { ...radio, links: deaf } },
      modems: [dongle],
    }),
    device: (n) => ({ radio: RADIO, via: MODEM, ...kind.device(n) }),
  };
}
