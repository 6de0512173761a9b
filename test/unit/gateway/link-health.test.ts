import { describe, expect, it } from 'vitest';
import { LinkHealths } from '../../../src/gateway/link-health.js';

function health(): { links: LinkHealths; wait: (ms: number) => void } {
  let now = 1000;
  const links = new LinkHealths(['field'], () => now);
  return {
    links,
    wait: (ms) => {
      now += ms;
    },
  };
}

describe('a link', () => {
  it('starts, and is up when its modem takes messages', () => {
    const { links, wait } = health();
    expect(links.of('field')).toEqual({ state: 'starting', sinceMs: 1000, trouble: undefined });
    wait(500);
    links.onReady('field');
    expect(links.of('field')).toMatchObject({ state: 'up', sinceMs: 1500 });
    expect(links.of('attic')).toBeUndefined();
  });

  it('whose port is lost is down, with what was told, until it is told to work', () => {
    const { links } = health();
    links.onReady('field');
    links.onWarning('field', 'LINK_PORT_LOST', 'it is gone');
    expect(links.of('field')).toMatchObject({
      state: 'down',
      trouble: { code: 'LINK_PORT_LOST', message: 'it is gone' },
    });
    links.onWarning('field', 'LINK_NOISE', 'octets made no sense');
    expect(links.of('field')?.trouble?.code).toBe('LINK_PORT_LOST');
    links.onInfo('field', 'LINK_READY');
    expect(links.of('field')).toMatchObject({ state: 'up', trouble: undefined });
  });

  it('that had a bad moment is up, and the moment is shown for five minutes', () => {
    const { links, wait } = health();
    links.onReady('field');
    links.onWarning('field', 'LINK_NOISE', 'octets made no sense');
    wait(5 * 60_000);
    expect(links.of('field')).toMatchObject({ state: 'up', trouble: { code: 'LINK_NOISE' } });
    wait(1);
    expect(links.of('field')?.trouble).toBeUndefined();
  });

  it('good news ends the trouble that it is about, and no other', () => {
    const { links } = health();
    links.onWarning('field', 'LINK_AIR_TIME_REDUCED', 'a quarter');
    links.onInfo('field', 'LINK_MULTICAST_JOINED');
    expect(links.of('field')?.trouble?.code).toBe('LINK_AIR_TIME_REDUCED');
    links.onInfo('field', 'LINK_AIR_TIME_RESTORED');
    expect(links.of('field')?.trouble).toBeUndefined();
  });
});
