/** What a device has been told about its session holds after a crash. */
import type { Effect, StateName } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';

const GONE: readonly StateName[] = ['DISCONNECTED', 'LOST'];

export class PromiseChecker implements Observer {
  /** The state that the latest answer stands for, as long as nothing has happened since. */
  private readonly told = new Map<string, StateName>();
  /** What the DISCONNECT of a device has made of it, until its answer. */
  private readonly asked = new Map<string, StateName>();
  /** The disk failed, so that nothing is promised. */
  private isFailing = false;

  constructor(private readonly facts: Facts) {}

  onInput(): void {
    const { event } = this.facts.cause.store ?? {};
    if (event === 'failing') this.isFailing = true;
    if (event === 'working') this.isFailing = false;
    if (this.isFailing) this.told.clear();
  }

  onEffect(effect: Effect): void {
    if (effect.kind === 'notice' && effect.notice.notice === 'transition') {
      this.told.delete(effect.notice.client);
      this.asked.delete(effect.notice.client);
    }
    const client = this.facts.receiver();
    const message = this.facts.sent?.message;
    if (effect.kind !== 'send' || client === undefined || message === undefined) return;
    const state = this.facts.stateOf(client);
    if (this.isFailing || this.facts.connections.get(client)?.clean !== false) return;
    const isWelcome = message.type === 'CONNACK' && message.returnCode === 0;
    const isAnswer = message.type === 'DISCONNECT' && this.asked.get(client) === state;
    if ((isWelcome && state === 'ACTIVE') || isAnswer) this.told.set(client, state);
  }

  afterStep(): void {
    const { client, message } = this.facts.cause;
    if (client === undefined || message?.type !== 'DISCONNECT') return;
    this.asked.set(client, this.facts.stateOf(client));
  }

  onRecovered(): void {
    this.isFailing = false;
    this.asked.clear();
    for (const [client, told] of this.told) {
      const state = this.facts.stateOf(client);
      const isSame = state === told || (GONE.includes(state) && GONE.includes(told));
      if (!isSame) throw new Error(`${client} was told ${told} and is ${state} after the crash`);
    }
  }
}
