/**
 * The will of one transparent device, and who can be relied on to publish it: the broker while it has it, and
 * otherwise the next run, which has to know (see owed-wills.ts).
 */
import type { Will } from '../core/types.js';
import type { MqttVersion } from './brokers.js';
import type { DeviceSession, Surroundings } from './device-connection.js';
import { DueWill } from './due-will.js';
import type { Farewell } from './farewell.js';

export class DeviceWill {
  /** What the next CONNECT says. */
  current: Will | undefined;
  readonly #due: DueWill;
  #isEnding = false;

  constructor(
    private readonly client: string,
    private readonly around: Surroundings,
    private readonly session: Pick<DeviceSession, 'survives'>,
    private readonly on: {
      /** Nobody waits for a note any more: it is on disk, or not needed. */
      noted: () => void;
      /** The broker has published what it waited with. */
      out: () => void;
    },
  ) {
    this.#due = new DueWill(around.time, around.options.keepaliveSec, () => on.out());
  }

  /** Nobody can rely on the broker: it is told good-bye, or fires it for a connection that is lost, or has lost it. */
  owe(): void {
    if (this.current !== undefined) this.around.owed.note(this.client, this.on.noted);
  }

  /** Our good-bye takes away what the broker has: until it has been told, this one is ours to publish. */
  takeAway(): void {
    this.around.owed.takeAway(this.client, this.current);
  }

  /** It is owed, and the disk has yet to hear of it. */
  get isNoting(): boolean {
    return this.around.owed.isNoting(this.client);
  }

  /** The broker has it: until the good-bye. */
  registered(): void {
    if (this.#isEnding) this.owe();
    else this.settle();
  }

  /** Nobody needs it any more. */
  settle(): void {
    this.around.owed.settle(this.client);
  }

  /** The gateway ends: what is owed from now on the next run owes. */
  beginEnd(): void {
    this.#isEnding = true;
  }

  /** What a broker of this version waits with, so that a restart of the gateway fires none. */
  delayedAt(version: MqttVersion): Will | undefined {
    return version === 5 && this.session.survives ? this.current : undefined;
  }

  /** The connection is ended. */
  left(farewell: Farewell, version: MqttVersion): void {
    this.#due.set(farewell === 'drop' && this.delayedAt(version) !== undefined);
  }

  /** The broker waits with it, and a new connection would take it away. */
  get isDue(): boolean {
    return this.#due.isDue;
  }

  /** Nobody is there any more who could take it away. */
  end(): void {
    this.#due.set(false);
  }
}
