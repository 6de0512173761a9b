/**
 * What modems with text commands have in common. One command is on its way at a time; a line is first
 * an event of the radio, which may come at any moment, then the answer to that command, else nothing that
 * is known. A command without answer is repeated, and then the modem has failed.
 */
import { endOfLine, octetsOf } from '../framing/text-lines.js';
import { Evidence, type Expectation } from './speaker/evidence.js';
import type {
  DiscardReason,
  Modem,
  ModemEffect,
  ModemInput,
  ModemProblem,
  SendOutcome,
  Signal,
} from './modem.js';
import type { Command, LineEvent, LineFramer, Transmission } from './text-command.js';
import { TransmissionUnderWay } from './text-transmission.js';

/** Modems answer within 20 ms; a busy machine and a slow adapter take longer. */
const ANSWER_TIMEOUT_MS = 1000;
const TRIES_MAX = 3;
/** A modem that is busy is asked again after this time. */
const AGAIN_AFTER_MS = 100;
const AGAIN_MAX = 30;

const NO_OCTETS = new Uint8Array();

/** The command under way. */
interface Current {
  command: Command;
  triesLeft: number;
  againLeft: number;
  /** The modem was busy: at the deadline it is given again, which is no try. */
  again: boolean;
  deadline: number;
}

export abstract class TextModem<Event = never> implements Modem {
  /** The time of the step. */
  protected now = 0;
  #effects: ModemEffect[] = [];
  #state: 'closed' | 'starting' | 'ready' | 'failed' = 'closed';
  /** Commands of the start-up dialogue that are still to come. */
  #script: Command[] = [];
  #current: Current | undefined;
  #pausedUntil: number | undefined;
  #lookAt: number | undefined;
  #probe: 'none' | 'wanted' | 'asked' = 'none';
  readonly #transmission = new TransmissionUnderWay();
  readonly #evidence = new Evidence();
  readonly #expectation: Expectation;
  readonly #lines: LineFramer<Event>;

  constructor(expectation: Expectation, lines: LineFramer<Event>) {
    this.#expectation = expectation;
    this.#lines = lines;
  }

  abstract maxMessageBytes(address: string | null): number;
  abstract airBytes(messageBytes: number): number;

  /** The start-up dialogue; what was known of the modem is void. */
  protected abstract startUp(): Command[];
  /** What to do when no command is under way and nothing is on the air: to send `waiting`, for one. */
  protected abstract next(): Command | undefined;
  /** Costs no air time. */
  protected abstract probe(): Command;
  /** Takes a line that may come at any moment; false: it is none of these. */
  protected abstract event(line: string): boolean;
  /** What the framer has made beside lines. */
  protected abstract framed(event: Event): void;
  /** The octets to send for a message; undefined: there is no such address. */
  protected abstract payload(address: string | null, data: Uint8Array): Uint8Array | undefined;

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    this.now = now;
    if (this.#lookAt !== undefined && this.#lookAt <= now) this.#lookAt = undefined;
    switch (input.kind) {
      case 'opened':
        this.#close();
        this.#start();
        break;
      case 'closed':
        this.#close();
        break;
      case 'received':
        this.#received(input.data);
        break;
      case 'send':
        this.#send(input);
        break;
      case 'probe':
        if (this.#state === 'ready') this.#probe = 'wanted';
        break;
      case 'deadline':
        this.#expire();
        break;
      default:
        input satisfies never;
    }
    this.#goOn();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  nextDeadline(): number | undefined {
    const earliest = Math.min(
      this.#lines.nextDeadline?.() ?? Number.POSITIVE_INFINITY,
      this.#current?.deadline ?? Number.POSITIVE_INFINITY,
      this.#pausedUntil ?? Number.POSITIVE_INFINITY,
      this.#lookAt ?? Number.POSITIVE_INFINITY,
      this.#transmission.deadline ?? Number.POSITIVE_INFINITY,
    );
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  /** The message to send next, if one waits. */
  protected get waiting(): Transmission | undefined {
    return this.#transmission.next;
  }

  protected get isStarting(): boolean {
    return this.#state === 'starting';
  }

  /** The modem has accepted a message and not yet said that it was sent. */
  protected get isOnAir(): boolean {
    return this.#transmission.deadline !== undefined;
  }

  /** Takes `waiting` for a command that sends it. */
  protected take(): Transmission | undefined {
    return this.#transmission.take();
  }

  /** What was taken is on the air now; the modem will say when it is done, and until then. */
  protected goesOnAir(confirmedWithinMs: number): void {
    this.#transmission.goesOnAir(this.now + confirmedWithinMs);
  }

  /** What has become of what was taken; nothing, if nothing was. */
  protected transmitted(outcome: SendOutcome, detail?: string): void {
    const id = this.#transmission.end();
    if (id !== undefined) this.#sent(id, outcome, detail);
  }

  protected acknowledgement(address: string, data: Uint8Array): void {
    this.#effects.push({ kind: 'acknowledgement', address, data });
  }

  protected datagram(address: string, data: Uint8Array, signal?: Signal): void {
    this.#effects.push({ kind: 'datagram', address, data, ...(signal && { signal }) });
  }

  protected discard(bytes: number, why: DiscardReason): void {
    if (bytes > 0) this.#effects.push({ kind: 'discarded', bytes, why });
  }

  /** Inserts commands before those of the start-up dialogue that are still to come. */
  protected first(...commands: Command[]): void {
    this.#script.unshift(...commands);
  }

  /** `next` is asked again at this time at the latest. */
  protected lookAgainAt(time: number): void {
    this.#lookAt = time;
  }

  /** The start-up dialogue goes on with these, and no others. */
  protected replaceScript(commands: Command[]): void {
    this.#script = commands;
  }

  /** No command before this time is over. */
  protected pause(ms: number): void {
    this.#pausedUntil = this.now + ms;
  }

  /** The modem has started anew by itself. */
  protected wasReset(): void {
    if (this.#state === 'ready') {
      const { modem } = this.#expectation;
      this.problem('MODEM_RESET', `the ${modem} has started anew by itself: supply, wiring?`);
    }
    this.startAnew('the modem was reset');
  }

  /** The start-up dialogue once more, with a message under way given up. */
  protected startAnew(why: string): void {
    if (this.#state !== 'ready' && this.#state !== 'starting') return;
    this.#interrupt(why);
    this.#start();
  }

  /** No answer came, as often as it was asked for. */
  protected silent(text: string): void {
    const { code, message } = this.#evidence.diagnose(this.#expectation);
    this.fail(code, `no answer to "${text}": ${message}`);
  }

  protected problem(code: ModemProblem, message: string): void {
    this.#effects.push({ kind: 'problem', code, message });
  }

  /** The dialogue has failed for good. */
  protected fail(code: ModemProblem, message: string): void {
    this.#interrupt(message);
    this.#script = [];
    this.#current = undefined;
    this.#pausedUntil = undefined;
    this.#lookAt = undefined;
    this.#state = 'failed';
    this.problem(code, message);
    this.#effects.push({ kind: 'reopen', why: message });
  }

  #start(): void {
    this.#state = 'starting';
    this.#effects.push({ kind: 'state', state: 'starting' });
    this.#evidence.clear();
    this.#current = undefined;
    this.#pausedUntil = undefined;
    this.#lookAt = undefined;
    this.#probe = 'none';
    this.#script = this.startUp();
  }

  #close(): void {
    this.#interrupt('the port was closed');
    for (const event of this.#lines.flush())
      if (isLineEvent(event) && event.kind === 'discarded') this.#effects.push(event);
    this.#script = [];
    this.#current = undefined;
    this.#pausedUntil = undefined;
    this.#lookAt = undefined;
    this.#state = 'closed';
  }

  #interrupt(detail: string): void {
    const id = this.#transmission.clear();
    if (id !== undefined) this.#sent(id, 'interrupted', detail);
  }

  #sent(id: number, outcome: SendOutcome, detail?: string): void {
    this.#effects.push({ kind: 'sent', id, outcome, ...(detail !== undefined && { detail }) });
  }

  #send(input: Extract<ModemInput, { kind: 'send' }>): void {
    const { id, address, data, airTimeMs, isAcknowledgement } = input;
    if (this.#state !== 'ready') {
      this.#sent(id, 'interrupted');
      return;
    }
    if (this.#transmission.exists) {
      this.#sent(id, 'busy');
      return;
    }
    const bytesMax = this.maxMessageBytes(address);
    const wrapped = (): Uint8Array | undefined => this.payload(address, data);
    const payload = data.length > bytesMax ? undefined : isAcknowledgement ? data : wrapped();
    if (payload === undefined) {
      const detail =
        bytesMax === 0
          ? `no address on this line: ${address}`
          : `${data.length} octets, and ${bytesMax} fit`;
      this.#sent(id, 'refused', detail);
      return;
    }
    this.#transmission.add({ id, address, data: payload, airTimeMs });
  }

  #received(data: Uint8Array): void {
    if (this.#state === 'closed') return;
    // What comes behind an answer is evidence, and what comes before it is none: line by line, whatever the chunks.
    let at = 0;
    while (at < data.length && this.#state === 'starting') {
      const line = data.subarray(at, endOfLine(data, at));
      this.#evidence.add(line);
      this.#read(this.#lines.push(line, this.now));
      at += line.length;
    }
    if (at < data.length) this.#read(this.#lines.push(data.subarray(at), this.now));
  }

  #read(events: readonly (LineEvent | Event)[]): void {
    for (const event of events) {
      if (!isLineEvent(event)) {
        this.#understood();
        this.framed(event);
      } else if (event.kind === 'discarded') this.#effects.push(event);
      else this.#line(event.text);
      this.#goOn();
    }
  }

  #line(line: string): void {
    if (this.event(line)) {
      this.#understood();
      return;
    }
    const { command } = this.#current ?? {};
    // An echo.
    if (line === command?.text) return;
    const answer = command?.answered(line) ?? 'other';
    if (answer === 'other') {
      this.discard(line.length, 'malformed');
      return;
    }
    this.#understood();
    if (answer === 'done') {
      // Its answer may have begun another one.
      if (this.#current?.command === command) this.#current = undefined;
    } else if (answer === 'again') this.#again();
  }

  #understood(): void {
    this.#evidence.clear();
    if (this.#probe === 'none') return;
    this.#probe = 'none';
    this.#effects.push({ kind: 'alive' });
  }

  /** The modem was busy: the same command a little later, some times. */
  #again(): void {
    if (this.#current === undefined) return;
    this.#current.again = true;
    this.#current.deadline = this.now + AGAIN_AFTER_MS;
  }

  #expire(): void {
    this.#read(this.#lines.push(NO_OCTETS, this.now));
    if (this.#pausedUntil !== undefined && this.#pausedUntil <= this.now)
      this.#pausedUntil = undefined;
    if ((this.#transmission.deadline ?? Number.POSITIVE_INFINITY) <= this.now)
      this.transmitted('timeout', 'the modem did not say that it was sent');
    const current = this.#current;
    if (current === undefined || current.deadline > this.now) return;
    const { command, again } = current;
    if (again && current.againLeft > 0) current.againLeft -= 1;
    else if (!again && current.triesLeft > 0) current.triesLeft -= 1;
    else {
      this.#current = undefined;
      if (command.unanswered === undefined) this.silent(command.text);
      else command.unanswered();
      return;
    }
    this.#give(current);
  }

  #goOn(): void {
    while (this.#current === undefined && this.#pausedUntil === undefined) {
      const command = this.#nextCommand();
      if (command === undefined) return;
      const triesLeft = (command.triesMax ?? TRIES_MAX) - 1;
      this.#give({ command, triesLeft, againLeft: AGAIN_MAX, again: false, deadline: 0 });
    }
  }

  #nextCommand(): Command | undefined {
    if (this.#state === 'starting') {
      const command = this.#script.shift();
      if (command !== undefined) return command;
      this.#state = 'ready';
      this.#effects.push({ kind: 'state', state: 'ready' });
    }
    if (this.#state !== 'ready' || this.#transmission.isTaken) return undefined;
    const command = this.next();
    if (command !== undefined || this.#probe !== 'wanted') return command;
    this.#probe = 'asked';
    return this.probe();
  }

  #give(current: Current): void {
    const { text, timeoutMs = ANSWER_TIMEOUT_MS } = current.command;
    current.again = false;
    current.deadline = this.now + timeoutMs;
    this.#current = current;
    this.#effects.push({ kind: 'write', data: octetsOf(`${text}\r\n`) });
  }
}

function isLineEvent(event: unknown): event is LineEvent {
  const { kind } = event as { kind: unknown };
  return kind === 'line' || kind === 'discarded';
}
