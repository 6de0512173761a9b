/** What fits depends on whom it is for: each datagram says it, and what does not fit costs no air. */
import { describe, expect, it } from 'vitest';
import { encodeSlip } from '../../../src/framing/slip.js';
import { encodeXbeeFrame } from '../../../src/framing/xbee-frame.js';
import { Channel } from '../../../src/modems/channel.js';
import type { ChannelEffect, ChannelInput } from '../../../src/modems/channel-events.js';
import { createModem, type ModemSettings } from '../../../src/modems/registry.js';
import { SimulatedXbee } from '../../support/modems/xbee.js';
import type { Respond } from '../../support/modems/bench.js';
import { fromHex, MESSAGES } from '../../support/modems/vectors.js';
import { subjects } from './subjects.js';

const AIR = { kind: 'rate', bytesPerSecond: 1000, overheadMs: 0 } as const;
const PINGREQ = '0216';
const TOO_BIG = 'too big, and costs nothing';

class World {
  now = 1_000_000;
  readonly effects: ChannelEffect[] = [];

  constructor(
    readonly channel: Channel,
    private readonly respond: Respond,
  ) {
    this.step({ kind: 'opened' });
    for (let turns = 0; turns < 1000 && this.state !== 'ready'; turns++) {
      this.now = Math.max(this.now, this.channel.nextDeadline() ?? this.now);
      this.step({ kind: 'deadline' });
    }
  }

  step(input: ChannelInput): ChannelEffect[] {
    const from = this.effects.length;
    const queue = [input];
    for (let next = queue.shift(); next; next = queue.shift()) {
      for (const effect of this.channel.step(next, this.now)) {
        this.effects.push(effect);
        if (effect.kind !== 'write') continue;
        for (const data of this.respond(effect.data)) queue.push({ kind: 'received', data });
      }
    }
    return this.effects.slice(from);
  }

  /** What may go to the device that has sent this. */
  sizeAfter(line: Uint8Array): { address: string; maxMessageBytes: number } {
    const effects = this.step({ kind: 'received', data: line });
    const heard = effects.find((effect) => effect.kind === 'datagram');
    if (heard?.kind !== 'datagram') throw new Error('nothing was heard');
    return { address: heard.address, maxMessageBytes: heard.reception.maxMessageBytes };
  }

  /** What becomes of a message of so many octets, in the moment that it is offered. */
  offer(address: string, bytes: number): 'taken' | 'too big, and costs nothing' | 'something else' {
    const before = this.channel.usage(this.now);
    const data = new Uint8Array(bytes);
    const message: ChannelInput = { kind: 'send', address, data, urgency: 3, chance: 0, ref: 1 };
    const effects = this.step(message);
    const [drop, told, ...others] = effects;
    if (effects.every(({ kind }) => kind !== 'dropped')) return 'taken';
    const isTooBig = drop?.kind === 'dropped' && drop.reason === 'too-big-for-device';
    const isTold = told?.kind === 'transmitted' && told.failed && others.length === 0;
    const isFree = JSON.stringify(this.channel.usage(this.now)) === JSON.stringify(before);
    return isTooBig && isTold && isFree ? 'too big, and costs nothing' : 'something else';
  }

  private get state(): string | undefined {
    return this.effects.findLast((effect) => effect.kind === 'state')?.state;
  }
}

const channelOf = (settings: ModemSettings): Channel =>
  new Channel({ modem: createModem(settings), air: AIR, dutyCycle: null });

const fe = (node: string, message = PINGREQ): Uint8Array =>
  fromHex(`${(3 + node.length / 2).toString(16).padStart(2, '0')}fe01${node}${message}`);

const ebyte = { modem: 'ebyte-transparent', baudRate: 9600, family: 'e32' } as const;
const xbee = {
  modem: 'xbee',
  baudRate: 115_200,
  configure: false,
  dialect: 'auto',
  extendedTimeout: false,
  fragment: false,
  lastHopRssi: false,
} as const;
const xbeeFrame = (head: string): Uint8Array => encodeXbeeFrame(fromHex(`${head}${PINGREQ}`), 2);
/** Firmware that does not tell what fits. */
const withoutNp = (): Respond => {
  const { NP: _, ...values } = new SimulatedXbee().values;
  return new SimulatedXbee(2, values).respond;
};
const silent: Respond = () => [];

interface Case {
  settings: ModemSettings;
  respond?: () => Respond;
  /** What the line says of each device, and what fits then. */
  devices: [line: Uint8Array, bytes: number][];
}

const cases: Record<string, Case> = {
  'node ids of different lengths': {
    settings: { ...ebyte, addressing: { kind: 'fe' } },
    devices: [
      [fe('c003'), 53],
      [fe('0102030405060708'), 47],
      [fe('03'), 54],
    ],
  },
  RadioHead: {
    settings: { ...ebyte, addressing: { kind: 'radiohead', ownAddress: 1, acknowledge: false } },
    devices: [[fromHex(`01090000${PINGREQ}`), 54]],
  },
  'modules in fixed transmission, of which one is none': {
    settings: {
      modem: 'ebyte-fixed',
      baudRate: 9600,
      family: 'e32',
      channel: 4,
      addressing: { kind: 'fe' },
    },
    devices: [
      [fe('0003'), 50],
      [fe('00000003'), 0],
    ],
  },
  'SLIP, whose frames have room for the longest node id': {
    settings: { modem: 'slip', baudRate: 9600, messageBytesMax: 60, addressing: { kind: 'fe' } },
    devices: [
      [encodeSlip(fe('c003')), 60],
      [encodeSlip(fe('aa'.repeat(16))), 60],
    ],
  },
  'XBees of both dialects': {
    settings: xbee,
    respond: withoutNp,
    devices: [
      [xbeeFrame('900013a20040522baa7d8401'), 84],
      [xbeeFrame('8150012800'), 100],
      [xbeeFrame('800013a200405e0ef62800'), 100],
    ],
  },
};

describe.each(Object.entries(cases))('%s', (_name, { settings, respond, devices }) => {
  const world = (): World => new World(channelOf(settings), respond?.() ?? silent);

  it('each device is told of with what fits', () => {
    const one = world();
    for (const [line, bytes] of [...devices, ...devices.toReversed()]) {
      expect(one.sizeAfter(line).maxMessageBytes).toBe(bytes);
    }
  });

  it('just that is taken, and one octet more refused before it costs anything', () => {
    for (const [line, bytes] of devices) {
      const one = world();
      const { address } = one.sizeAfter(line);
      expect(one.offer(address, bytes + 1)).toBe(TOO_BIG);
      if (bytes > 0) expect(one.offer(address, bytes)).toBe('taken');
    }
  });
});

describe.each(subjects.map((subject) => [subject.name, subject] as const))(
  '%s',
  (_name, subject) => {
    it('tells what fits with each datagram, and takes that and no more', () => {
      const modem = subject.create();
      const channel = new Channel({ modem, air: AIR, dutyCycle: null });
      const world = new World(channel, subject.modem());
      const { address, maxMessageBytes } = world.sizeAfter(subject.received(MESSAGES.pub0));
      expect(address).toBe(subject.address);
      expect(maxMessageBytes).toBe(modem.maxMessageBytes(address));
      expect(world.offer(address, maxMessageBytes + 1)).toBe(TOO_BIG);
      expect(world.offer(subject.noAddress, 2)).toBe(TOO_BIG);
      expect(world.offer(address, maxMessageBytes)).toBe('taken');
    });
  },
);

it('a duty cycle that lets less through than the modem takes: the less is told', () => {
  const settings = { ...ebyte, addressing: { kind: 'fe' } } as const;
  const modem = createModem(settings);
  const air = { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 } as const;
  // Four fifths of 3.6 s are 28 octets, of which five are the header.
  const world = new World(new Channel({ modem, air, dutyCycle: 0.001 }), silent);
  expect(world.sizeAfter(fe('c003')).maxMessageBytes).toBe(23);
  expect(world.offer('c003', 24)).toBe(TOO_BIG);
});
