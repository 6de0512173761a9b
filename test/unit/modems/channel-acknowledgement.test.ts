/** Acknowledgements of a link: as any answer on the air, but ahead of all that their senders cannot hear before. */
import { describe, expect, it } from 'vitest';
import { Channel } from '../../../src/modems/channel.js';
import type { ChannelInput } from '../../../src/modems/channel-events.js';
import type { Modem } from '../../../src/modems/modem.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { createSlip } from '../../../src/modems/slip.js';
import { fromHex, toHex } from '../../support/hex.js';
import { ChannelWorld } from './channel-world.js';

/** Ten octets take a second. */
const SLOW = { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 } as const;

/** The disk is there at once. */
class World extends ChannelWorld {
  readonly modem: Modem;

  constructor(dutyCycle: number | null = null) {
    const header = new RadioheadHeader({ ownAddress: 1, acknowledge: true });
    const modem = createSlip({ header, baudRate: 115_200, messageBytesMax: 200 });
    super(new Channel({ modem, air: SLOW, dutyCycle, turnaroundMs: 50 }));
    this.modem = modem;
    this.step({ kind: 'opened' });
  }

  override step(input: ChannelInput): void {
    super.step(input);
    if (input.kind !== 'committed') this.commit();
  }

  /** Without what SLIP puts around it. */
  get written(): string[] {
    return this.effects.flatMap(({ at, effect }) =>
      effect.kind === 'write' ? [`${toHex(effect.data).slice(2, -2)} at ${at}`] : [],
    );
  }

  hear(hex: string): void {
    this.step({ kind: 'received', data: fromHex(`c0${hex}c0`) });
  }

  answer(address: string, hex = '0217'): void {
    const data = fromHex(hex);
    this.step({ kind: 'send', address, data, urgency: 1, chance: 0 });
  }
}

describe('an acknowledgement', () => {
  it('goes out when its sender listens, before the answer to the message', () => {
    const world = new World();
    world.hear('010906000216');
    world.answer('9');
    expect(world.written).toEqual([]);
    world.wait(50);
    expect(world.written).toEqual(['0901068021 at 50']);
    world.wait(2000);
    expect(world.written[1]).toMatch(/^090100000217 at 7\d\d$/);
  });

  it('waits like anything else for the datagram on the air', () => {
    const world = new World();
    world.answer('3');
    world.hear('010906000216');
    world.wait(600);
    expect(world.written).toEqual(['030100000217 at 0']);
    world.wait(300);
    expect(world.written[1]).toMatch(/^0901068021 at 8\d\d$/);
  });

  it('overtakes an older answer to its sender, who would not hear it', () => {
    const world = new World();
    world.answer('3');
    world.answer('9');
    world.hear('010906000216');
    world.wait(3000);
    expect(world.written.map((one) => one.split(' ')[0])).toEqual([
      '030100000217',
      '0901068021',
      '090101000217',
    ]);
  });

  it('a repeat and another message come while it waits: one is enough, it says the latest, and the other is told of', () => {
    const world = new World();
    world.answer('3');
    world.hear('010906000216');
    world.hear('010906400216');
    world.hear('010907000216');
    world.wait(5000);
    expect(world.written.map((one) => one.split(' ')[0])).toEqual(['030100000217', '0901078021']);
    expect(world.of('datagram')).toHaveLength(2);
    expect(world.of('dropped')).toEqual([{ kind: 'dropped', address: '9', reason: 'superseded' }]);
  });

  it('a repeat comes when it has gone: the next one', () => {
    const world = new World();
    world.hear('010906000216');
    world.wait(100);
    world.hear('010906400216');
    world.wait(2000);
    expect(world.written).toHaveLength(2);
    expect(world.of('datagram')).toHaveLength(1);
  });

  it('a busy modem gave it back: what comes meanwhile changes what it says, and one is enough', () => {
    const { channel, modem } = new World();
    let busy = 1;
    const step = modem.step.bind(modem);
    modem.step = (input, now) =>
      input.kind === 'send' && busy-- > 0
        ? [{ kind: 'sent', id: input.id, outcome: 'busy' }]
        : step(input, now);
    const written: string[] = [];
    const hear = (hex: string, now: number): void =>
      void channel.step({ kind: 'received', data: fromHex(`c0${hex}c0`) }, now);
    hear('010906000216', 0);
    channel.step({ kind: 'deadline' }, 50);
    hear('010907000216', 60);
    for (let now = 70; now < 3000; now += 10)
      for (const effect of channel.step({ kind: 'deadline' }, now))
        if (effect.kind === 'write') written.push(toHex(effect.data));
    expect(written).toEqual(['c00901078021c0']);
  });

  it('a busy modem gives it back when another one waits already: the later one is enough', () => {
    const { channel, modem } = new World();
    const step = modem.step.bind(modem);
    let refused: number | undefined;
    modem.step = (input, now) => {
      if (input.kind === 'deadline' && refused !== undefined) {
        const id = refused;
        refused = undefined;
        return [{ kind: 'sent', id, outcome: 'busy' }];
      }
      if (input.kind !== 'send' || isLater) return step(input, now);
      // It says later that it had no room.
      refused = input.id;
      return [];
    };
    modem.nextDeadline = () => (refused === undefined ? undefined : 100);
    let isLater = false;
    const written: string[] = [];
    const hear = (hex: string, now: number): void =>
      void channel.step({ kind: 'received', data: fromHex(`c0${hex}c0`) }, now);
    hear('010906000216', 0);
    channel.step({ kind: 'deadline' }, 50);
    isLater = true;
    hear('010907000216', 60);
    for (let now = 100; now < 5000; now += 10)
      for (const effect of channel.step({ kind: 'deadline' }, now))
        if (effect.kind === 'write') written.push(toHex(effect.data));
        else if (effect.kind === 'dropped') written.push(effect.reason);
    expect(written).toEqual(['superseded', 'c00901078021c0']);
    expect(channel.usage(5000).queuedFrames).toBe(0);
  });

  it('counts in the hour, and has no air when that is used up: dropped, and said so', () => {
    // 3.6 seconds, a tenth of which is for messages: six acknowledgements of half a second.
    const world = new World(0.001);
    for (let id = 0; id < 9; id++) {
      world.hear(`0109${id.toString(16).padStart(2, '0')}000216`);
      world.wait(1000);
    }
    expect(world.written).toHaveLength(6);
    expect(world.channel.usage(world.now).usedMs).toBe(3000);
    expect(world.of('datagram')).toHaveLength(9);
    const dropped = { kind: 'dropped', address: '9', reason: 'air-time-used-up' };
    expect(world.of('dropped')).toEqual([dropped, dropped, dropped]);
  });

  it('comes too late when its sender has given up: dropped', () => {
    const world = new World();
    world.answer('3', `3c0c${'00'.repeat(58)}`);
    world.hear('010906000216');
    world.wait(10_000);
    expect(world.of('dropped')).toEqual([
      { kind: 'dropped', address: '9', reason: 'waited-too-long' },
    ]);
  });

  it('the port goes: dropped when its time is over, and the next one is another', () => {
    const world = new World();
    world.hear('010906000216');
    world.step({ kind: 'closed' });
    world.wait(6000);
    expect(world.of('dropped')).toMatchObject([{ reason: 'waited-too-long' }]);
    world.step({ kind: 'opened' });
    world.hear('010907000216');
    world.wait(1000);
    expect(world.written).toHaveLength(1);
  });
});
