import { expect, it } from 'vitest';
import { framesView } from '../../../../src/http/api/views/frames.js';
import { FrameRing } from '../../../../src/observe/capture/ring.js';

it('of thousands of frames only those that are shown are read: a look holds up nobody', () => {
  const ring = new FrameRing(1024 * 1024);
  for (let at = 0; at < 5000; at++) {
    const [link, address] = at % 2 === 0 ? ['lan', `a${at % 10}`] : ['field', 'a0'];
    const data = Uint8Array.of(2, 0x18);
    ring.add({ wallMs: at, link, direction: 'in', address, data, verdict: 'accepted' });
  }
  const capture = {
    latest: (wish: Parameters<FrameRing['latest']>[1]) => ring.latest(0, wish),
    lastNumber: ring.lastNumber,
  };
  let looks = 0;
  const { frames, lastNumber } = framesView(
    { capture },
    { after: 0, limit: 3 },
    { link: 'lan', addresses: ['a0', ''] },
    () => ++looks > 0,
  );
  expect(frames.map(({ number }) => number)).toEqual([4971, 4981, 4991]);
  expect(lastNumber).toBe(5000);
  expect(looks).toBe(3);
});
