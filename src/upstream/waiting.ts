/** Requests of a transparent device that wait for its connection. */
import type { UpstreamEvent, UpstreamRequest } from '../core/types.js';
import { type Failure, REPLACED } from './reasons.js';

type NewWill = Extract<UpstreamRequest, { op: 'set-will' }>;
type Opening = Extract<UpstreamRequest, { op: 'open' }> | NewWill;

export class Waiting {
  /** Who waits for the connection being opened. */
  opening: Opening | undefined;
  /** A new will that waits for open exchanges to end. */
  newWill: NewWill | undefined;

  constructor(private readonly emit: (event: UpstreamEvent) => void) {}

  /** The latest one counts. */
  replaceWill(request: NewWill): void {
    if (this.newWill !== undefined) this.answer(this.newWill, REPLACED);
    this.newWill = request;
  }

  /** The new will's turn has come: now it waits for a connection. */
  openWithNewWill(): NewWill | undefined {
    const request = this.newWill;
    if (request === undefined) return undefined;
    this.newWill = undefined;
    this.opening = request;
    return request;
  }

  /** The connection is there. */
  opened(): void {
    const request = this.opening;
    this.opening = undefined;
    if (request !== undefined) this.answer(request);
  }

  /** Nobody waits any more. */
  fail(failure: Failure): void {
    const all = [this.opening, this.newWill];
    this.opening = undefined;
    this.newWill = undefined;
    for (const request of all) if (request !== undefined) this.answer(request, failure);
  }

  answer({ op, token, client }: Opening, failure?: Failure): void {
    if (op === 'open') this.emit({ event: 'opened', token, client, ...failure });
    else if (failure === undefined) this.emit({ event: 'will-set', token, client });
    else this.emit({ event: 'will-set', token, client, failure: failure.failure });
  }
}
