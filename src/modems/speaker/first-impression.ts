/**
 * A first impression of a line on which nothing has made sense since it was opened: does somebody speak
 * another language, and which? A guess for people, made once from the first octets; it changes nothing.
 */
import type { ModemEffect, ModemProblem } from '../modem.js';
import { Sample } from './sample.js';
import { speakerOf } from './speaker.js';
import { quotedText } from './texts.js';

/** So many octets without sense, and there is something to say. */
const SAMPLE_BYTES = 256;

const UNKNOWN_WRITER =
  'a console or a modem with AT commands is on this port, or the device is in its set-up mode';

export class FirstImpression {
  readonly #modem: string;
  readonly #baudRate: number;
  readonly #sample = new Sample(SAMPLE_BYTES);
  #isOpen = false;
  #nonsenseBytes = 0;

  /** `modem` as in the configuration. */
  constructor(modem: string, baudRate: number) {
    this.#modem = modem;
    this.#baudRate = baudRate;
  }

  /** The port is open: everything may be otherwise now. */
  reset(): void {
    this.#sample.clear();
    this.#isOpen = true;
    this.#nonsenseBytes = 0;
  }

  /** Something has made sense, or is told of otherwise. */
  understood(): void {
    this.#isOpen = false;
  }

  /** What has come in, before it is known whether it makes sense. */
  hear(data: Uint8Array): void {
    if (this.#isOpen) this.#sample.add(data);
  }

  /** So much of what was heard is discarded by now; what to tell, once, when nothing else has come. */
  nonsense(bytes: number): ModemEffect[] {
    this.#nonsenseBytes += bytes;
    if (!this.#isOpen || this.#nonsenseBytes < SAMPLE_BYTES) return [];
    this.#isOpen = false;
    const { code, what } = this.#judge(this.#sample.octets);
    const message = `the first ${SAMPLE_BYTES} octets have no message for "modem: ${this.#modem}" in them, ${what}`;
    return [{ kind: 'problem', code, message }];
  }

  #judge(heard: Uint8Array): { code: ModemProblem; what: string } {
    const speaker = speakerOf(heard);
    if (speaker?.modem !== undefined && speaker.modem !== this.#modem) {
      const what = `but look like ${speaker.what}, "modem: ${speaker.modem}": change the one or the other`;
      return { code: 'MODEM_WRONG_MODE', what };
    }
    const text = quotedText(heard);
    if (text !== undefined) {
      const who = speaker === undefined ? UNKNOWN_WRITER : `of ${speaker.what}`;
      const advice = speaker?.advice === undefined ? '' : `: ${speaker.advice}`;
      return { code: 'MODEM_WRONG_MODE', what: `but text: "${text}"; ${who}${advice}` };
    }
    const what = `nor anything else that is known: compare the baud rate (${this.#baudRate} here) with that of the device, and the settings of the radio`;
    return { code: 'MODEM_WRONG_BAUD_RATE', what };
  }
}
