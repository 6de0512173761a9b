/** What a device has been told about its session holds after a crash. */
import type { Effect, StateName } from '../../../../src/core/types.js';
import { type Observer, placeKey } from '../driver.js';
import type { Facts } from '../facts.js';

const GONE: readonly StateName[] = ['DISCONNECTED', 'LOST'];

export class PromiseChecker implements Observer {
  /** The state that the latest answer stands for, as long as nothing has happened since. */
  private readonly told = new Map<string, StateName>();
  /** What the DISCONNECTs from a place have made of whom, until their answers. */
  private readonly asked = new Map<string, string[]>();
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
    }
    const client = this.facts.receiver();
    const message = this.facts.sent?.message;
    if (effect.kind !== 'send' || client === undefined || message === undefined) return;
    const state = this.facts.stateOf(client);
    if (this.isFailing || this.facts.connections.get(client)?.clean !== false) return;
    const isWelcome = message.type === 'CONNACK' && message.returnCode === 0;
    if (isWelcome && state === 'ACTIVE') this.told.set(client, state);
    if (message.type === 'DISCONNECT' && this.answered() === `${client} ${state}`)
      this.told.set(client, state);
  }

  afterStep(): void {
    const { client, message, place } = this.facts.cause;
    if (client === undefined || place === undefined || message?.type !== 'DISCONNECT') return;
    const asked = this.asked.get(placeKey(place)) ?? [];
    this.asked.set(placeKey(place), [...asked, `${client} ${this.facts.stateOf(client)}`]);
  }

  /** What the answer stands for; undefined while it could be that of several. */
  private answered(): string | undefined {
    const { sent, cause } = this.facts;
    const asked = (sent && this.asked.get(placeKey(sent.to))) ?? [];
    return asked.length === 1 && cause.kind === 'store' ? asked.shift() : undefined;
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
