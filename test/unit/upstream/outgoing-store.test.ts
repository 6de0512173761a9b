import type { Packet } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { OutgoingStore } from '../../../src/upstream/outgoing-store.js';
import { TestJournal } from '../../support/journal.js';

const publish = (messageId: number, qos: 1 | 2 = 2): Packet => ({
  cmd: 'publish',
  messageId,
  topic: 'a',
  payload: Buffer.from('x'),
  qos,
  retain: false,
  dup: false,
});

function inFlight(store: OutgoingStore): string[] {
  const packets: string[] = [];
  const stream = store.createStream();
  for (let packet: Packet | null; (packet = stream.read() as Packet | null); )
    packets.push(`${packet.cmd} ${packet.messageId}`);
  return packets;
}

describe('what is in flight to the broker', () => {
  it('goes out when it is on disk, and QoS 1 not before the QoS 2 ahead of it', () => {
    const journal = new TestJournal('never');
    const store = new OutgoingStore('gw', journal, [], []);
    const sent: number[] = [];
    store.put(publish(1, 1), () => void sent.push(1));
    store.put(publish(2), () => void sent.push(2));
    store.put(publish(3, 1), () => void sent.push(3));
    expect(sent).toEqual([1]);
    journal.commit();
    expect(sent).toEqual([1, 2, 3]);
  });

  it('is repeated from where it was after a restart', () => {
    const journal = new TestJournal('never');
    const store = new OutgoingStore('gw', journal, [], []);
    for (const id of [1, 2]) store.put(publish(id), () => undefined);
    store.put({ cmd: 'pubrel', messageId: 1 }, () => undefined);
    journal.commit();
    const next = journal.crashed();
    const again = new OutgoingStore('gw', next, next.take('uo'), next.take('up'));
    expect(inFlight(again)).toEqual(['pubrel 1', 'publish 2']);
  });

  it('begins anew when the broker has lost the session, and with it what it had confirmed', () => {
    const journal = new TestJournal('never');
    const store = new OutgoingStore('gw', journal, [], []);
    store.put(publish(1), () => undefined);
    store.put({ cmd: 'pubrel', messageId: 1 }, () => undefined);
    store.startOver();
    expect(inFlight(store)).toEqual(['publish 1']);
    journal.commit();
    const next = journal.crashed();
    expect(next.take('up')).toEqual([]);
  });

  it('likewise of a session that the journal knows nothing of', () => {
    const journal = new TestJournal('never');
    const store = new OutgoingStore('dev', journal, [], []);
    store.isKept = false;
    const sent: string[] = [];
    store.put(publish(1), () => void sent.push('publish'));
    store.put({ cmd: 'pubrel', messageId: 1 }, () => void sent.push('pubrel'));
    expect(sent).toEqual(['publish', 'pubrel']);
    store.startOver();
    expect(inFlight(store)).toEqual(['publish 1']);
    journal.commit();
    expect(journal.kept('uo')).toEqual([]);
  });

  it('leaves nothing in the journal when it is over', () => {
    const journal = new TestJournal('never');
    const store = new OutgoingStore('gw', journal, [], []);
    store.put(publish(1), () => undefined);
    store.put({ cmd: 'pubrel', messageId: 1 }, () => undefined);
    store.del({ messageId: 1 }, () => undefined);
    journal.commit();
    const next = journal.crashed();
    expect([...next.take('uo'), ...next.take('up')]).toEqual([]);
  });
});
