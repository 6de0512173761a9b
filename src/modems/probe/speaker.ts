/** Who speaks on a line: judged by what it says, whether it was asked or not. */
import { CobsFramer } from '../../framing/cobs.js';
import type { Framed, Framer } from '../../framing/framed.js';
import { HdlcFramer } from '../../framing/hdlc.js';
import { LoralinkFramer } from '../../framing/loralink-frame.js';
import { isMessageOrForwarded } from '../../framing/message-shape.js';
import { RawFramer } from '../../framing/raw.js';
import { SlipFramer } from '../../framing/slip.js';
import { textOf } from '../../framing/text-lines.js';
import { createXbeeFramer } from '../../framing/xbee-frame.js';
import { parseAquila } from '../aquila-frames.js';
import type { ModemName } from '../registry.js';
import { toHex } from '../octets.js';
import { parseXbeeFrame } from '../xbee/frames.js';

export interface Speaker {
  /** As in `modem:` of the configuration; undefined: nothing there carries MQTT-SN. */
  modem: ModemName | undefined;
  what: string;
  /** Of its firmware, where it has told. */
  version?: string;
  /** What has to be done before it is of use, or may be otherwise. */
  advice?: string;
  /** A key that the configuration of its link needs as long as it is so. */
  setting?: string;
}

/** Enough for the longest frame that may have begun before. */
const FRAME_BYTES_MAX = 1024;
/** Of languages without a checksum: one frame may be chance. */
const FRAMES_MIN = 2;
/** No modem needs longer for a frame; later than anything that was heard. */
const FRAME_TIMEOUT_MS = 1000;
const LONG_AFTER_MS = 2 * FRAME_TIMEOUT_MS;
/** Types of what the modem with LoRaLink sends, at this place of a body. */
const LORALINK_TYPE_AT = 5;
const LORALINK_TYPES = [0x40, 0x80, 0x81, 0x82];
const ALL_ONES = 0xff;
/** What an EBYTE module in configuration mode answers to whatever is no command. */
const REFUSAL_OCTETS = 3;

const LINE_START = '(?:^|[\\r\\n])';

interface TextLanguage extends Speaker {
  pattern: RegExp;
  /** Its first group is the version. */
  versionPattern?: RegExp;
}

/** RUI3 before RYLR: the answer of the one to `AT+VER=?` looks like one of the other. */
const TEXT_LANGUAGES: readonly TextLanguage[] = [
  {
    modem: 'rn2483',
    what: 'a Microchip RN2483 or RN2903',
    pattern: /RN2[49]\d3 \d|radio_(?:rx|tx|err)|invalid_param/,
    versionPattern: /(RN2[49]\d3 \d+\.\d+\.\d+)/,
  },
  {
    modem: 'rui3',
    what: 'a RAKwireless module with RUI3',
    pattern:
      /AT_(?:[A-Z]+_)*(?:ERROR|NOT_FOUND|NO_SUPPORT|OVERFLOW)|\+EVT:|RAKwireless|RUI_|AT\+VER=[^?\r\n]/,
    versionPattern: /(RUI_[\w.-]+)|AT\+VER=([^?\r\n][^\r\n]*)/,
  },
  {
    modem: 'rylr',
    what: 'a REYAX RYLR module',
    pattern: new RegExp(`${LINE_START}\\+(?:OK|READY|VER=|RCV=|ERR=\\d)`),
    versionPattern: new RegExp(`${LINE_START}\\+VER=([^\\r\\n]+)`),
  },
  {
    modem: undefined,
    what: 'a GPS receiver, no radio modem',
    pattern: /\$G[ABLNP][A-Z]{3},/,
  },
  {
    modem: undefined,
    what: 'the console of a computer',
    pattern: /login: |Password: |U-Boot|Linux version /,
    advice: 'on a Raspberry Pi, switch the console on this port off: sudo raspi-config',
  },
];

/** undefined: it says nothing, or nothing that is known. */
export function speakerOf(heard: Uint8Array): Speaker | undefined {
  return (
    // Those with checksums first: they are sure.
    aquilaIn(heard) ??
    xbeeIn(heard) ??
    loralinkIn(heard) ??
    hdlcIn(heard) ??
    textIn(heard) ??
    ebyteIn(heard) ??
    slipOrCobsIn(heard) ??
    rawIn(heard)
  );
}

/** With what is left open in the end, which a pause ends. */
const framedIn = (framer: Framer, heard: Uint8Array): Framed[] => [
  ...framer.push(heard, 0),
  ...framer.push(new Uint8Array(), LONG_AFTER_MS),
];

const framesIn = (framer: Framer, heard: Uint8Array): Uint8Array[] =>
  framedIn(framer, heard).flatMap((framed) => (framed.kind === 'frame' ? [framed.data] : []));

function aquilaIn(heard: Uint8Array): Speaker | undefined {
  const found = framesIn(new SlipFramer(FRAME_BYTES_MAX), heard).some(
    (frame) => parseAquila(frame).kind !== 'discarded',
  );
  return found ? { modem: 'aquila', what: 'an Aquila bridge' } : undefined;
}

/** Whichever API mode it is in. */
function xbeeIn(heard: Uint8Array): Speaker | undefined {
  const frames = ([1, 2] as const)
    .flatMap((mode) => framesIn(createXbeeFramer(mode, FRAME_TIMEOUT_MS), heard))
    .map(parseXbeeFrame)
    .filter(({ kind }) => kind !== 'other' && kind !== 'malformed');
  if (frames.length === 0) return undefined;
  const speaker = { modem: 'xbee', what: 'an XBee of Digi in API mode' } as const;
  for (const frame of frames) {
    if (frame.kind !== 'at-response' || frame.command !== 'VR' || frame.status !== 0) continue;
    return { ...speaker, version: xbeeVersion(toHex(frame.value)) };
  }
  return speaker;
}

/** As XCTU writes it, from digits with or without zeros in front. */
export const xbeeVersion = (digits: string): string =>
  `firmware ${digits.replace(/^0+(?=.{4})/, '').toUpperCase()}`;

function loralinkIn(heard: Uint8Array): Speaker | undefined {
  const found = framesIn(new LoralinkFramer(FRAME_BYTES_MAX), heard).some((body) =>
    LORALINK_TYPES.includes(body[LORALINK_TYPE_AT] ?? -1),
  );
  return found
    ? { modem: 'loralink', what: 'a modem with LoRaLink, of the Paho gateway' }
    : undefined;
}

function hdlcIn(heard: Uint8Array): Speaker | undefined {
  const [frame] = messagesIn(new HdlcFramer(FRAME_BYTES_MAX), heard);
  return frame && { modem: 'hdlc', what: 'a bridge with MQTT-SN in HDLC frames' };
}

function textIn(heard: Uint8Array): Speaker | undefined {
  const text = textOf(heard);
  const language = TEXT_LANGUAGES.find(({ pattern }) => pattern.test(text));
  if (language === undefined) return undefined;
  const { pattern: _pattern, versionPattern, ...speaker } = language;
  const version = versionPattern
    ?.exec(text)
    ?.slice(1)
    .find((group) => group !== undefined);
  return { ...speaker, ...(version === undefined ? {} : { version }) };
}

function ebyteIn(heard: Uint8Array): Speaker | undefined {
  if (heard.length < REFUSAL_OCTETS || heard.some((octet) => octet !== ALL_ONES)) return undefined;
  return {
    modem: 'ebyte-transparent',
    what: 'an EBYTE module in configuration mode, or noise of a line that is not connected',
    advice:
      'set M0 and M1 to normal mode (both low; on boards with jumpers, both jumpers in), and check that it is one',
  };
}

function slipOrCobsIn(heard: Uint8Array): Speaker | undefined {
  if (messagesIn(new SlipFramer(FRAME_BYTES_MAX), heard).length >= FRAMES_MIN)
    return { modem: 'slip', what: 'a bridge with MQTT-SN in SLIP frames' };
  if (messagesIn(new CobsFramer(FRAME_BYTES_MAX), heard).length >= FRAMES_MIN)
    return { modem: 'cobs', what: 'a bridge with MQTT-SN in COBS frames' };
  return undefined;
}

/** Every octet has to belong to a message: there is no other proof. */
function rawIn(heard: Uint8Array): Speaker | undefined {
  const framer = new RawFramer({
    messageBytesMax: FRAME_BYTES_MAX,
    gapMs: FRAME_TIMEOUT_MS,
    prefix: 'none',
    hasTrailer: false,
  });
  const framed = framedIn(framer, heard);
  if (framed.length < FRAMES_MIN || framed.some(({ kind }) => kind !== 'frame')) return undefined;
  return {
    modem: 'raw',
    what: 'MQTT-SN messages as they are',
    advice:
      'an EBYTE module hands them on in the same way: if it is one, use modem ebyte-transparent or ebyte-fixed',
  };
}

const messagesIn = (framer: Framer, heard: Uint8Array): Uint8Array[] =>
  framesIn(framer, heard).filter((data) => data.length > 1 && isMessageOrForwarded(data));
