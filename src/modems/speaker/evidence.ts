/** What came from the line while no answer of the modem did: it often names the mistake. */
import type { ModemProblem } from '../modem.js';
import { Sample } from './sample.js';
import { speakerOf } from './speaker.js';
import { quotedText } from './texts.js';

/** Enough to recognise a language or a wrong baud rate. */
const EVIDENCE_BYTES_MAX = 256;
/** Noise on an open line makes an octet now and then; fewer than this mean nothing. */
const EVIDENCE_BYTES_MIN = 4;

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

export class Evidence {
  readonly #sample = new Sample(EVIDENCE_BYTES_MAX);

  clear(): void {
    this.#sample.clear();
  }

  add(data: Uint8Array): void {
    this.#sample.add(data);
  }

  /** What is wrong with a modem of which no answer came. */
  diagnose({ modem, name, defaultBaudRate }: Expectation): Diagnosis {
    const { octets, bytes } = this.#sample;
    const speaker = speakerOf(octets);
    if (speaker !== undefined && speaker.modem !== name)
      return {
        code: 'MODEM_WRONG_MODE',
        message: `this looks like ${speaker.what}, not like ${modem}: check port and "modem"`,
      };
    if (bytes < EVIDENCE_BYTES_MIN)
      return {
        code: 'MODEM_SILENT',
        message:
          `nothing answers: no ${modem} on this port, no power, or another baud rate ` +
          `(${defaultBaudRate} unless it was changed)`,
      };
    const text = quotedText(octets);
    if (text === undefined)
      return {
        code: 'MODEM_WRONG_BAUD_RATE',
        message:
          `what comes in is no language of ${modem}: most likely the baud rate is wrong ` +
          `(${defaultBaudRate} unless it was changed)`,
      };
    return {
      code: 'MODEM_WRONG_MODE',
      message: `what comes in is no answer of ${modem}: "${text}": check port, "modem" and firmware`,
    };
  }
}
