/** What came from the line while no answer of the modem did: it often names the mistake. */
import { isPrintable, textOf } from '../framing/text-lines.js';
import type { ModemProblem } from './modem.js';

/** Enough to recognise a language or a wrong baud rate. */
const EVIDENCE_BYTES_MAX = 128;
/** Noise on an open line makes an octet now and then; fewer than this mean nothing. */
const EVIDENCE_BYTES_MIN = 4;
/** More octets that are no text than this share is not text with errors. */
const BINARY_SHARE = 0.3;
/** How much of a text is worth repeating to the operator. */
const QUOTED_CHARACTERS_MAX = 40;

/** What is expected of the line, in words for the operator. */
export interface Expectation {
  /** "RN2483 or RN2903". */
  modem: string;
  /** As in `modem:` of the configuration: not worth recognising when it is what is configured. */
  name: string;
  defaultBaudRate: number;
}

export interface Diagnosis {
  code: ModemProblem;
  message: string;
}

interface Language {
  name: string;
  what: string;
  pattern: RegExp;
}

/** In the order of how sure they are. */
const LANGUAGES: readonly Language[] = [
  {
    name: 'rn2483',
    what: 'a Microchip RN2483 or RN2903',
    pattern: /RN2[49]\d3 |radio_(?:rx|tx|err)|invalid_param/,
  },
  {
    name: 'rui3',
    what: 'a RAKwireless module with RUI3',
    pattern: /AT_[A-Z]+_|\+EVT:|RAKwireless|RUI_/,
  },
  { name: 'rylr', what: 'a REYAX RYLR module', pattern: /\+(?:OK|READY|RCV=|ERR=\d)/ },
  { name: 'gps', what: 'a GPS receiver, not a radio modem', pattern: /\$G[PNL][A-Z]{3},/ },
  { name: 'console', what: 'the console of a computer', pattern: /login: |Password: |U-Boot/ },
];

export class Evidence {
  readonly #octets = new Uint8Array(EVIDENCE_BYTES_MAX);
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#bytes < EVIDENCE_BYTES_MIN;
  }

  clear(): void {
    this.#bytes = 0;
  }

  add(data: Uint8Array): void {
    const room = Math.min(EVIDENCE_BYTES_MAX - this.#bytes, data.length);
    if (room <= 0) return;
    this.#octets.set(data.subarray(0, room), this.#bytes);
    this.#bytes += room;
  }

  /** What is wrong with a modem of which no answer came. */
  diagnose(expected: Expectation): Diagnosis {
    const octets = this.#octets.subarray(0, this.#bytes);
    const { modem, name, defaultBaudRate } = expected;
    if (this.isEmpty)
      return {
        code: 'MODEM_SILENT',
        message:
          `nothing answers: no ${modem} on this port, no power, or another baud rate ` +
          `(${defaultBaudRate} unless it was changed)`,
      };
    const other = languageOf(octets);
    if (other !== undefined && other.name !== name)
      return {
        code: 'MODEM_WRONG_MODE',
        message: `this looks like ${other.what}, not like ${modem}: check port and "modem"`,
      };
    if (isBinary(octets))
      return {
        code: 'MODEM_WRONG_BAUD_RATE',
        message:
          `what comes in is no language of ${modem}: most likely the baud rate is wrong ` +
          `(${defaultBaudRate} unless it was changed)`,
      };
    return {
      code: 'MODEM_WRONG_MODE',
      message: `what comes in is no answer of ${modem}: ${quote(octets)}: check port, "modem" and firmware`,
    };
  }
}

function languageOf(octets: Uint8Array): Omit<Language, 'pattern'> | undefined {
  const text = textOf(octets);
  const language = LANGUAGES.find(({ pattern }) => pattern.test(text));
  if (language !== undefined) return language;
  if (looksLikeXbee(octets)) return { name: 'xbee', what: 'an XBee in API mode' };
  return undefined;
}

/** A start delimiter with a length that fits, and another one where the frame ends. */
function looksLikeXbee(octets: Uint8Array): boolean {
  const start = octets.indexOf(0x7e);
  if (start < 0 || octets[start + 1] !== 0) return false;
  const end = start + 4 + (octets[start + 2] as number);
  return end > octets.length ? false : end === octets.length || octets[end] === 0x7e;
}

function isBinary(octets: Uint8Array): boolean {
  let others = 0;
  for (const octet of octets)
    if (!isPrintable(octet) && octet !== 0x0a && octet !== 0x0d) others += 1;
  return others > BINARY_SHARE * octets.length;
}

function quote(octets: Uint8Array): string {
  const text = textOf(octets)
    .replace(/[^ -~]+/g, ' ')
    .trim();
  return `"${text.slice(0, QUOTED_CHARACTERS_MAX)}"`;
}
