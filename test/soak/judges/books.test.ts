import { expect, it } from 'vitest';
import { Books } from '../../support/soak/books.js';

const RETAINED = 'up/a/r1';

function books() {
  const one = new Books();
  one.introduce('a', { link: 'lan', group: 'UDP' });
  return one;
}

it('a message goes from a device to the broker and is measured under the group of its device', () => {
  const one = books();
  const { payload, message } = one.says('a', 'up/a/1');
  one.acknowledged('up/a/1', message);
  one.sees('up/a/1', payload);
  expect(one.deliveries.owed).toBe(0);
  expect(one.latencies.percentiles()).toMatchObject({ 'UDP up': { count: 1 } });
});

it('a message that met a fault counts among the recent ones only', () => {
  const one = books();
  const { payload } = one.says('a', 'up/a/1');
  one.faults.begin('broker', performance.now());
  one.sees('up/a/1', payload);
  expect(one.latencies.percentiles()).toEqual({});
  expect(one.recent.percentiles()).toMatchObject({ 'UDP up': { count: 1 } });
});

it('a will is told from a message', () => {
  const one = books();
  one.sees('will/a', 'a');
  expect(one.wills.breaches).toHaveLength(1);
});

it('a retained message that is older than the last one acknowledged is found out, and so is none', () => {
  const one = books();
  for (let serial = 1; serial <= 2; serial++) {
    one.acknowledged(RETAINED, one.says('a', RETAINED).message);
  }
  one.says('a', RETAINED);
  expect(one.staleRetained(new Map([[RETAINED, `${RETAINED} 2`]]))).toEqual([]);
  expect(one.staleRetained(new Map([[RETAINED, `${RETAINED} 3`]]))).toEqual([]);
  expect(one.staleRetained(new Map([[RETAINED, `${RETAINED} 1`]]))).toHaveLength(1);
  expect(one.staleRetained(new Map())).toHaveLength(1);
});
