/**
 * Finds out what answers on a port. At each baud rate it listens first, then asks:
 *
 *   opening ---> listening ---> [quiet ---> answering] for each question ---> the next baud rate
 *
 * An answer is judged when nothing follows any more, because half of it may mean another thing than the whole;
 * what means nothing by then has until its time is over. The first that is recognised ends the probe. Pure, as
 * the drivers are.
 */
import {
  foundOrAskVersion,
  type Meaning,
  type Question,
  type Stage,
  WHOLE_AFTER_MS,
} from './questions.js';
import { Sample } from '../speaker/sample.js';
import { type Speaker, speakerOf } from '../speaker/speaker.js';
import { quotedText } from '../speaker/texts.js';

export type ProbeInput =
  /** The port is open, at the baud rate that was asked for. */
  { kind: 'opened' } | { kind: 'received'; data: Uint8Array } | { kind: 'deadline' };

export type ProbeEffect =
  /** Closes the port, if it is open, and opens it at this rate; undefined: at whichever it has. */
  | { kind: 'open'; baudRate: number | undefined }
  | { kind: 'write'; data: Uint8Array }
  /** What is done now, for people who wait. */
  | { kind: 'progress'; text: string }
  | { kind: 'done'; result: ProbeResult };

export interface ProbeResult {
  /** undefined: nothing that is known. */
  speaker: Speaker | undefined;
  baudRate: number | undefined;
  /** Octets that came and meant nothing, by baud rate. */
  nonsense: readonly Nonsense[];
}

export interface Nonsense {
  baudRate: number | undefined;
  bytes: number;
  /** Their beginning, if it is text. */
  text: string | undefined;
}

/** Of what comes between two questions; enough for any answer. */
const HEARD_BYTES_MAX = 1024;

const ECHO: Speaker = {
  modem: undefined,
  what: 'nothing but an echo of what is sent',
  advice: 'RX and TX are joined somewhere, or a console is on this port',
};

type Phase =
  | { kind: 'opening' }
  | { kind: 'listening'; until: number }
  | { kind: 'quiet'; question: Question; until: number }
  | { kind: 'answering'; question: Question; until: number; endsAt: number }
  | { kind: 'done' };

export class Probe {
  readonly #stages: readonly Stage[];
  #stageIndex = 0;
  #waiting: Question[] = [];
  #phase: Phase = { kind: 'opening' };
  readonly #heard = new Sample(HEARD_BYTES_MAX);
  #nonsense: Nonsense[] = [];
  /** Counts if nothing better comes: a modem that echoes answers other questions beside. */
  #echo: { speaker: Speaker; baudRate: number | undefined } | undefined;
  #effects: ProbeEffect[] = [];

  /** `stages`: at least one. */
  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
  }

  start(): ProbeEffect[] {
    this.#open();
    return this.#take();
  }

  step(input: ProbeInput, now: number): ProbeEffect[] {
    switch (input.kind) {
      case 'opened':
        if (this.#phase.kind === 'opening') this.#listen(now);
        break;
      case 'received':
        this.#hear(input.data, now);
        break;
      case 'deadline':
        if (now >= (this.nextDeadline() ?? Number.POSITIVE_INFINITY)) this.#due(now);
        break;
      default:
        input satisfies never;
    }
    return this.#take();
  }

  nextDeadline(): number | undefined {
    return 'until' in this.#phase ? this.#phase.until : undefined;
  }

  get #stage(): Stage {
    return this.#stages[this.#stageIndex] as Stage;
  }

  #open(): void {
    this.#phase = { kind: 'opening' };
    this.#effects.push({ kind: 'open', baudRate: this.#stage.baudRate });
  }

  #listen(now: number): void {
    const { listenMs, questions } = this.#stage;
    this.#waiting = [...questions];
    this.#heard.clear();
    this.#phase = { kind: 'listening', until: now + listenMs };
    this.#progress('listening');
  }

  #hear(data: Uint8Array, now: number): void {
    const phase = this.#phase;
    if (phase.kind === 'opening' || phase.kind === 'done') return;
    this.#heard.add(data);
    if (phase.kind === 'answering') phase.until = Math.min(now + WHOLE_AFTER_MS, phase.endsAt);
  }

  #due(now: number): void {
    const phase = this.#phase;
    const heard = this.#heard.octets;
    switch (phase.kind) {
      case 'opening':
      case 'done':
        return;
      case 'listening': {
        const speaker = speakerOf(heard);
        return this.#judge(speaker && foundOrAskVersion(speaker), heard, now);
      }
      case 'quiet': {
        const speaker = speakerOf(heard);
        if (speaker !== undefined) return this.#judge(foundOrAskVersion(speaker), heard, now);
        this.#noteNonsense(heard);
        return this.#ask(phase.question, now);
      }
      case 'answering': {
        const { octets, read, farewell } = phase.question;
        const meaning = read(heard);
        if (meaning === undefined && now < phase.endsAt) {
          phase.until = phase.endsAt;
          return;
        }
        if (farewell !== undefined) this.#effects.push({ kind: 'write', data: farewell });
        if (isEcho(octets, heard)) this.#echo ??= { speaker: ECHO, baudRate: this.#stage.baudRate };
        return this.#judge(meaning, heard, now);
      }
      default:
        phase satisfies never;
    }
  }

  #judge(meaning: Meaning | undefined, heard: Uint8Array, now: number): void {
    if (meaning?.kind === 'found') return this.#finish(meaning.speaker, this.#stage.baudRate);
    if (meaning?.kind === 'ask') return this.#prepare(meaning.question, now);
    this.#noteNonsense(heard);
    const question = this.#waiting.shift();
    if (question !== undefined) return this.#prepare(question, now);
    this.#stageIndex += 1;
    if (this.#stageIndex < this.#stages.length) return this.#open();
    this.#finish(this.#echo?.speaker, this.#echo?.baudRate);
  }

  #prepare(question: Question, now: number): void {
    this.#progress(`asking for ${question.for}`);
    this.#heard.clear();
    if (question.quietMs === 0) return this.#ask(question, now);
    this.#phase = { kind: 'quiet', question, until: now + question.quietMs };
  }

  #ask(question: Question, now: number): void {
    this.#heard.clear();
    this.#effects.push({ kind: 'write', data: question.octets });
    const endsAt = now + question.answerMs;
    this.#phase = { kind: 'answering', question, until: endsAt, endsAt };
  }

  #finish(speaker: Speaker | undefined, baudRate: number | undefined): void {
    this.#phase = { kind: 'done' };
    this.#effects.push({ kind: 'done', result: { speaker, baudRate, nonsense: this.#nonsense } });
  }

  /** Of one baud rate in one entry, with the text that came first. */
  #noteNonsense(heard: Uint8Array): void {
    if (heard.length === 0) return;
    const { baudRate } = this.#stage;
    const last = this.#nonsense.at(-1);
    if (last === undefined || last.baudRate !== baudRate)
      this.#nonsense.push({ baudRate, bytes: heard.length, text: quotedText(heard) });
    else last.bytes += heard.length;
  }

  #progress(what: string): void {
    const { baudRate } = this.#stage;
    const where = baudRate === undefined ? '' : ` at ${baudRate} baud`;
    this.#effects.push({ kind: 'progress', text: `${what}${where}` });
  }

  #take(): ProbeEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

/** What was sent comes back first. */
const isEcho = (sent: Uint8Array, heard: Uint8Array): boolean =>
  heard.length >= sent.length && sent.every((octet, at) => heard[at] === octet);
