/** Every kind of modem with fast radios: what the gateway is told, and what is really there. */
import {
  feHeader,
  HEX_TEXT,
  type LinkHeader,
  NO_HEADER,
  radioHeadHeader,
} from '../../../firmware-sim/devices/link-header.js';
import type { Dialect } from '../../../firmware-sim/modems/index.js';
import type { AirTimeModel } from '../../../firmware-sim/radio/air-time.js';
import type { Acknowledgements } from '../../../firmware-sim/radio/virtual-radio.js';
import { toHex } from '../hex.js';

export interface FieldKind {
  dialect: Dialect;
  /** Keys of the link, beside name, type and port. */
  link: { baudrate: number } & Record<string, unknown>;
  air: AirTimeModel;
  acknowledgements?: Acknowledgements;
  /** Settings of the virtual modem, and its address where it has one. */
  modem?: object;
  /**
   * Frames get lost at times, and are to be repeated soon: the modem is deaf while it is spoken to, or a pause ends
   * a frame, and on a busy machine there are pauses where a real line has none.
   */
  mayLose?: true;
  /** From what a device has heard to what it says, where a modem takes its time until it receives again. */
  deviceTurnaroundMs?: number;
  /** What the USB adapter is told: the latency timer of FTDI's chips can be as short as that. */
  usbLatencyMs?: number;
  /** How devices reach the modem; '' and null where the air has no addresses. */
  device: (number: number) => { address: string; gateway: string | null; header: LinkHeader };
}

/** Fast radios: what is tested is the dialogue, and not the patience. */
const LORA = { frequency: '868.1MHz', spreading_factor: 7, bandwidth: '500kHz', region: 'free' };

const FSK = { frequency: '868.1MHz', bitrate: 250_000, region: 'free' };

/** Preamble, sync word, length and check sum of the usual chips. */
const fsk: AirTimeModel = { kind: 'bit-rate', bitsPerSec: FSK.bitrate, overheadBytes: 16 };

const lora = (preambleSymbols = 8): AirTimeModel => ({
  kind: 'lora',
  spreadingFactor: 7,
  bandwidthHz: 500_000,
  codingRate: 5,
  preambleSymbols,
  explicitHeader: true,
  crc: true,
});

/** 802.15.4, with what it puts around each payload. */
const ZIGBEE: AirTimeModel = { kind: 'bit-rate', bitsPerSec: 250_000, overheadBytes: 33 };

const octets = (number: number): Uint8Array => Uint8Array.of(0, number);

const alone = () => ({ address: '', gateway: null, header: NO_HEADER });
const forwarded = (number: number) => ({ ...alone(), header: feHeader(octets(number)) });
const radioHead = (number: number) => ({ ...alone(), header: radioHeadHeader(number, 1) });

export const FIELD_KINDS = {
  raw: {
    dialect: 'raw',
    link: { modem: 'raw', baudrate: 115_200 },
    air: fsk,
    mayLose: true,
    device: alone,
  },
  slip: {
    dialect: 'slip',
    link: { modem: 'slip', baudrate: 115_200, addressing: 'fe', radio: FSK },
    air: fsk,
    device: forwarded,
  },
  cobs: {
    dialect: 'cobs',
    link: { modem: 'cobs', baudrate: 115_200, addressing: 'radiohead' },
    air: fsk,
    device: radioHead,
  },
  hdlc: {
    dialect: 'hdlc',
    link: { modem: 'hdlc', baudrate: 115_200, radio: FSK },
    air: fsk,
    device: alone,
  },
  xbee: {
    dialect: 'xbee',
    link: { modem: 'xbee', baudrate: 115_200 },
    air: ZIGBEE,
    acknowledgements: { retries: 3, ackMs: 1, timeoutMs: 5 },
    modem: { address: '0013A20040000001' },
    device: (number) => ({
      address: `0013A200410000${toHex(Uint8Array.of(number)).toUpperCase()}`,
      gateway: '0013A20040000001',
      header: NO_HEADER,
    }),
  },
  'ebyte-transparent': {
    dialect: 'ebyte-transparent',
    link: {
      modem: 'ebyte-transparent',
      baudrate: 19_200,
      addressing: 'radiohead',
      ebyte: { family: 'e22', rssi: true },
      radio: LORA,
    },
    air: lora(),
    modem: { family: 'e22', rssiOctet: true },
    mayLose: true,
    device: radioHead,
  },
  'ebyte-fixed': {
    dialect: 'ebyte-fixed',
    link: {
      modem: 'ebyte-fixed',
      baudrate: 19_200,
      ebyte: { family: 'e220', channel: 4 },
      radio: LORA,
    },
    air: lora(),
    modem: { family: 'e220', channel: 4, address: '0001' },
    mayLose: true,
    device: (number) => ({
      address: toHex(octets(number)).toUpperCase(),
      gateway: '0001',
      header: feHeader(octets(number)),
    }),
  },
  rn2483: {
    dialect: 'rn2483',
    link: { modem: 'rn2483', baudrate: 57_600, addressing: 'fe', radio: LORA },
    air: lora(),
    mayLose: true,
    // Until the modem has told of the end of a frame, and has been told to receive again.
    deviceTurnaroundMs: 80,
    usbLatencyMs: 1,
    device: forwarded,
  },
  rui3: {
    dialect: 'rui3',
    link: { modem: 'rui3', baudrate: 115_200, addressing: 'radiohead', radio: LORA },
    air: lora(),
    device: radioHead,
  },
  rylr: {
    dialect: 'rylr',
    link: { modem: 'rylr', baudrate: 115_200, radio: LORA },
    air: lora(12),
    device: (number) => ({ address: String(number), gateway: '1', header: HEX_TEXT }),
  },
  aquila: {
    dialect: 'aquila',
    link: { modem: 'aquila', baudrate: 115_200 },
    air: ZIGBEE,
    device: (number) => ({ address: String(number), gateway: '240', header: NO_HEADER }),
  },
  loralink: {
    dialect: 'loralink',
    link: { modem: 'loralink', baudrate: 115_200, radio: LORA },
    air: lora(),
    device: (number) => ({ address: String(number), gateway: '1', header: NO_HEADER }),
  },
} as const satisfies Record<string, FieldKind>;
