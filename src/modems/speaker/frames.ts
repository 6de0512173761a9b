/** MQTT-SN in one framing or another, and the dialogues of modems that speak in frames. */
import { CobsFramer } from '../../framing/cobs.js';
import type { Framer } from '../../framing/framed.js';
import { HdlcFramer } from '../../framing/hdlc.js';
import { LoralinkFramer } from '../../framing/loralink-frame.js';
import {
  FORWARDER_HEADER_BYTES,
  FORWARDER_TYPE,
  isMessageOrForwarded,
  LONG_HEADER_BYTES,
  LONG_LENGTH,
  SHORT_HEADER_BYTES,
  shapeFault,
} from '../../framing/message-shape.js';
import { SlipFramer } from '../../framing/slip.js';
import { createXbeeFramer } from '../../framing/xbee-frame.js';
import { parseAquila } from '../aquila-frames.js';
import { toHex } from '../octets.js';
import { parseXbeeFrame } from '../xbee/frames.js';
import type { Speaker } from './speaker.js';

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
/** Types of what a module says begin here; those before are said to it. */
const XBEE_SAID_FROM = 0x80;
/** Messages one behind the other that are not chance, in what may begin and end in the middle of one. */
const CHAIN_MIN = 3;
const CHAIN_SHARE = 0.75;
/** Where a message may begin in a frame: at its start, or behind a link header of RadioHead. */
const MESSAGE_OFFSETS = [0, 4];

/** With what is left open in the end, which a pause ends. */
const framesIn = (framer: Framer, heard: Uint8Array): Uint8Array[] =>
  [...framer.push(heard, 0), ...framer.push(new Uint8Array(), LONG_AFTER_MS)].flatMap((framed) =>
    framed.kind === 'frame' ? [framed.data] : [],
  );

const isMessage = (data: Uint8Array): boolean => data.length > 1 && isMessageOrForwarded(data);

const messagesIn = (framer: Framer, heard: Uint8Array): number =>
  framesIn(framer, heard).filter((data) =>
    MESSAGE_OFFSETS.some((at) => isMessage(data.subarray(at))),
  ).length;

export function aquilaIn(heard: Uint8Array): Speaker | undefined {
  const found = framesIn(new SlipFramer(FRAME_BYTES_MAX), heard).some(
    (frame) => parseAquila(frame).kind !== 'discarded',
  );
  return found ? { modem: 'aquila', what: 'an Aquila bridge' } : undefined;
}

/** Whichever API mode it is in. */
export function xbeeIn(heard: Uint8Array): Speaker | undefined {
  const frames = ([1, 2] as const)
    .flatMap((mode) => framesIn(createXbeeFramer(mode, FRAME_TIMEOUT_MS), heard))
    .filter(([type = 0]) => type >= XBEE_SAID_FROM)
    .map(parseXbeeFrame)
    .filter(({ kind }) => kind !== 'malformed');
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

export function loralinkIn(heard: Uint8Array): Speaker | undefined {
  const found = framesIn(new LoralinkFramer(FRAME_BYTES_MAX), heard).some((body) =>
    LORALINK_TYPES.includes(body[LORALINK_TYPE_AT] ?? -1),
  );
  return found
    ? { modem: 'loralink', what: 'a modem with LoRaLink, of the Paho gateway' }
    : undefined;
}

export function hdlcIn(heard: Uint8Array): Speaker | undefined {
  return messagesIn(new HdlcFramer(FRAME_BYTES_MAX), heard) > 0
    ? { modem: 'hdlc', what: 'a bridge with MQTT-SN in HDLC frames' }
    : undefined;
}

export function slipOrCobsIn(heard: Uint8Array): Speaker | undefined {
  if (messagesIn(new SlipFramer(FRAME_BYTES_MAX), heard) >= FRAMES_MIN)
    return { modem: 'slip', what: 'a bridge with MQTT-SN in SLIP frames' };
  if (messagesIn(new CobsFramer(FRAME_BYTES_MAX), heard) >= FRAMES_MIN)
    return { modem: 'cobs', what: 'a bridge with MQTT-SN in COBS frames' };
  return undefined;
}

export function rawIn(heard: Uint8Array): Speaker | undefined {
  const { messages, bytes } = longestChain(heard);
  const isWhole = messages >= FRAMES_MIN && bytes === heard.length;
  const isMost = messages >= CHAIN_MIN && bytes >= CHAIN_SHARE * heard.length;
  if (!isWhole && !isMost) return undefined;
  return {
    modem: 'raw',
    what: 'MQTT-SN messages as they are',
    advice:
      'an EBYTE module hands them on in the same way: if it is one, use modem ebyte-transparent or ebyte-fixed',
  };
}

interface Chain {
  messages: number;
  bytes: number;
}

/** Messages one right behind the other, from wherever: of all such chains the one with the most octets. */
function longestChain(heard: Uint8Array): Chain {
  const none: Chain = { messages: 0, bytes: 0 };
  const from: Chain[] = Array.from({ length: heard.length + 1 }, () => none);
  let longest = none;
  for (let at = heard.length - 1; at >= 0; at--) {
    const bytes = messageBytesAt(heard, at);
    if (bytes === 0 || at + bytes > heard.length) continue;
    const rest = from[at + bytes] ?? none;
    const chain = { messages: rest.messages + 1, bytes: rest.bytes + bytes };
    from[at] = chain;
    if (chain.bytes > longest.bytes) longest = chain;
  }
  return longest;
}

/** By what its first octets say; a forwarder's header counts as a message. 0: none begins there. */
function messageBytesAt(heard: Uint8Array, at: number): number {
  const isLong = heard[at] === LONG_LENGTH;
  const headBytes = isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
  const type = heard[at + headBytes - 1];
  if (type === undefined) return 0;
  const bytes = isLong
    ? ((heard[at + 1] as number) << 8) | (heard[at + 2] as number)
    : (heard[at] as number);
  if (type === FORWARDER_TYPE) return !isLong && bytes >= FORWARDER_HEADER_BYTES ? bytes : 0;
  return bytes >= headBytes && shapeFault(type, bytes - headBytes) === undefined ? bytes : 0;
}
