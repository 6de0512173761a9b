import { describe, expect, it } from 'vitest';
import { encodeSlip } from '../../../src/framing/slip.js';
import { Channel, type ChannelEffect } from '../../../src/modems/channel.js';
import { type Addressing, createModem } from '../../../src/modems/registry.js';

const PINGREQ = [0x02, 0x16];

function channelOf(addressing: Addressing): Channel {
  const modem = createModem({
    modem: 'ebyte-transparent',
    baudRate: 9600,
    family: 'e32',
    addressing,
  });
  const air = { kind: 'rate', bytesPerSecond: 100, overheadMs: 0 } as const;
  return new Channel({ modem, air, dutyCycle: null });
}

const sizesIn = (effects: readonly ChannelEffect[]): number[] =>
  effects.flatMap((effect) => (effect.kind === 'size' ? [effect.maxMessageBytes] : []));

describe('the largest message of a link', () => {
  it('is told as soon as the modem is ready, whatever addresses look like', () => {
    const sizes = (addressing: Addressing) =>
      sizesIn(channelOf(addressing).step({ kind: 'opened' }, 0));
    expect(sizes({ kind: 'none' })).toEqual([58]);
    expect(sizes({ kind: 'radiohead', ownAddress: 1, acknowledge: false })).toEqual([54]);
  });

  it('is told again when the first device shows how long addresses are', () => {
    const channel = channelOf({ kind: 'fe' });
    channel.step({ kind: 'opened' }, 0);
    const data = Uint8Array.of(5, 0xfe, 1, 0xc0, 0x03, ...PINGREQ);
    expect(sizesIn(channel.step({ kind: 'received', data }, 1))).toEqual([53]);
    expect(sizesIn(channel.step({ kind: 'received', data }, 1000))).toEqual([]);
  });

  it('does not change by what makes no sense', () => {
    const channel = channelOf({ kind: 'fe' });
    channel.step({ kind: 'opened' }, 0);
    const data = encodeSlip(Uint8Array.of(0xff));
    expect(sizesIn(channel.step({ kind: 'received', data }, 1))).toEqual([]);
  });
});
