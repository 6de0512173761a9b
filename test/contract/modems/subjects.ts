/** The drivers that have to pass the contract, each with a stand-in for its modem. */
import { crc16Xmodem } from '../../../src/framing/crc16.js';
import { encodeCobs } from '../../../src/framing/cobs.js';
import { encodeHdlc } from '../../../src/framing/hdlc.js';
import { encodeLoralink } from '../../../src/framing/loralink-frame.js';
import { encodeSlip } from '../../../src/framing/slip.js';
import * as aquila from '../../../src/modems/aquila.js';
import * as cobs from '../../../src/modems/cobs.js';
import * as ebyteFixed from '../../../src/modems/ebyte-fixed.js';
import * as ebyteTransparent from '../../../src/modems/ebyte-transparent.js';
import type { ModemFacts } from '../../../src/modems/facts.js';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import * as hdlc from '../../../src/modems/hdlc.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import * as loralink from '../../../src/modems/loralink.js';
import type { Modem } from '../../../src/modems/modem.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import * as raw from '../../../src/modems/raw.js';
import * as rn2483 from '../../../src/modems/rn2483.js';
import * as rui3 from '../../../src/modems/rui3.js';
import * as rylr from '../../../src/modems/rylr.js';
import * as slip from '../../../src/modems/slip.js';
import * as xbee from '../../../src/modems/xbee.js';
import { encodeXbeeFrame } from '../../../src/framing/xbee-frame.js';
import type { Respond } from '../../support/modems/bench.js';
import {
  lines,
  SimulatedRn2483,
  SimulatedRui3,
  SimulatedRylr,
} from '../../support/modems/text-modems.js';
import { toHex } from '../../support/hex.js';
import { SimulatedXbee } from '../../support/modems/xbee.js';
import { lora as loraSettings } from '../../support/radio/lora-settings.js';

export interface ModemSubject {
  /** How the tests call it: the modem, and what is special about its settings. */
  name: string;
  facts: ModemFacts;
  create: () => Modem;
  /** A modem that works: it answers the start-up dialogue, and every message with the best outcome. */
  modem: () => Respond;
  /** What the line says when the device at `address` has sent a message. */
  received: (message: Uint8Array) => Uint8Array;
  address: string;
  /** What the link layer of that device waits for, in hex; absent: for nothing. */
  acknowledgement?: string;
  /** Nobody can have this one. */
  noAddress: string;
  /** After a pause, nothing is left of what came before it. */
  pauseMs: number;
}

const BAUD_RATE = 115_200;
const silent = (): Respond => () => [];
const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** `LQI RSSI` and the rest, with its CRC. */
function fromBridge(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = joined(...parts);
  const crc = crc16Xmodem(body, body.length);
  return encodeSlip(joined(body, [crc & 0xff, crc >>> 8]));
}

const wire = {
  modem: silent,
  address: '',
  noAddress: 'nobody',
  pauseMs: 200,
} as const;

const NODE_64 = '0013a20040522baa';

const lora = loraSettings({ frequencyHz: 868_100_000, spreadingFactor: 7 });

const xbeeSubject = (mode: 1 | 2): ModemSubject => ({
  name: `xbee in API mode ${mode}`,
  facts: xbee.facts,
  create: () =>
    xbee.createXbee({
      baudRate: BAUD_RATE,
      configure: false,
      dialect: 'auto',
      extendedTimeout: false,
      fragment: false,
      lastHopRssi: false,
    }),
  modem: () => new SimulatedXbee(mode).respond,
  received: (message) =>
    encodeXbeeFrame(joined([0x90], Buffer.from(NODE_64, 'hex'), [0x7d, 0x84, 1], message), mode),
  address: NODE_64.toUpperCase(),
  noAddress: 'nobody',
  pauseMs: 2000,
});

export const subjects: readonly ModemSubject[] = [
  {
    ...wire,
    name: 'raw',
    facts: raw.facts,
    create: () =>
      raw.createRaw({ header: new NoHeader(), baudRate: BAUD_RATE, messageBytesMax: 300 }),
    received: (message) => message,
  },
  {
    ...wire,
    name: 'raw with RadioHead',
    facts: raw.facts,
    create: () =>
      raw.createRaw({
        header: new RadioheadHeader({ ownAddress: 1, acknowledge: true }),
        baudRate: BAUD_RATE,
        messageBytesMax: 300,
      }),
    received: (message) => joined([1, 9, 6, 0], message),
    address: '9',
    acknowledgement: '0901068021',
  },
  {
    ...wire,
    name: 'slip',
    facts: slip.facts,
    create: () =>
      slip.createSlip({ header: new NoHeader(), baudRate: BAUD_RATE, messageBytesMax: 300 }),
    received: encodeSlip,
  },
  {
    ...wire,
    name: 'slip with forwarder headers',
    facts: slip.facts,
    create: () =>
      slip.createSlip({ header: new ForwarderHeader(), baudRate: BAUD_RATE, messageBytesMax: 300 }),
    received: (message) => encodeSlip(joined([5, 0xfe, 1, 0xc0, 0x03], message)),
    address: 'c003',
  },
  {
    ...wire,
    name: 'cobs',
    facts: cobs.facts,
    create: () =>
      cobs.createCobs({ header: new NoHeader(), baudRate: BAUD_RATE, messageBytesMax: 300 }),
    received: (message) => joined([0], encodeCobs(message)),
  },
  {
    ...wire,
    name: 'hdlc',
    facts: hdlc.facts,
    create: () =>
      hdlc.createHdlc({ header: new NoHeader(), baudRate: BAUD_RATE, messageBytesMax: 300 }),
    received: encodeHdlc,
  },
  {
    ...wire,
    name: 'ebyte-transparent',
    facts: ebyteTransparent.facts,
    create: () =>
      ebyteTransparent.createEbyteTransparent({
        header: new NoHeader(),
        baudRate: 9600,
        family: 'e22',
        rssiOctet: true,
      }),
    received: (message) => joined(message, [0xc4]),
  },
  {
    ...wire,
    name: 'ebyte-fixed',
    facts: ebyteFixed.facts,
    create: () =>
      ebyteFixed.createEbyteFixed({
        header: new ForwarderHeader(),
        baudRate: 9600,
        family: 'e220',
        channel: 4,
      }),
    received: (message) => joined([5, 0xfe, 1, 0x00, 0x03], message),
    address: '0003',
  },
  {
    ...wire,
    name: 'aquila',
    facts: aquila.facts,
    create: () => aquila.createAquila({ baudRate: BAUD_RATE }),
    // Its settings, a frame of 19 octets and type 02, are the only thing that a bridge does not acknowledge.
    modem: () => (written) => (written[2] === 0x02 ? [] : [fromBridge([0, 0, 2, 1])]),
    received: (message) => fromBridge([0xff, 0xb0, 5 + message.length, 0xfe, 1, 0x12, 0], message),
    address: '0x0012',
  },
  {
    ...wire,
    name: 'loralink',
    facts: loralink.facts,
    create: () => loralink.createLoralink({ baudRate: BAUD_RATE }),
    modem: () => () => [encodeLoralink(Uint8Array.of(0xfe, 0, 0, 0, 0, 0x80))],
    received: (message) => encodeLoralink(joined([4, 0xff, 0xad, 0, 7, 0x40], message)),
    address: '4',
  },
  xbeeSubject(1),
  xbeeSubject(2),
  {
    ...wire,
    name: 'rn2483',
    facts: rn2483.facts,
    create: () => rn2483.createRn2483({ lora, header: new NoHeader(), querySignal: false }),
    modem: () => new SimulatedRn2483().respond,
    received: (message) => lines(`radio_rx  ${toHex(message).toUpperCase()}`),
    pauseMs: 2000,
  },
  {
    ...wire,
    name: 'rui3 with RadioHead',
    facts: rui3.facts,
    create: () =>
      rui3.createRui3({ lora, header: new RadioheadHeader({ ownAddress: 1, acknowledge: true }) }),
    modem: () => new SimulatedRui3().respond,
    received: (message) => lines(`+EVT:RXP2P:-45:9:01090600${toHex(message).toUpperCase()}`),
    address: '9',
    acknowledgement: '0901068021',
    pauseMs: 2000,
  },
  {
    ...wire,
    name: 'rylr',
    facts: rylr.facts,
    create: () => rylr.createRylr({ lora, ownAddress: 1, networkId: 18, encoding: 'hex' }),
    modem: () => new SimulatedRylr().respond,
    received: (message) =>
      lines(`+RCV=50,${2 * message.length},${toHex(message).toUpperCase()},-99,40`),
    address: '50',
    pauseMs: 2000,
  },
];
