import { describe, expect, it } from 'vitest';
import { Attacker } from '../../../../firmware-sim/devices/hostile/attacker.js';
import { HostileDevice } from '../../../../firmware-sim/devices/hostile/device.js';
import { Random } from '../../../../firmware-sim/random.js';
import { decode } from '../../../../firmware-sim/sn/decode.js';
import { encode } from '../../../../firmware-sim/sn/encode.js';
import { type SnMessage, TYPES } from '../../../../firmware-sim/sn/messages.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { toHex } from '../../../support/hex.js';
import { PlainGateway } from './plain-gateway.js';

const vocabulary = {
  clientIds: ['x', 'y'],
  topics: ['a/b', '#'],
  nodes: [Uint8Array.of(), Uint8Array.of(7)],
};

const BLOWS = Array.from({ length: 3000 }, (_, number) => number);

const framesOf = (attacker: Attacker, numbers: readonly number[]): string[] =>
  numbers.flatMap((number) => attacker.blow(number).map(({ octets }) => toHex(octets)));

describe('an attacker', () => {
  it('strikes again from the same numbers, and each blow stays itself without the others', () => {
    const frames = framesOf(new Attacker(vocabulary), BLOWS);
    expect(framesOf(new Attacker(vocabulary), BLOWS)).toEqual(frames);
    const odd = BLOWS.filter((number) => number % 2 === 1);
    const without = framesOf(new Attacker(vocabulary), odd);
    expect(without).toEqual(odd.flatMap((number) => framesOf(new Attacker(vocabulary), [number])));
  });

  it('says every message there is, whole and damaged, also through forwarders in forwarders', () => {
    const attacker = new Attacker(vocabulary);
    const frames = BLOWS.flatMap((number) => attacker.blow(number).map(({ octets }) => octets));
    const types = new Set(frames.map((octets) => decode(octets)?.type));
    expect(types).toEqual(new Set([undefined, ...Object.keys(TYPES)]));
    const isForwarded = (octets: Uint8Array | undefined): boolean => octets?.[1] === 0xfe;
    const nested = frames.filter((one) => isForwarded(one) && isForwarded(one.subarray(one[0])));
    expect(nested.length).toBeGreaterThan(10);
    expect(
      frames.filter((octets) => octets[0] === 1 && octets.length < 200).length,
    ).toBeGreaterThan(10);
  });

  it('answers what it was asked, and repeats what it has heard', () => {
    const attacker = new Attacker(vocabulary);
    const register: SnMessage = { type: 'REGISTER', topicId: 0x1234, messageId: 0x4321, name: 'q' };
    attacker.hear(encode(register));
    const heard = framesOf(attacker, BLOWS);
    expect(heard).toContain(toHex(encode(register)));
    const answer = { topicId: 0x1234, messageId: 0x4321, code: 0 };
    expect(heard).toContain(toHex(encode({ type: 'REGACK', ...answer })));
    attacker.forget();
    expect(framesOf(attacker, BLOWS)).toEqual(framesOf(new Attacker(vocabulary), BLOWS));
  });

  it('says what another is about to say, and plays whole conversations again', () => {
    const attacker = new Attacker(vocabulary);
    const connect: SnMessage = {
      type: 'CONNECT',
      will: false,
      cleanSession: false,
      protocolId: 1,
      durationSec: 777,
      clientId: 'victim',
    };
    const release: SnMessage = { type: 'PUBREL', messageId: 0x2345 };
    for (const message of [connect, release]) attacker.hear(encode(message));
    const blows = BLOWS.map((number) => framesOf(attacker, [number]));
    const [connected, next] = [connect, { ...release, messageId: 0x2346 }].map((one) =>
      toHex(encode(one)),
    );
    expect(blows.flat()).toContain(next);
    expect(blows).toContainEqual([connected, toHex(encode(release))]);
  });

  it('takes what it gets under ever new message ids', () => {
    const attacker = new Attacker(vocabulary);
    const hoards = BLOWS.map((number) => {
      const ids = attacker.blow(number).map(({ octets }) => {
        const message = decode(octets);
        return message?.type === 'PUBLISH' && message.qos === 2 ? message.messageId : 0;
      });
      return new Set(ids).size;
    });
    expect(Math.max(...hoards)).toBeGreaterThan(30);
  });

  it('speaks from every place that it has', () => {
    const attacker = new Attacker(vocabulary, 3);
    const places = BLOWS.flatMap((number) => attacker.blow(number).map(({ place }) => place));
    expect(new Set(places)).toEqual(new Set([0, 1, 2]));
  });
});

describe('a hostile device', () => {
  const start = (blows?: readonly number[]) => {
    const time = new VirtualTimeline();
    const [port, other] = [new PlainGateway(time), new PlainGateway(time)];
    const device = new HostileDevice(
      { id: 'x', timeline: time, port, random: new Random(1) },
      { ...vocabulary, intervalSec: 1, sockets: [other], ...(blows && { blows }) },
    );
    device.start();
    const count = (): number =>
      [port, other].reduce((sum, { heard, garbage }) => sum + heard.length + garbage.length, 0);
    return { time, port, other, device, count };
  };

  it('goes on for ever from all its sockets, until it is switched off', () => {
    const { time, port, other, device, count } = start();
    time.run(600_000);
    expect(port.heard.length).toBeGreaterThan(50);
    expect(other.heard.length).toBeGreaterThan(50);
    expect(other.isListening).toBe(true);
    device.stop();
    expect(other.isListening).toBe(false);
    const before = count();
    time.run(1_200_000);
    expect(count()).toBe(before);
  });

  it('strikes the blows that it is given, and no more', () => {
    const { time, count } = start([5, 6]);
    time.run(3_600_000);
    const blows = new Attacker(vocabulary, 2);
    expect(count()).toBe(blows.blow(5).length + blows.blow(6).length);
  });
});
