/** The one message on its way through a modem with text commands: it waits, or a command has taken it. */
import type { Transmission } from './text-command.js';

export class TransmissionUnderWay {
  #waiting: Transmission | undefined;
  /** Taken by a command or on the air already; with a deadline once the modem has accepted it. */
  #taken: { transmission: Transmission; deadline: number | undefined } | undefined;

  /** There is one: no other may be added. */
  get exists(): boolean {
    return this.#waiting !== undefined || this.#taken !== undefined;
  }

  /** The message to send next, if one waits. */
  get next(): Transmission | undefined {
    return this.#waiting;
  }

  /** A command has taken it, and it has not ended. */
  get isTaken(): boolean {
    return this.#taken !== undefined;
  }

  /** When the modem has to have said that it is done; undefined: nothing is on the air. */
  get deadline(): number | undefined {
    return this.#taken?.deadline;
  }

  add(transmission: Transmission): void {
    this.#waiting = transmission;
  }

  take(): Transmission | undefined {
    const transmission = this.#waiting;
    this.#waiting = undefined;
    if (transmission !== undefined) this.#taken = { transmission, deadline: undefined };
    return transmission;
  }

  /** What was taken is on the air, and to be over at this time. */
  goesOnAir(deadline: number): void {
    if (this.#taken !== undefined) this.#taken.deadline = deadline;
  }

  /** What was taken has ended; returns its id. */
  end(): number | undefined {
    const id = this.#taken?.transmission.id;
    this.#taken = undefined;
    return id;
  }

  /** It is given up, if there is one; returns its id. */
  clear(): number | undefined {
    const id = this.#waiting?.id ?? this.#taken?.transmission.id;
    this.#waiting = undefined;
    this.#taken = undefined;
    return id;
  }
}
