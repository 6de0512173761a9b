/** The list of devices, as answers and events come in whatever order the network has them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceRows } from '../../../../src/dashboard/live/device-rows.js';
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
    shown: () => [...(rows.rows.value?.keys() ?? [])],
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
});
