/** What the gateway has told of each device, in this life of its process. */
import type { Notice, StateName } from '../../../src/core/types.js';
import type { Watcher } from '../watcher.js';
import { placeOf } from './support.js';

export class ToldStates {
  private readonly states = new Map<string, StateName>();
  private readonly changedAt = new Map<string, number>();
  private readonly leftAt = new Map<string, number>();
  /** Who has come to a place, one after the other, and the life that has told of it last. */
  private readonly holders = new Map<string, { life: number; clients: string[] }>();
  private lives = 0;

  notice(notice: Notice, at: number): void {
    if (notice.notice !== 'transition' && notice.notice !== 'roamed') return;
    const { client, link, address } = notice;
    const isThere =
      notice.notice === 'roamed' || notice.to === 'CONNECTING' || notice.to === 'ACTIVE';
    if (isThere) this.settle(placeOf(link, address), client);
    if (notice.notice !== 'transition') return;
    if (isConnected(this.of(client)) && !isConnected(notice.to)) this.leftAt.set(client, at);
    this.states.set(client, notice.to);
    this.changedAt.set(client, at);
  }

  /** What a life told in its last moment need not be on the disk: the next one may know better of a device. */
  life(is: Parameters<NonNullable<Watcher['life']>>[0]): void {
    if (is !== 'begins') return;
    this.states.clear();
    this.lives++;
  }

  of(client: string): StateName | undefined {
    return this.states.get(client);
  }

  /** When it was connected last, if it is not any more: it may be on its way back. */
  leftSince(client: string): number | undefined {
    return isConnected(this.of(client)) ? undefined : this.leftAt.get(client);
  }

  /** Since when it is without a connection. */
  goneSince(client: string): number | undefined {
    const state = this.of(client);
    const isGone = state === 'LOST' || state === 'DISCONNECTED';
    return isGone ? this.changedAt.get(client) : undefined;
  }

  /** Whose device it may be, for the gateway, that speaks from there: a new life goes by what the disk has. */
  holdersOf(link: string, address: string): readonly string[] {
    const { life, clients = [] } = this.holders.get(placeOf(link, address)) ?? {};
    return life === this.lives ? clients.slice(-1) : clients;
  }

  private settle(place: string, client: string): void {
    const { clients = [] } = this.holders.get(place) ?? {};
    this.holders.set(place, { life: this.lives, clients: [...clients, client] });
  }
}

/** Whether it has a connection. */
export const isConnected = (state: StateName | undefined): boolean =>
  state === 'ACTIVE' || state === 'ASLEEP' || state === 'AWAKE';
