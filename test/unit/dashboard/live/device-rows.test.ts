/** The list of devices, as answers and events come in whatever order the network has them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DeviceRows,
  hasOthers,
  type Narrowing,
} from '../../../../src/dashboard/live/device-rows.js';
import type { Devices } from '../../../../src/http/api/schema/devices.js';
import type { DevicesEvent } from '../../../../src/http/api/schema/events.js';
import { rowOf } from '../../../support/dashboard/world.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const answerOf = (...clients: string[]): Devices => ({
  nowMs: Date.now(),
  total: clients.length,
  devices: clients.map((client) => rowOf({ client })),
});

const PAGE = 10_000;
const ROWS_MAX = 2 * PAGE;

/** One answer of many, with as many devices as there are from `offset` on. */
const pageOf = (total: number, offset: number): Devices => {
  const count = Math.max(0, Math.min(PAGE, total - offset));
  const clients = Array.from({ length: count }, (_, index) => `dev${offset + index}`);
  return { ...answerOf(...clients), total };
};

/** A gateway that answers when the test says so. */
function stage() {
  const open: ((answer: Devices) => void)[] = [];
  const asked: unknown[] = [];
  let tell = (_event: DevicesEvent): void => {};
  const rows = new DeviceRows(
    {
      devices: (query) => {
        asked.push(query);
        return new Promise((resolve) => open.push(resolve));
      },
    },
    {
      onDevices: (listener) => {
        tell = listener;
        return () => {};
      },
    },
  );
  rows.start();
  return {
    asked,
    tell: (event: Partial<DevicesEvent>): void =>
      tell({ changed: [], gone: [], isAll: false, ...event }),
    answer: async (answer: Devices): Promise<void> => {
      open.shift()?.(answer);
      await vi.advanceTimersByTimeAsync(0);
    },
    narrow: async (wanted: Narrowing): Promise<void> => {
      rows.narrow(wanted);
      await vi.advanceTimersByTimeAsync(1000);
    },
    wait: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    list: () => rows.list.value,
    shown: () => [...(rows.list.value?.rows.keys() ?? [])],
  };
}

describe('the list of devices', () => {
  it('a device that was forgotten while its row was under way does not stay', async () => {
    const { tell, answer, shown, asked } = stage();
    tell({ gone: ['dev1'] });
    await answer(answerOf('dev1', 'dev2'));
    expect(asked).toHaveLength(2);
    await answer(answerOf());
    expect(shown()).toEqual(['dev2']);
  });

  it('goes on with further answers until all devices are there', async () => {
    const { asked, answer, shown, list } = stage();
    await answer(pageOf(PAGE + 5, 0));
    expect(list()).toBeUndefined();
    await answer(pageOf(PAGE + 5, PAGE));
    expect(asked).toEqual([
      { offset: 0, limit: PAGE },
      { offset: PAGE, limit: PAGE },
    ]);
    expect(shown()).toHaveLength(PAGE + 5);
    expect(list()).toMatchObject({ isCut: false });
  });

  it('that somebody left between two answers is asked for again, a while later: others have moved', async () => {
    const { asked, answer, wait, shown } = stage();
    await answer(pageOf(PAGE + 5, 0));
    await answer({ ...pageOf(PAGE + 5, PAGE + 1), total: PAGE + 5 });
    expect(shown()).toHaveLength(PAGE + 4);
    expect(asked).toHaveLength(2);
    await wait(5000);
    expect(asked).toHaveLength(3);
  });

  it('of a million has as many as a browser can sort, and knows of the others', async () => {
    const { asked, answer, list, tell } = stage();
    await answer(pageOf(1_000_000, 0));
    await answer(pageOf(1_000_000, PAGE));
    expect(asked).toHaveLength(2);
    expect(list()).toMatchObject({ total: 1_000_000, isCut: true });
    tell({ changed: ['another'] });
    await answer(answerOf('another'));
    expect(list()?.rows.size).toBe(ROWS_MAX);
  });

  it('of too many lets the gateway look for those that are wanted, when the typing has ended', async () => {
    const { asked, answer, list, narrow, shown } = stage();
    await narrow({ q: 'early' });
    await answer(pageOf(30_000, 0));
    await answer(pageOf(30_000, PAGE));
    await answer(answerOf('early'));
    expect(shown()).toEqual(['early']);
    await narrow({ q: 'late' });
    await answer(answerOf('late'));
    const { length } = asked;
    await narrow({ q: 'late' });
    expect(asked.slice(2)).toEqual([
      { q: 'early', offset: 0, limit: PAGE },
      { q: 'late', offset: 0, limit: PAGE },
    ]);
    expect(length).toBe(4);
    const shownList = list();
    expect(shownList).toMatchObject({ total: 1, isCut: true, narrowing: { q: 'late' } });
    expect(shownList && hasOthers(shownList)).toBe(false);
    await narrow({});
    await answer(pageOf(5, 0));
    expect(list()).toMatchObject({ total: 5, isCut: false });
  });

  it('that has become too long by one more device is asked for anew', async () => {
    const { answer, list, tell, wait } = stage();
    await answer(pageOf(ROWS_MAX, 0));
    await answer(pageOf(ROWS_MAX, PAGE));
    tell({ changed: ['another'] });
    await answer(answerOf('another'));
    await wait(5000);
    await answer(pageOf(ROWS_MAX + 1, 0));
    await answer(pageOf(ROWS_MAX + 1, PAGE));
    expect(list()).toMatchObject({ total: ROWS_MAX + 1, isCut: true });
  });

  it('that is short is not asked for again by whoever searches in it', async () => {
    const { asked, answer, narrow } = stage();
    await answer(answerOf('dev1', 'dev2'));
    await narrow({ q: 'dev1', state: ['LOST'] });
    expect(asked).toHaveLength(1);
  });
});
