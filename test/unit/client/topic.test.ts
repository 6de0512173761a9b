import { describe, expect, it } from 'vitest';
import { namedTopic, subscribeReference, TopicTable } from '../../../src/client/topic.js';

describe('the name of a topic', () => {
  it.each(['ab', 'é', '/a'])('of two octets is a short topic: %s', (name) => {
    expect(namedTopic(name)).toEqual({ kind: 'short', name });
  });

  it.each(['a', 'abc', '+/', '/#', 'éa'])('otherwise is registered: %s', (name) => {
    expect(namedTopic(name)).toEqual({ kind: 'name', name });
  });

  it('appears in SUBSCRIBE with its kind', () => {
    expect(subscribeReference(namedTopic('ab'))).toEqual({ topicIdType: 2, topicName: 'ab' });
    expect(subscribeReference(namedTopic('a/#'))).toEqual({ topicIdType: 0, topicName: 'a/#' });
    expect(subscribeReference({ kind: 'predefined', id: 4 })).toEqual({
      topicIdType: 1,
      topicId: 4,
    });
  });
});

describe('the table of topic ids', () => {
  it('forgets both directions of one name', () => {
    const table = new TopicTable();
    table.agree('a/b', 5);
    table.agree('a/c', 6);
    table.forget('a/b');
    expect(table.idOf('a/b')).toBeUndefined();
    expect(table.nameOf({ topicIdType: 0, topicId: 5 })).toBeUndefined();
    expect(table.nameOf({ topicIdType: 0, topicId: 6 })).toBe('a/c');
  });
});
