/** Requests of a transparent device that wait for its connection, or for the moment in which that may be renewed. */
import type { UpstreamRequest, Will } from '../core/types.js';
import type { Surroundings } from './device-connection.js';
import type { DeviceWill } from './device-will.js';
import { QUIET_TIMEOUT_MS } from './limits.js';
import { AWAY, type Failure, REPLACED } from './reasons.js';
import type { Timer } from './time.js';

type NewWill = Extract<UpstreamRequest, { op: 'set-will' }>;
type Opening = Extract<UpstreamRequest, { op: 'open' }> | NewWill;

export class Waiting {
  /** Who waits for the connection being opened. */
  opening: Opening | undefined;
  #newWill: NewWill | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly around: Pick<Surroundings, 'emit' | 'time'>,
    private readonly will: Pick<DeviceWill, 'owe' | 'isNoting' | 'registered'>,
    private readonly connection: {
      /** No answer is under way: a clean session of MQTT 3.1.1 would lose it. */
      isQuiet: () => boolean;
      /** Renews it with another will. */
      changeWill: (will: Will | undefined) => void;
    },
  ) {}

  /**
   * The will changes as soon as the connection is quiet, or it has been long enough; but never before the disk knows that
   * nobody has the will meanwhile. The latest request counts.
   */
  changeWill(request: NewWill): void {
    if (this.#newWill !== undefined) this.answer(this.#newWill, REPLACED);
    this.#newWill = request;
    this.#timer?.cancel();
    this.#timer = this.around.time.after(QUIET_TIMEOUT_MS, () => this.#longEnough());
    this.will.owe();
    this.look();
  }

  /** The broker has the will that is asked for: a change that still waits is off. */
  keepWill(request: Opening): void {
    this.fail(REPLACED);
    this.will.registered();
    this.answer(request);
  }

  /** The connection may be quiet now, or the disk know. */
  look(): void {
    const request = this.#newWill;
    if (request === undefined || this.will.isNoting || !this.connection.isQuiet()) return;
    this.#begin(request);
  }

  #longEnough(): void {
    const request = this.#newWill;
    if (request === undefined) return;
    if (!this.will.isNoting) return this.#begin(request);
    this.#newWill = undefined;
    this.answer(request, AWAY);
    this.will.registered();
  }

  #begin(request: NewWill): void {
    this.#timer?.cancel();
    this.#newWill = undefined;
    this.opening = request;
    this.connection.changeWill(request.will);
  }

  /** The connection is there. */
  opened(): void {
    const request = this.opening;
    this.opening = undefined;
    if (request !== undefined) this.answer(request);
  }

  /** Nobody waits any more. */
  fail(failure: Failure): void {
    const all = [this.opening, this.#newWill];
    this.#timer?.cancel();
    this.opening = undefined;
    this.#newWill = undefined;
    for (const request of all) if (request !== undefined) this.answer(request, failure);
  }

  answer({ op, token, client }: Opening, failure?: Failure): void {
    const { emit } = this.around;
    if (op === 'open') emit({ event: 'opened', token, client, ...failure });
    else if (failure === undefined) emit({ event: 'will-set', token, client });
    else emit({ event: 'will-set', token, client, failure: failure.failure });
  }
}
