/** A radio brings anything: the gateway takes it, keeps its memory, and serves the honest device. */
import { afterEach, expect, it } from 'vitest';
import vectors from '../vectors/mqtt-sn-1.2.json' with { type: 'json' };
import { Cleanup } from '../support/cleanup.js';
import { type Device, publish } from '../support/device.js';
import { fromHex } from '../support/hex.js';
import { Site, udpLink } from '../support/site.js';

const DATAGRAMS = 20_000;
const SOCKETS = 8;
/** The honest device has its turn after so many: more at once would overrun the receive buffer of a small machine. */
const BURST = 50;
const LENGTH_MAX = 64;
const NOT_SUPPORTED = 3;
/** What a flood may leave behind in the process after an equal one before it: the heap breathes. */
const GROWTH_MIB_MAX = 16;

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Whole numbers below `limit`, the same in each run (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) % limit;
  };
}

/** Noise, or a valid message with some octets changed, cut off or added. */
function datagram(below: (limit: number) => number, valid: readonly Uint8Array[]): Uint8Array {
  const kind = below(4);
  if (kind === 0) return Uint8Array.from({ length: below(LENGTH_MAX) }, () => below(256));
  const octets = Uint8Array.from(valid[below(valid.length)] ?? []);
  if (kind === 1) return octets.subarray(0, below(octets.length + 1));
  for (let changes = below(4); changes > 0; changes--) octets[below(octets.length)] = below(256);
  return kind === 2 ? octets : Uint8Array.from([...octets, below(256)]);
}

it(`${DATAGRAMS} random and mutated datagrams disturb no honest device and leave nothing behind`, async () => {
  const site = cleanup.add(
    await Site.start(
      { mode: 'aggregating', version: 5 },
      { sections: { links: [udpLink({ qos_minus_one: { topics: ['#'] } })] } },
    ),
    (one) => one.dispose(),
  );
  const witness = await site.witness('honest/up');
  const honest = await site.connected('honest');
  const id = await honest.register('honest/up');
  await honest.subscribe('honest/down', 2);
  const vandals = await Promise.all(
    Array.from({ length: SOCKETS }, (_, index) =>
      site.device(`vandal-${index}`, { answers: false }),
    ),
  );
  const valid = vectors.map(({ hex }) => fromHex(hex)).filter(({ length }) => length <= LENGTH_MAX);
  const below = generator(0x5eed);
  let rounds = 0;

  const flood = async (datagrams: number): Promise<void> => {
    for (let sent = 0; sent < datagrams; sent += BURST) {
      for (let i = 0; i < BURST; i++) {
        (vandals[below(SOCKETS)] as Device).sendOctets(datagram(below, valid));
      }
      rounds++;
      expect(await honest.publish(id, `up ${rounds}`, 1)).toBe(0);
      await witness.publish('honest/down', `down ${rounds}`, 2);
      await honest.got(`honest/down down ${rounds} 2`);
      for (const vandal of vandals) vandal.frames.length = 0;
    }
  };
  await flood(DATAGRAMS / 2);
  const before = await site.daemon.memoryMiB();
  await flood(DATAGRAMS / 2);
  expect((await site.daemon.memoryMiB()) - before).toBeLessThan(GROWTH_MIB_MAX);
  expect(honest.received).toHaveLength(rounds);
  expect(witness.seen).toHaveLength(rounds);
  await site.stop();
});

it('topics that brokers choke on are refused, and nobody else notices', async () => {
  const site = cleanup.add(await Site.start({ mode: 'aggregating', version: 5 }), (one) =>
    one.dispose(),
  );
  const honest = await site.connected('honest');
  const id = await honest.register('honest/up');
  const odd = await site.connected('odd');
  const before = site.daemon.lines.length;
  for (const topicName of ['a\u0001', 'a\uffff', 'a/'.repeat(250), '$share']) {
    const msgId = topicName.length;
    odd.send({ type: 'REGISTER', topicId: 0, msgId, topicName });
    const { returnCode, topicId } = await odd.expect('REGACK');
    // The last one is an odd name and nothing more: a filter it cannot be.
    if (returnCode === 0) expect([0, 3]).toContain(await odd.publish(topicId, 'x', 1));
    expect(await odd.subscribe(topicName, 1)).toMatchObject({ returnCode: NOT_SUPPORTED });
    odd.send(publish({ topicIdType: 2, topicId: 0x6101, qos: 1, msgId }, 'x'));
    await odd.expect('PUBACK', (ack) => ack.returnCode !== 0);
    expect(await honest.publish(id, 'still there', 1)).toBe(0);
  }
  expect(site.daemon.lines.slice(before).some(({ code }) => code === 'BROKER_DOWN')).toBe(false);
  await site.stop();
});
