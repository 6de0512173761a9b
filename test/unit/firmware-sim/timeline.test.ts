import { describe, expect, it } from 'vitest';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import type { Timeline } from '../../../firmware-sim/timeline.js';
import { VirtualTimeline } from '../../../firmware-sim/virtual-timeline.js';
import { until } from '../../support/wait.js';

describe('virtual time', () => {
  it('goes from call to call, equal times in the order in which they were asked for', () => {
    const time = new VirtualTimeline();
    const calls: string[] = [];
    for (const [at, name] of [
      [30, 'd'],
      [10, 'a'],
      [20, 'b'],
      [20, 'c'],
      [40, 'e'],
    ] as const) {
      time.at(at, () => calls.push(`${name}${time.now()}`));
    }
    time.run(30);
    expect(calls).toEqual(['a10', 'b20', 'c20', 'd30']);
    expect(time.now()).toBe(30);
    expect(time.nextTime()).toBe(40);
    expect(time.step()).toBe(true);
    expect(time.step()).toBe(false);
    expect(time.now()).toBe(40);
  });

  it('counts earlier times as now, and takes calls back', () => {
    const time = new VirtualTimeline(100);
    const calls: number[] = [];
    time.at(5, () => calls.push(time.now()));
    const takeBack = time.at(200, () => calls.push(-1));
    time.at(150, takeBack);
    time.run(300);
    expect(calls).toEqual([100]);
    expect(time.now()).toBe(300);
  });

  it('keeps its order with many calls, some of them taken back', () => {
    const time = new VirtualTimeline();
    const seen: number[] = [];
    const cancels = Array.from({ length: 500 }, (_, i) => {
      const at = (i * 7919) % 503;
      return time.at(at, () => seen.push(at));
    });
    cancels.forEach((cancel, i) => {
      if (i % 3 === 0) cancel();
    });
    time.run(1000);
    expect(seen).toHaveLength(333);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('notices calls that go round without time passing', () => {
    const time = new VirtualTimeline();
    const again = (): void => {
      time.at(time.now(), again);
    };
    again();
    expect(() => time.run(1)).toThrow('time stands still at 0 ms');
  });
});

describe('real time', () => {
  it('calls in order, and not any more once it is stopped', async () => {
    const time: Timeline & { stop(): void } = new RealTimeline(2);
    const calls: string[] = [];
    time.at(0, () => calls.push('now'));
    time.at(1000, () => calls.push('b'));
    time.at(500, () => calls.push('a'));
    time.at(700, () => calls.push('x'))();
    await until(() => calls.length === 3, 5000, 'three calls');
    expect(calls).toEqual(['now', 'a', 'b']);
    expect(time.now()).toBeGreaterThanOrEqual(1000);
    time.at(time.now(), () => calls.push('never'));
    time.stop();
    const other = new RealTimeline();
    let isLater = false;
    other.at(10, () => {
      isLater = true;
    });
    await until(() => isLater, 2000, 'another clock');
    other.stop();
    expect(calls).toHaveLength(3);
  });
});
