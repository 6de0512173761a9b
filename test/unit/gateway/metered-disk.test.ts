import { expect, it } from 'vitest';
import { meteredDisk } from '../../../src/gateway/metered-disk.js';
import { SimulatedDisk } from '../../support/store/simulated-disk.js';
import { VirtualTime } from '../store/virtual-time.js';

it('each batch that gets to the disk is told with its time; one that fails is not', async () => {
  const time = new VirtualTime();
  const disk = new SimulatedDisk(time);
  disk.latencyMs = 25;
  const committed: number[] = [];
  const metered = meteredDisk(
    disk.plugIn(),
    () => time.nowMs,
    (ms) => committed.push(ms),
  );
  const opening = metered.open('/journal');
  await time.advance(disk.openMs);
  const level = await opening;
  const write = async (): Promise<string> => {
    const batch = level.batch();
    batch.put('k', new Uint8Array(1));
    const done = batch.write({ sync: true }).then(
      () => 'kept',
      () => 'failed',
    );
    await time.advance(disk.latencyMs);
    return done;
  };
  expect(await write()).toBe('kept');
  disk.failures = ['nothing landed'];
  expect(await write()).toBe('failed');
  expect(committed).toEqual([25]);
});
