import { describe, expect, it } from 'vitest';
import { DISCONNECTS_REMEMBERED_MAX } from '../../../src/core/limits.js';
import { peerOf } from '../../../src/core/peer.js';
import { Rate, StrangerRates } from '../../../src/core/rate-limit.js';
import { RecentDisconnects } from '../../../src/core/strangers.js';

const peer = (address: string, link = 'lan') => peerOf(link, address, undefined);

describe('Rate', () => {
  it('allows so many in a second, and then again', () => {
    const rate = new Rate();
    const at = (now: number) => rate.allows(2, now);
    expect([at(1000), at(1500), at(1999), at(2000), at(2001), at(2002)]).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('StrangerRates', () => {
  it('counts each address of each link by itself', () => {
    const rates = new StrangerRates();
    expect(rates.allows(peer('A'), 1, 1000)).toBe(true);
    expect(rates.allows(peer('A'), 1, 1000)).toBe(false);
    expect(rates.allows(peer('B'), 1, 1000)).toBe(true);
    expect(rates.allows(peer('A', 'radio'), 1, 1000)).toBe(true);
    expect(rates.allows(peer('A'), 1, 2000)).toBe(true);
  });

  it('more addresses than can be counted: nobody new is heard until the next second', () => {
    const rates = new StrangerRates();
    const heard = Array.from({ length: 70_000 }, (_, i) => rates.allows(peer(`a${i}`), 1, 1000));
    expect(heard.filter(Boolean)).toHaveLength(65_536);
    expect(rates.allows(peer('new'), 1, 1999)).toBe(false);
    expect(rates.allows(peer('new'), 1, 2000)).toBe(true);
  });
});

describe('RecentDisconnects', () => {
  it('permits one a second to an address', () => {
    const recent = new RecentDisconnects();
    expect(recent.permit(peer('A'), 1000)).toBe(true);
    expect(recent.permit(peer('A'), 1999)).toBe(false);
    expect(recent.permit(peer('B'), 1999)).toBe(true);
    expect(recent.permit(peer('A'), 2000)).toBe(true);
  });

  it('remembers the latest addresses: the oldest makes room', () => {
    const recent = new RecentDisconnects();
    for (let i = 0; i <= DISCONNECTS_REMEMBERED_MAX; i++) recent.permit(peer(`a${i}`), 1000);
    expect(recent.permit(peer('a1'), 1000)).toBe(false);
    expect(recent.permit(peer('a0'), 1000)).toBe(true);
  });
});
