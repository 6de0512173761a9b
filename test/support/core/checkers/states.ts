/** Sessions: every change has one legal notice; the broker's side is open exactly as long as they are; wills. */
import { isConnected, TRANSITIONS } from '../../../../src/core/session/state.js';
import type { Effect, Input, StateName, UpstreamRequest } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';

/** Requests for which the client's connection has to be there. What waits in the outbox is only tried. */
const OF_A_CONNECTION: readonly string[] = ['set-will', 'subscribe', 'unsubscribe'];

export class StateChecker implements Observer {
  /** Transitions seen so far, as `from>to`. */
  readonly seen = new Set<string>();
  private readonly states = new Map<string, StateName>();
  /** Clients whose session the broker's side holds or has been asked for. */
  private readonly open = new Set<string>();
  /** The latest `open` of a client while it is not answered, and whether a session was there that it may go back to. */
  private readonly asked = new Map<string, { token: number; canGoBack: boolean }>();
  private readonly forgotten = new Set<string>();
  private readonly couriers = new Set<string>();
  private isRecovering = false;
  private lost: string[] = [];
  private fired: string[] = [];

  constructor(private readonly facts: Facts) {}

  onInput(input: Input): void {
    this.lost = [];
    this.fired = [];
    if (input.kind !== 'upstream') return;
    const { event } = input;
    if (event.event === 'closed') {
      const asked = this.asked.get(event.client);
      // While a new session is asked for, it is the one before that is closed.
      if (asked) asked.canGoBack = false;
      else this.open.delete(event.client);
    }
    if (event.event === 'opened' && this.asked.get(event.client)?.token === event.token) {
      const canGoBack = this.asked.get(event.client)?.canGoBack;
      this.asked.delete(event.client);
      const goesBack = canGoBack && event.failure === 'unavailable';
      if (event.failure && !goesBack) this.open.delete(event.client);
    }
  }

  onEffect(effect: Effect): void {
    if (effect.kind === 'upstream') this.onRequest(effect.request);
    if (effect.kind !== 'notice' || effect.notice.notice !== 'transition') return;
    const { client, from, to } = effect.notice;
    const before = this.stateOf(client);
    if (from !== before)
      throw new Error(`${client} is ${before}, the notice says ${from} to ${to}`);
    if (!TRANSITIONS.some((one) => one.from === from && one.to === to)) {
      throw new Error(`${client} goes from ${from} to ${to}, which the table does not have`);
    }
    this.seen.add(`${from}>${to}`);
    this.states.set(client, to);
    if (to === 'LOST' && from !== 'CONNECTING') this.lost.push(client);
  }

  afterStep(): void {
    if (this.isRecovering) return;
    if (this.lost.toSorted().join() !== this.fired.toSorted().join()) {
      throw new Error(`lost: ${this.lost.join()}; wills fired for: ${this.fired.join()}`);
    }
    for (const [client, state] of this.states) {
      if (state === 'CONNECTING') continue;
      const isOpen = this.open.has(client);
      if (isOpen !== isConnected(state)) {
        throw new Error(
          `${client} is ${state}, and the broker's side is ${isOpen ? 'open' : 'closed'}`,
        );
      }
    }
  }

  /** Whose data are forgotten is nobody the gateway has ever heard of. */
  private stateOf(client: string): StateName {
    const state = this.states.get(client) ?? 'DISCONNECTED';
    return state === 'LOST' && this.forgotten.has(client) ? 'DISCONNECTED' : state;
  }

  onCrash(): void {
    this.open.clear();
    this.asked.clear();
    this.couriers.clear();
    this.forgotten.clear();
    this.isRecovering = true;
    // What was kept of a client is looked up; of others nothing is left.
    for (const client of this.states.keys()) this.states.set(client, 'DISCONNECTED');
  }

  onRecovered(): void {
    this.isRecovering = false;
    for (const client of this.states.keys()) this.states.set(client, this.facts.stateOf(client));
  }

  /** A connection for messages of a device that has none. */
  private onCourier(client: string): void {
    if (this.open.has(client)) throw new Error(`a courier throws ${client} out`);
    this.couriers.add(client);
  }

  private onRequest(request: UpstreamRequest): void {
    if (request.op === 'resume') {
      if (request.connected) this.open.add(request.client);
    } else if (request.op === 'open' && this.stateOf(request.client) !== 'CONNECTING') {
      this.onCourier(request.client);
    } else if (request.op === 'open') {
      this.couriers.delete(request.client);
      this.forgotten.delete(request.client);
      const canGoBack = this.open.has(request.client) && !this.asked.has(request.client);
      this.open.add(request.client);
      this.asked.set(request.client, { token: request.token, canGoBack });
    } else if (request.op === 'close') {
      if (request.forget) this.forgotten.add(request.client);
      if (request.will === 'fire') this.fired.push(request.client);
      this.couriers.delete(request.client);
      this.open.delete(request.client);
      this.asked.delete(request.client);
    } else if (OF_A_CONNECTION.includes(request.op) && !this.open.has(request.client ?? '')) {
      throw new Error(`${request.op} for ${request.client}, whose side at the broker is closed`);
    }
  }
}
