import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { RESEND_TIMEOUT_MS } from '../../../src/upstream/limits.js';
import { type IncomingPacket, Receipts } from '../../../src/upstream/receipts.js';
import type { Time, Timer } from '../../../src/upstream/time.js';
import { TestJournal } from '../../support/journal.js';

const BROKER = 'mqtt://broker:1883';

let journal: TestJournal;
let receipts: Receipts;
let wire: PassThrough;
let lastToken: number;
/** Tokens of what was handed over, by packet id. */
let handed: { messageId: number; token: number }[];

let nowMs: number;
/** What waits for its time, and when that is. */
const alarms = new Map<() => void, number>();
const time: Time = {
  nowMs: () => nowMs,
  random: () => 0,
  after(delayMs, run): Timer {
    const alarm = () => run();
    alarms.set(alarm, nowMs + delayMs);
    return { cancel: () => alarms.delete(alarm) };
  },
};

function passTime(ms = RESEND_TIMEOUT_MS): void {
  nowMs += ms;
  for (const [run, at] of alarms) {
    if (at > nowMs) continue;
    alarms.delete(run);
    run();
  }
}

beforeEach(() => {
  alarms.clear();
  nowMs = 0;
  journal = new TestJournal('never');
  handed = [];
  lastToken = 0;
  receipts = fresh();
  connect();
});

const fresh = (from = journal) =>
  new Receipts('gateway', from, () => ++lastToken, from.take('ui'), time);

function connect({ isNew = false, broker = BROKER } = {}): void {
  wire = new PassThrough();
  receipts.begin(wire, broker, isNew);
}

function publish(qos: 1 | 2, messageId: number, { dup = false, clients = ['d'] } = {}): void {
  receipts.publish<IncomingPacket>({ qos, messageId, dup }, (packet, receipt) => {
    for (const client of clients) {
      handed.push({ messageId: packet.messageId, token: receipt.tokenFor(client) });
    }
  });
}

const accept = (index: number) => receipts.accept(handed[index]?.token ?? 0);

/** What was sent on the present connection. */
async function sent(): Promise<string[]> {
  await new Promise(setImmediate);
  const octets = (wire.read() as Buffer | null) ?? Buffer.alloc(0);
  const names: Record<number, string> = { 0x40: 'PUBACK', 0x50: 'PUBREC', 0x70: 'PUBCOMP' };
  const packets: string[] = [];
  for (let at = 0; at < octets.length; at += 4) {
    packets.push(`${names[octets.readUInt8(at)]} ${octets.readUInt16BE(at + 2)}`);
  }
  return packets;
}

describe('an acknowledgement', () => {
  it('of a packet for nobody waits for what came before it, and leaves no mark when it is over', async () => {
    journal.put('queue', 'its like, for another filter');
    publish(1, 1, { clients: [] });
    publish(2, 0x1234, { clients: [] });
    expect(await sent()).toEqual([]);
    journal.commit();
    expect(await sent()).toEqual(['PUBACK 1', 'PUBREC 4660']);
    expect(journal.kept('ui')).toHaveLength(1);
    receipts.release(0x1234);
    expect(await sent()).toEqual([]);
    journal.commit();
    expect(await sent()).toEqual(['PUBCOMP 4660']);
    expect(journal.kept('ui')).toEqual([]);
    expect(receipts.isEmpty).toBe(true);
  });

  it('waits for everybody whom the packet went to', async () => {
    publish(1, 7, { clients: ['d', 'e'] });
    accept(1);
    expect(await sent()).toEqual([]);
    accept(1);
    expect(await sent()).toEqual([]);
    accept(0);
    expect(await sent()).toEqual(['PUBACK 7']);
  });

  it('does not wait for a client that is gone', async () => {
    publish(1, 7, { clients: ['d', 'e'] });
    accept(0);
    receipts.acceptAllOf('e');
    expect(await sent()).toEqual(['PUBACK 7']);
  });

  it('belongs to tokens of this session alone', () => {
    expect(receipts.accept(4711)).toBe(false);
  });
});

describe('a packet that comes again', () => {
  it.each([1, 2] as const)(
    'at QoS %i with DUP is not handed over, nor acknowledged twice',
    async (qos) => {
      publish(qos, 3);
      connect();
      publish(qos, 3, { dup: true });
      expect(handed).toHaveLength(1);
      accept(0);
      expect(await sent()).toEqual([qos === 1 ? 'PUBACK 3' : 'PUBREC 3']);
    },
  );

  it('and was accepted while the connection was away is acknowledged then', async () => {
    publish(1, 3);
    publish(2, 4);
    receipts.end();
    accept(0);
    accept(1);
    connect();
    expect(await sent()).toEqual([]);
    publish(1, 3, { dup: true });
    publish(2, 4, { dup: true });
    expect(await sent()).toEqual(['PUBACK 3', 'PUBREC 4']);
    expect(handed).toHaveLength(2);
  });

  it.each([1, 2] as const)(
    'at QoS %i without DUP, on a later connection, is another message',
    async (qos) => {
      publish(qos, 3);
      connect();
      publish(qos, 3);
      expect(handed).toHaveLength(2);
      accept(0);
      expect(await sent()).toEqual([]);
      accept(1);
      expect(await sent()).toHaveLength(1);
    },
  );

  it('at QoS 2 on the same connection is the same message, with DUP or without', () => {
    publish(2, 3);
    publish(2, 3);
    expect(handed).toHaveLength(1);
  });

  it('in a session that knows nothing of the first is another message', () => {
    publish(2, 3);
    journal.commit();
    connect({ isNew: true });
    publish(2, 3, { dup: true });
    expect(handed).toHaveLength(2);
  });

  it('from another broker is another message, and the first is still known when we come back', () => {
    publish(2, 3);
    connect({ broker: 'mqtt://other:1883' });
    publish(2, 3, { dup: true });
    expect(handed).toHaveLength(2);
    connect();
    publish(2, 3, { dup: true });
    expect(handed).toHaveLength(2);
  });
});

describe('a QoS 2 packet id', () => {
  it('is marked with the message, and PUBCOMP waits for the end of the mark', async () => {
    publish(2, 3);
    journal.commit();
    expect(journal.kept('ui')).toHaveLength(1);
    accept(0);
    receipts.release(3);
    receipts.release(3);
    expect(await sent()).toEqual(['PUBREC 3']);
    journal.commit();
    expect(await sent()).toEqual(['PUBCOMP 3']);
    expect(journal.kept('ui')).toEqual([]);
    receipts.release(3);
    expect(await sent()).toEqual(['PUBCOMP 3']);
  });

  it('that was marked by an earlier run is known', async () => {
    publish(2, 3);
    journal.commitUnheard();
    receipts = fresh(journal.crashed());
    connect();
    publish(2, 3, { dup: true });
    expect(handed).toHaveLength(1);
    expect(await sent()).toEqual(['PUBREC 3']);
  });

  it('whose end reaches the disk after the connection is confirmed on the next one', async () => {
    publish(2, 3);
    accept(0);
    receipts.release(3);
    connect();
    journal.commit();
    expect(await sent()).toEqual([]);
    receipts.release(3);
    expect(await sent()).toEqual(['PUBCOMP 3']);
  });

  describe('whose end did not reach the disk, because it failed', () => {
    beforeEach(() => {
      publish(2, 3);
      publish(2, 4);
      journal.commit();
      for (const index of [0, 1]) accept(index);
      for (const packetId of [3, 4]) receipts.release(packetId);
      // The broker has heard PUBCOMP, and the next run still finds the marks.
      journal = journal.crashed();
      receipts = fresh(journal);
    });

    it('is forgotten when the broker has not mentioned it in time', () => {
      connect();
      publish(2, 4, { dup: true });
      passTime();
      journal.commit();
      expect(journal.kept('ui').map((key) => key.split('\0').at(-1))).toEqual(['4']);
      publish(2, 3, { dup: true });
      expect(handed.map(({ messageId }) => messageId)).toEqual([3, 4, 3]);
    });

    it.each(['PUBLISH', 'PUBREL'])(
      'is known while the broker repeats what comes before it, however slowly (%s)',
      (packet) => {
        connect();
        passTime(RESEND_TIMEOUT_MS - 1);
        if (packet === 'PUBLISH') publish(2, 4, { dup: true });
        else receipts.release(4);
        passTime(RESEND_TIMEOUT_MS - 1);
        publish(2, 3, { dup: true });
        expect(handed).toHaveLength(2);
      },
    );

    it('is forgotten although the broker mentions another one again and again', () => {
      connect();
      publish(2, 4, { dup: true });
      passTime(RESEND_TIMEOUT_MS - 1);
      publish(2, 4, { dup: true });
      passTime(1);
      publish(2, 3, { dup: true });
      expect(handed).toHaveLength(3);
    });

    it('is known while the broker may still repeat it, also on the next connection', () => {
      connect();
      receipts.end();
      passTime();
      connect();
      publish(2, 3, { dup: true });
      expect(handed).toHaveLength(2);
    });

    it('is known to us when we come back to its broker', () => {
      connect({ broker: 'mqtt://other:1883' });
      passTime();
      connect();
      publish(2, 3, { dup: true });
      expect(handed).toHaveLength(2);
    });
  });

  it('that nobody has accepted yet is known however late the broker is', () => {
    publish(2, 3);
    connect();
    passTime();
    publish(2, 3, { dup: true });
    expect(handed).toHaveLength(1);
  });

  it('needs no mark in a session that ends with the process', () => {
    receipts.isKept = false;
    publish(2, 3);
    journal.commit();
    expect(journal.kept('ui')).toEqual([]);
  });

  it('is forgotten with its session', () => {
    publish(2, 3);
    journal.commit();
    receipts.clear();
    journal.commit();
    expect(journal.kept('ui')).toEqual([]);
    expect(accept(0)).toBe(false);
  });
});
