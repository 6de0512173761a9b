/**
 * The start-up dialogue with an XBee. First its API mode is asked for, with a frame that has nothing to
 * escape, and whose answer has not either: modes 1 and 2 both understand it. Then what the limits depend on.
 *
 * A module that does not answer may be in transparent mode, and has then sent the question over the air
 * as data. `+++` between two pauses makes such a module listen to text; that is not sent.
 */
import { octetsOf } from '../../framing/text-lines.js';
import type { Diagnosis, Evidence, Expectation } from '../speaker/evidence.js';
import type { ModemProblem } from '../modem.js';
import { toHex } from '../octets.js';

/** What the module has told; undefined what it does not know. */
export interface XbeeModule {
  /** NP: the longest payload, where it means something. */
  payloadBytesMax: number | undefined;
  /** EE, asked for where NP means nothing. */
  encrypts: boolean;
  /** HV. */
  hardware: number | undefined;
  /** SH and SL. */
  serialNumber: string | undefined;
}

/** How the dialogue speaks. */
export interface XbeeLine {
  /** Sends an AT command as a frame. */
  ask(command: string): void;
  /** Sends octets as they are. */
  write(octets: Uint8Array): void;
  problem(code: ModemProblem, message: string): void;
  /** Octets that were no answer. */
  noise(bytes: number): void;
}

export type XbeeStartUpResult =
  | { kind: 'ready'; module: XbeeModule }
  /** `diagnosis` is for the operator. */
  | { kind: 'failed'; diagnosis: Diagnosis };

export const XBEE_EXPECTATION: Expectation = {
  modem: 'XBee in API mode',
  name: 'xbee',
  defaultBaudRate: 9600,
};

/** A module answers within milliseconds; a line of 1200 baud and a slow adapter take longer. */
const ANSWER_TIMEOUT_MS = 1000;
/** Of the first question: the module may be starting still. */
const FIRST_TRIES_MAX = 3;
/** Of later ones: it is there, an octet was lost. */
const TRIES_MAX = 2;
/** GT is 1 s unless it was changed: so long nothing may be sent before and after `+++`. */
const GUARD_MS = 1100;
/** How long the answer to `+++` may take behind the second pause. */
const COMMAND_MODE_TIMEOUT_MS = GUARD_MS + 1000;
/** ATWR writes to flash. */
const TEXT_ANSWER_TIMEOUT_MS = 2000;
/** Enough for an answer in which an octet or two of noise stand. */
const TEXT_CHARACTERS_MAX = 64;
/** NP of some Zigbee firmware, and of none: it means nothing. */
const PAYLOAD_UNKNOWN = 0xff;

const SWITCH_TO_API = ['ATAP2', 'ATWR', 'ATCN'];
const LEAVE = ['ATCN'];
const HOW_TO_SWITCH =
  'set AP to 2 (API with escapes) with XCTU, or let the gateway do it with "configure: true"';

type Phase =
  | { kind: 'asking'; command: string; triesLeft: number; deadline: number }
  | { kind: 'pause'; deadline: number }
  | { kind: 'entering'; heard: string; heardBytes: number; deadline: number }
  | {
      kind: 'commanding';
      commands: readonly string[];
      heard: string;
      heardBytes: number;
      deadline: number;
    };

/** What holds until a module has told more. */
export const UNKNOWN_XBEE: XbeeModule = {
  payloadBytesMax: undefined,
  encrypts: false,
  hardware: undefined,
  serialNumber: undefined,
};

export class XbeeStartUp {
  #phase: Phase;
  #module: XbeeModule = { ...UNKNOWN_XBEE };
  #serialHigh = '';
  #switched = false;
  #result: XbeeStartUpResult | undefined;
  readonly #line: XbeeLine;
  readonly #evidence: Evidence;
  readonly #configure: boolean;

  /** `configure`: a module in transparent mode is switched to the API, for good. */
  constructor(line: XbeeLine, evidence: Evidence, configure: boolean, now: number) {
    this.#line = line;
    this.#evidence = evidence;
    this.#configure = configure;
    this.#phase = this.#ask('AP', FIRST_TRIES_MAX, now);
  }

  /** How it has ended; undefined while it goes on. */
  get result(): XbeeStartUpResult | undefined {
    return this.#result;
  }

  get deadline(): number {
    return this.#phase.deadline;
  }

  /** What comes in are no frames, but answers of the text mode. */
  get speaksText(): boolean {
    return this.#phase.kind === 'entering' || this.#phase.kind === 'commanding';
  }

  answered(command: string, status: number, value: Uint8Array, now: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'asking' || phase.command !== command) return;
    if (status === 0) this.#learn(command, value);
    if (this.#result === undefined) this.#askNext(command, now);
  }

  text(data: Uint8Array, now: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'entering' && phase.kind !== 'commanding') return;
    phase.heardBytes += data.length;
    phase.heard = (phase.heard + String.fromCharCode(...data.subarray(-TEXT_CHARACTERS_MAX))).slice(
      -TEXT_CHARACTERS_MAX,
    );
    if (phase.heard.includes('OK\r')) this.#textAccepted(phase, now);
    else if (phase.kind === 'commanding' && phase.heard.includes('ERROR\r'))
      this.#fail(
        'MODEM_SETTING_REFUSED',
        'this XBee is in transparent mode, and its firmware knows no API mode: flash API firmware with XCTU',
      );
  }

  expire(now: number): void {
    const phase = this.#phase;
    if (this.#result !== undefined || phase.deadline > now) return;
    switch (phase.kind) {
      case 'asking':
        if (phase.triesLeft > 0) this.#phase = this.#ask(phase.command, phase.triesLeft, now);
        else if (phase.command === 'AP') this.#phase = { kind: 'pause', deadline: now + GUARD_MS };
        else this.#askNext(phase.command, now);
        return;
      case 'pause':
        this.#line.write(octetsOf('+++'));
        this.#phase = {
          kind: 'entering',
          heard: '',
          heardBytes: 0,
          deadline: now + COMMAND_MODE_TIMEOUT_MS,
        };
        return;
      case 'entering':
        this.#line.noise(phase.heardBytes);
        this.#result = { kind: 'failed', diagnosis: this.#diagnose() };
        return;
      case 'commanding':
        this.#line.noise(phase.heardBytes);
        this.#fail(
          'MODEM_WRONG_MODE',
          `this XBee is in transparent mode and has stopped answering: ${HOW_TO_SWITCH}`,
        );
        return;
      default:
        phase satisfies never;
    }
  }

  #ask(command: string, triesLeft: number, now: number): Phase {
    this.#line.ask(command);
    const deadline = now + ANSWER_TIMEOUT_MS;
    return { kind: 'asking', command, triesLeft: triesLeft - 1, deadline };
  }

  #askNext(command: string, now: number): void {
    const next = this.#commandAfter(command);
    if (next !== undefined) this.#phase = this.#ask(next, TRIES_MAX, now);
    else this.#result = { kind: 'ready', module: this.#module };
  }

  #commandAfter(command: string): string | undefined {
    if (command === 'NP' && this.#module.payloadBytesMax === undefined) return 'EE';
    return { AP: 'NP', NP: 'HV', EE: 'HV', HV: 'SH', SH: 'SL' }[command];
  }

  #learn(command: string, value: Uint8Array): void {
    const number = value.reduce((sum, octet) => sum * 256 + octet, 0);
    switch (command) {
      case 'AP':
        if (number !== 1 && number !== 2)
          this.#fail(
            'MODEM_WRONG_MODE',
            `this XBee is in API mode ${number}, which carries no datagrams: ${HOW_TO_SWITCH}`,
          );
        return;
      case 'NP':
        if (number > 0 && number !== PAYLOAD_UNKNOWN) this.#module.payloadBytesMax = number;
        return;
      case 'EE':
        this.#module.encrypts = number !== 0;
        return;
      case 'HV':
        this.#module.hardware = number;
        return;
      case 'SH':
        this.#serialHigh = toHex(value).toUpperCase();
        return;
      case 'SL':
        this.#module.serialNumber = this.#serialHigh + toHex(value).toUpperCase();
    }
  }

  #textAccepted(phase: Extract<Phase, { heard: string }>, now: number): void {
    const commands =
      phase.kind === 'commanding'
        ? phase.commands.slice(1)
        : this.#configure && !this.#switched
          ? SWITCH_TO_API
          : LEAVE;
    const [command] = commands;
    if (command !== undefined) {
      this.#line.write(octetsOf(`${command}\r`));
      this.#phase = {
        kind: 'commanding',
        commands,
        heard: '',
        heardBytes: 0,
        deadline: now + TEXT_ANSWER_TIMEOUT_MS,
      };
    } else if (this.#configure && !this.#switched) {
      this.#switched = true;
      this.#line.problem(
        'MODEM_WRONG_MODE',
        'this XBee was in transparent mode; it has been switched to API mode 2 and keeps that',
      );
      this.#evidence.clear();
      this.#phase = this.#ask('AP', FIRST_TRIES_MAX, now);
    } else {
      this.#fail('MODEM_WRONG_MODE', `this XBee is in transparent mode: ${HOW_TO_SWITCH}`);
    }
  }

  #diagnose(): Diagnosis {
    const diagnosis = this.#evidence.diagnose(XBEE_EXPECTATION);
    if (diagnosis.code !== 'MODEM_SILENT') return diagnosis;
    const message = `${diagnosis.message}; if it is in transparent mode, ${HOW_TO_SWITCH}`;
    return { code: diagnosis.code, message };
  }

  #fail(code: ModemProblem, message: string): void {
    this.#result = { kind: 'failed', diagnosis: { code, message } };
  }
}
