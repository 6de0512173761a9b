import { describe, expect, it } from 'vitest';
import { Callbacks } from '../../../src/store/callbacks.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('callbacks', () => {
  it('come in the order in which they were given, also those given by others of them', async () => {
    const callbacks = new Callbacks();
    const order: number[] = [];
    callbacks.run([
      () => {
        order.push(1);
        callbacks.run([() => order.push(3)]);
      },
      () => order.push(2),
    ]);
    expect(order).toEqual([1, 2, 3]);
  });

  it('that take long let the event loop turn between them', async () => {
    const callbacks = new Callbacks();
    const busy = () => {
      const end = performance.now() + 3;
      while (performance.now() < end);
    };
    let done = 0;
    let turns = 0;
    callbacks.run(
      Array.from({ length: 10 }, () => () => {
        busy();
        done++;
      }),
    );
    callbacks.run([() => done++]);
    while (done < 11) {
      await tick();
      turns++;
    }
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('that throw keep no other from running, and are heard of', async () => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
      const order: number[] = [];
      new Callbacks().run([
        () => {
          throw new Error('a bug');
        },
        () => order.push(1),
      ]);
      expect(await thrown).toEqual(new Error('a bug'));
      // An error may take a slice of time to make; then the other has its turn in the next one.
      while (order.length === 0) await tick();
      expect(order).toEqual([1]);
    } finally {
      for (const listener of others) process.on('uncaughtException', listener);
    }
  });
});
