/** Every kind of modem as the benchmark of serial ports needs it: its settings, and its side of the line. */
import { encodeCobs } from '../src/framing/cobs.js';
import { crc16Xmodem } from '../src/framing/crc16.js';
import { encodeHdlc } from '../src/framing/hdlc.js';
import { encodeLoralink } from '../src/framing/loralink-frame.js';
import { encodeSlip } from '../src/framing/slip.js';
import { encodeXbeeFrame, type XbeeApiMode } from '../src/framing/xbee-frame.js';
import type { ModemName, ModemSettings } from '../src/modems/registry.js';
import type { Respond } from '../test/support/modems/bench.js';
import {
  lines,
  SimulatedRn2483,
  SimulatedRui3,
  SimulatedRylr,
} from '../test/support/modems/text-modems.js';
import { SimulatedXbee } from '../test/support/modems/xbee.js';
import { lora as loraSettings } from '../test/support/radio/lora-settings.js';

/** A device's PUBLISH with 20 octets of JSON, the same as in the other benchmarks. */
export const MESSAGE = Uint8Array.from(
  Buffer.concat([Buffer.from([27, 0x0c, 0, 0, 1, 0, 0]), Buffer.from('{"temperature":21.5}')]),
);

export const BAUD_RATE = 115_200;

export interface SerialKind {
  name: string;
  settings: ModemSettings;
  /** What the line says when a device has sent `MESSAGE`. */
  frame: Uint8Array;
  /** A modem that answers at once, whatever is asked. */
  modem: () => Respond;
}

const silent = (): Respond => () => [];

const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex').toUpperCase();

const wire = { baudRate: BAUD_RATE, messageBytesMax: 1006, addressing: { kind: 'none' } } as const;

/** A machine that is busy must not look like a pause on the line, which would end a message. */
const GAP_MS = 1000;

const forwarded = joined([5, 0xfe, 1, 0, 3], MESSAGE);

const radiohead = { kind: 'radiohead', ownAddress: 1, acknowledge: false } as const;
const fromNode9 = joined([1, 9, 6, 0], MESSAGE);

const lora = loraSettings({ frequencyHz: 868_100_000, spreadingFactor: 7 });

/** `LQI RSSI` and the rest, with its CRC. */
function fromBridge(...rest: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = joined([0xff, 0xb0], ...rest);
  const crc = crc16Xmodem(body, body.length);
  return encodeSlip(joined(body, [crc & 0xff, crc >>> 8]));
}

/** It acknowledges everything but its settings, which are of type 02. */
const bridge = (): Respond => (written) => (written[2] === 0x02 ? [] : [fromBridge([2, 1])]);

/** Its receiver has always just stopped, as it does after each packet. */
function rn2483(): Respond {
  const modem = new SimulatedRn2483();
  return (written) => {
    modem.isReceiving = false;
    return modem.respond(written);
  };
}

const xbee = (apiMode: XbeeApiMode): SerialKind => ({
  name: `xbee, API mode ${apiMode}`,
  settings: {
    modem: 'xbee',
    baudRate: BAUD_RATE,
    configure: false,
    dialect: 'auto',
    extendedTimeout: false,
    fragment: false,
    lastHopRssi: false,
  },
  frame: encodeXbeeFrame(
    joined([0x90, 0, 0x13, 0xa2, 0, 0x40, 0x52, 0x2b, 0xaa, 0x7d, 0x84, 1], MESSAGE),
    apiMode,
  ),
  modem: () => new SimulatedXbee(apiMode).respond,
});

const KINDS: Readonly<Record<ModemName, readonly SerialKind[]>> = {
  raw: [
    {
      name: 'raw',
      settings: { modem: 'raw', ...wire, gapMs: GAP_MS },
      frame: MESSAGE,
      modem: silent,
    },
  ],
  slip: [
    {
      name: 'slip',
      settings: { modem: 'slip', ...wire },
      frame: encodeSlip(MESSAGE),
      modem: silent,
    },
  ],
  cobs: [
    {
      name: 'cobs',
      settings: { modem: 'cobs', ...wire },
      frame: encodeCobs(MESSAGE),
      modem: silent,
    },
  ],
  hdlc: [
    {
      name: 'hdlc',
      settings: { modem: 'hdlc', ...wire },
      frame: encodeHdlc(MESSAGE),
      modem: silent,
    },
  ],
  xbee: [xbee(1), xbee(2)],
  'ebyte-transparent': [
    {
      name: 'ebyte-transparent, RSSI octet',
      settings: {
        modem: 'ebyte-transparent',
        baudRate: BAUD_RATE,
        family: 'e22',
        rssiOctet: true,
        gapMs: GAP_MS,
        addressing: { kind: 'none' },
      },
      frame: joined(MESSAGE, [0xc4]),
      modem: silent,
    },
  ],
  'ebyte-fixed': [
    {
      name: 'ebyte-fixed, forwarder header',
      settings: {
        modem: 'ebyte-fixed',
        baudRate: BAUD_RATE,
        family: 'e220',
        channel: 4,
        gapMs: GAP_MS,
        addressing: { kind: 'fe' },
      },
      frame: forwarded,
      modem: silent,
    },
  ],
  rn2483: [
    {
      name: 'rn2483, RadioHead',
      settings: { modem: 'rn2483', lora, querySignal: false, addressing: radiohead },
      frame: lines(`radio_rx  ${hex(fromNode9)}`),
      modem: rn2483,
    },
  ],
  rui3: [
    {
      name: 'rui3, RadioHead',
      settings: { modem: 'rui3', lora, addressing: radiohead },
      frame: lines(`+EVT:RXP2P:-45:9:${hex(fromNode9)}`),
      modem: () => new SimulatedRui3().respond,
    },
  ],
  rylr: [
    {
      name: 'rylr, hex',
      settings: { modem: 'rylr', lora, ownAddress: 1, networkId: 18, encoding: 'hex' },
      frame: lines(`+RCV=50,${2 * MESSAGE.length},${hex(MESSAGE)},-99,40`),
      modem: () => new SimulatedRylr().respond,
    },
  ],
  aquila: [
    {
      name: 'aquila',
      settings: { modem: 'aquila', baudRate: BAUD_RATE, startDelayMs: 0 },
      frame: fromBridge([5 + MESSAGE.length, 0xfe, 1, 0x12, 0], MESSAGE),
      modem: bridge,
    },
  ],
  loralink: [
    {
      name: 'loralink',
      settings: { modem: 'loralink', baudRate: BAUD_RATE },
      frame: encodeLoralink(joined([4, 0xff, 0xad, 0, 7, 0x40], MESSAGE)),
      modem: silent,
    },
  ],
};

export const SERIAL_KINDS: readonly SerialKind[] = Object.values(KINDS).flat();

export function serialKind(name: string): SerialKind {
  const kind = SERIAL_KINDS.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no kind of modem: ${name}`);
  return kind;
}
