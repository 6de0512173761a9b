import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Heard } from '../../../../src/observe/state-topics/broker.js';
import { FormerDiscovery } from '../../../../src/observe/state-topics/former-discovery.js';
import { LEFTOVERS_WAIT_MS } from '../../../../src/observe/state-topics/limits.js';
import { FakeBroker } from './fake-broker.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FILTER = 'ha/device/+/config';
const DOOR = 'ha/device/mqttsn_gw__door-1/config';
const GATEWAY = 'ha/device/mqttsn_gw/config';
const LINK = 'ha/device/mqttsn_gw__link__lan/config';

function rig() {
  const broker = new FakeBroker();
  const gone = vi.fn<() => void>();
  const former = new FormerDiscovery({ topic: 'ha', gateway: 'gw' }, broker, gone);
  const hear = (topic: string, more: Partial<Heard> = {}): void =>
    broker.listeners.get(FILTER)?.({ topic, payload: Buffer.from('{}'), retain: true, ...more });
  return {
    broker,
    gone,
    former,
    hear,
    back: () => former.notice({ notice: 'broker', up: true }),
    away: () => former.notice({ notice: 'broker', up: false }),
  };
}

describe('what an earlier run has told Home Assistant', () => {
  it('is taken back: the devices, the links and the gateway, and nothing of others', () => {
    const { broker, hear, back, gone } = rig();
    back();
    hear(DOOR);
    hear(GATEWAY);
    hear(LINK);
    hear('ha/device/mqttsn_gw2__door-1/config');
    hear('ha/device/thermostat/config');
    hear('ha/device/mqttsn_gw__new/config', { retain: false });
    hear('ha/device/mqttsn_gw__empty/config', { payload: Buffer.alloc(0) });
    expect([...broker.latest]).toEqual([
      [DOOR, ''],
      [GATEWAY, ''],
      [LINK, ''],
    ]);
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    expect(gone).toHaveBeenCalledTimes(1);
    expect(broker.listeners.size).toBe(0);
  });

  it('is looked for as long as something comes', () => {
    const { hear, back, gone } = rig();
    back();
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(LEFTOVERS_WAIT_MS - 1);
      hear(`ha/device/mqttsn_gw__${i}/config`);
    }
    expect(gone).not.toHaveBeenCalled();
  });

  it('is looked for anew when the broker was away, and not called gone before', () => {
    const { broker, hear, back, away, gone } = rig();
    back();
    hear(DOOR);
    away();
    vi.advanceTimersByTime(2 * LEFTOVERS_WAIT_MS);
    expect(gone).not.toHaveBeenCalled();
    back();
    hear(DOOR);
    expect(broker.count(DOOR)).toBe(2);
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    expect(gone).toHaveBeenCalledTimes(1);
  });

  it('that a busy broker did not take back is asked for again', () => {
    const { broker, hear, back, gone } = rig();
    back();
    broker.isBusy = true;
    hear(DOOR);
    broker.isBusy = false;
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    expect(gone).not.toHaveBeenCalled();
    hear(DOOR);
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    expect([broker.latest.get(DOOR), gone.mock.calls.length]).toEqual(['', 1]);
  });

  it('is gone once: what is there when the broker comes back is of another gateway, which has the name now', () => {
    const { broker, hear, back, away, gone } = rig();
    back();
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    away();
    back();
    hear(DOOR);
    vi.advanceTimersByTime(LEFTOVERS_WAIT_MS);
    expect([...broker.latest]).toEqual([]);
    expect([gone.mock.calls.length, broker.listeners.size, vi.getTimerCount()]).toEqual([1, 0, 0]);
  });

  it('stays for a later run when this one ends', () => {
    const { former, back, gone } = rig();
    back();
    former.stop();
    vi.advanceTimersByTime(2 * LEFTOVERS_WAIT_MS);
    expect(gone).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
