/**
 * A first impression of a line on which nothing has made sense since it was opened: does somebody speak
 * another language, and which? A guess for people, made once from the first octets; it changes nothing.
 */
import { CobsFramer } from '../framing/cobs.js';
import { crc16Xmodem } from '../framing/crc16.js';
import type { Framer } from '../framing/framed.js';
import { HdlcFramer } from '../framing/hdlc.js';
import { isMessageOrForwarded, shapeFault } from '../framing/message-shape.js';
import { SlipFramer } from '../framing/slip.js';
import type { ModemEffect } from './modem.js';

/** So many octets without sense, and there is something to say. */
const SAMPLE_BYTES = 256;
/** So many frames of another language, and it is that. */
const FRAMES_MIN = 2;
/** Messages one after the other that cannot be chance. */
const CHAIN_MIN = 3;
/** Share of octets that are text, when it is text. */
const TEXT_SHARE = 0.9;
const QUOTED_CHARACTERS = 40;

interface Language {
  /** As in `modem:` of the configuration. */
  modem: string;
  framesIn: (sample: Uint8Array) => number;
}

const LANGUAGES: readonly Language[] = [
  { modem: 'slip', framesIn: (sample) => frames(new SlipFramer(SAMPLE_BYTES), sample, isFrame) },
  { modem: 'hdlc', framesIn: (sample) => frames(new HdlcFramer(SAMPLE_BYTES), sample, isFrame) },
  { modem: 'aquila', framesIn: (sample) => frames(new SlipFramer(SAMPLE_BYTES), sample, isAquila) },
  { modem: 'xbee', framesIn: (sample) => envelopes(sample, 0) },
  { modem: 'loralink', framesIn: (sample) => envelopes(sample, 1) },
  { modem: 'cobs', framesIn: (sample) => frames(new CobsFramer(SAMPLE_BYTES), sample, isFrame) },
  { modem: 'raw', framesIn: (sample) => (longestChain(sample) >= CHAIN_MIN ? FRAMES_MIN : 0) },
];

export class FirstImpression {
  readonly #modem: string;
  readonly #baudRate: number;
  #sample: Uint8Array | undefined;
  #bytes = 0;
  #nonsenseBytes = 0;

  /** `modem` as in the configuration. */
  constructor(modem: string, baudRate: number) {
    this.#modem = modem;
    this.#baudRate = baudRate;
  }

  /** The port is open: everything may be otherwise now. */
  reset(): void {
    this.#sample = new Uint8Array(SAMPLE_BYTES);
    this.#bytes = 0;
    this.#nonsenseBytes = 0;
  }

  /** Something has made sense. */
  understood(): void {
    this.#sample = undefined;
  }

  /** What has come in, before it is known whether it makes sense. */
  hear(data: Uint8Array): void {
    if (this.#sample === undefined || this.#bytes === SAMPLE_BYTES) return;
    const taken = Math.min(data.length, SAMPLE_BYTES - this.#bytes);
    for (let at = 0; at < taken; at++) this.#sample[this.#bytes + at] = data[at] as number;
    this.#bytes += taken;
  }

  /** So much of what was heard is discarded by now; what to tell, once, when nothing else has come. */
  nonsense(bytes: number): ModemEffect[] {
    this.#nonsenseBytes += bytes;
    if (this.#sample === undefined || this.#nonsenseBytes < SAMPLE_BYTES) return [];
    const sample = this.#sample;
    this.#sample = undefined;
    const language = LANGUAGES.find(
      ({ modem, framesIn }) => modem !== this.#modem && framesIn(sample) >= FRAMES_MIN,
    );
    const before = `the first ${SAMPLE_BYTES} octets have no message for "modem: ${this.#modem}" in them`;
    if (language !== undefined) {
      const message = `${before}, but frames of "modem: ${language.modem}": change the one or the other`;
      return [{ kind: 'problem', code: 'MODEM_WRONG_MODE', message }];
    }
    const text = textIn(sample);
    if (text !== undefined) {
      const message = `${before}, but text: "${text}"; a console or a modem with AT commands is on this port, or the device is in its set-up mode`;
      return [{ kind: 'problem', code: 'MODEM_WRONG_MODE', message }];
    }
    const message = `${before}, nor anything else that is known: compare the baud rate (${this.#baudRate} here) with that of the device, and the settings of the radio`;
    return [{ kind: 'problem', code: 'MODEM_WRONG_BAUD_RATE', message }];
  }
}

function frames(
  framer: Framer,
  sample: Uint8Array,
  accepts: (data: Uint8Array) => boolean,
): number {
  return framer.push(sample, 0).filter((framed) => framed.kind === 'frame' && accepts(framed.data))
    .length;
}

/** A message, with any link header that is ours. */
function isFrame(data: Uint8Array): boolean {
  return [0, 4].some((at) => {
    const message = data.subarray(at);
    return message.length >= 2 && isMessageOrForwarded(message);
  });
}

function isAquila(data: Uint8Array): boolean {
  const bytes = data.length - 2;
  return (
    bytes > 0 && crc16Xmodem(data, bytes) === (((data[bytes + 1] ?? 0) << 8) | (data[bytes] ?? 0))
  );
}

/** `7E length(2) data checksum` with the sum FF; `counted`: octets of the checksum that the length counts. */
function envelopes(sample: Uint8Array, counted: number): number {
  let found = 0;
  for (let at = 0; at + 4 < sample.length; at++) {
    if (sample[at] !== 0x7e || sample[at + 1] !== 0) continue;
    const end = at + 4 + (sample[at + 2] as number) - counted;
    if (end <= at + 5 || end > sample.length) continue;
    let sum = 0;
    for (let index = at + 3; index < end; index++) sum += sample[index] as number;
    if ((sum & 0xff) === 0xff) {
      found++;
      at = end - 1;
    }
  }
  return found;
}

/** Most messages one right after the other, from wherever. */
function longestChain(sample: Uint8Array): number {
  const chain = new Uint8Array(sample.length + 1);
  for (let at = sample.length - 2; at >= 0; at--) {
    const length = sample[at] as number;
    const fault = shapeFault(sample[at + 1] as number, length - 2);
    chain[at] =
      fault === undefined && at + length <= sample.length ? 1 + (chain[at + length] as number) : 0;
  }
  return Math.max(...chain);
}

function textIn(sample: Uint8Array): string | undefined {
  let text = '';
  let textual = 0;
  for (const octet of sample) {
    const isPrintable = octet >= 0x20 && octet < 0x7f;
    if (isPrintable || octet === 0x0a || octet === 0x0d || octet === 0x09) textual++;
    text += isPrintable ? String.fromCharCode(octet) : ' ';
  }
  return textual < TEXT_SHARE * sample.length ? undefined : text.trim().slice(0, QUOTED_CHARACTERS);
}
