/**
 * Connections that are opened for the messages of a device that has none (transparent mode): its session at the broker is
 * opened for them, and closed when they are through.
 */
import type { Context } from '../context.js';
import { OUTBOX_RETRY_MS } from '../limits.js';
import { hasOrOpensConnection } from '../session/state.js';
import type { Instant, UpstreamEvent } from '../types.js';

export class Couriers {
  /** Those that are there: since when. */
  private readonly states = new Map<string, 'asked' | Instant>();

  constructor(private readonly ctx: Context) {}

  /**
   * The broker's side of the device is not there, or cannot take a message: it is asked for, unless somebody else will open it.
   * One that has just come is not asked again at once, or both would answer each other for ever.
   */
  send(client: string): void {
    const { ctx, states } = this;
    const state = states.get(client);
    if (!ctx.brokerUp || state === 'asked') return;
    if (state !== undefined && ctx.now - state < OUTBOX_RETRY_MS) return;
    const session = ctx.sessions.get(client);
    // A ghost's connection counts: a courier would end what holds its will.
    if (session && hasOrOpensConnection(session.state.name)) return;
    states.set(client, 'asked');
    ctx.toBroker({
      op: 'open',
      token: ctx.expectAnswer({ kind: 'courier', client }),
      client,
      cleanSession: session?.cleanSession ?? true,
      isCourier: true,
    });
  }

  /** The broker's answer. Returns whether the courier is there. */
  arrives(client: string, { failure }: Extract<UpstreamEvent, { event: 'opened' }>): boolean {
    if (this.states.get(client) !== 'asked') return false;
    if (failure === undefined) this.states.set(client, this.ctx.now);
    else this.states.delete(client);
    return failure === undefined;
  }

  /** The device itself connects: its own session takes over. */
  dismiss(client: string): void {
    this.states.delete(client);
  }

  /** Nothing is left for it to carry: its connection ends. */
  sendHome(client: string): void {
    if (typeof this.states.get(client) !== 'number') return;
    this.states.delete(client);
    const forget = this.ctx.sessions.get(client)?.cleanSession ?? true;
    this.ctx.toBroker({ op: 'close', client, will: 'discard', forget });
  }
}
