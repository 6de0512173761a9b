/** What the gateway has told of each device, in this life of its process. */
import type { Notice, StateName } from '../../../src/core/types.js';
import type { Watcher } from '../watcher.js';

export class ToldStates {
  private readonly states = new Map<string, StateName>();
  /** Who has come to a place last. */
  private readonly holders = new Map<string, string>();

  notice(notice: Notice): void {
    if (notice.notice !== 'transition') return;
    const { client, to } = notice;
    const place = `${notice.link} ${notice.address}`;
    this.states.set(client, to);
    if (to === 'CONNECTING') this.holders.set(place, client);
  }

  /** What a life told in its last moment need not be on the disk: the next one may know better of a device. */
  life(is: Parameters<NonNullable<Watcher['life']>>[0]): void {
    if (is === 'begins') this.states.clear();
  }

  of(client: string): StateName | undefined {
    return this.states.get(client);
  }

  /** Without a connection. */
  isGone(client: string): boolean {
    const state = this.of(client);
    return state === 'LOST' || state === 'DISCONNECTED';
  }

  /** Whose device it is, for the gateway, that speaks from there. */
  holderOf(link: string, address: string): string | undefined {
    return this.holders.get(`${link} ${address}`);
  }
}
