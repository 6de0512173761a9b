/**
 * Who sends a wrong token is answered late: so nobody tries more of them in a second than there are connections, and whoever
 * sends the right one from the same address is served as ever. Nothing else waits meanwhile.
 *
 * One wrong token is the last thing that its connection is for. What has been sent behind it is not looked at, else a thousand
 * of them in a row would be tried for the time of one. And who leaves because there is no answer at once, which says enough,
 * leaves his place among the connections of his address empty for as long.
 */
import type { Socket } from 'node:net';

export class LateAnswers {
  /** Connections that have sent a wrong token, and when it is time for its answer. */
  private readonly dueAtMs = new WeakMap<Socket, number>();

  /** `nowMs`: on a clock that never goes back. */
  constructor(
    private readonly delayMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Whether nothing that comes on this connection is looked at any more. */
  isOver(connection: Socket): boolean {
    return this.dueAtMs.has(connection);
  }

  /** How long its place stays taken, though it has ended; 0: it is free. */
  restMs(connection: Socket): number {
    return Math.max(0, (this.dueAtMs.get(connection) ?? 0) - this.nowMs());
  }

  /** Resolves when it is time for the answer, or when nobody is there to hear it. Whoever answers closes the connection. */
  async wait(connection: Socket): Promise<void> {
    this.dueAtMs.set(connection, this.nowMs() + this.delayMs);
    if (connection.destroyed) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        connection.off('close', end);
        resolve();
      };
      const timer = setTimeout(end, this.delayMs);
      connection.once('close', end);
    });
  }
}
