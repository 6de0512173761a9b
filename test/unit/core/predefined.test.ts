import { describe, expect, it } from 'vitest';
import type { PredefinedTopic } from '../../../src/core/config.js';
import { PredefinedTopics } from '../../../src/core/predefined.js';
import { coreConfig } from '../../support/core/config.js';

const of = (...predefinedTopics: PredefinedTopic[]) =>
  new PredefinedTopics(coreConfig({ predefinedTopics }));

describe('PredefinedTopics', () => {
  it('global: for every device, and for senders without a session', () => {
    const topics = of({ id: 5, topic: 'a/b' });
    expect(topics.topicOf(5, 'dev1')).toBe('a/b');
    expect(topics.topicOf(5, null)).toBe('a/b');
    expect(topics.topicOf(6, 'dev1')).toBeUndefined();
    expect(topics.highestId).toBe(5);
  });

  it('by pattern: for these devices alone, and the first entry that fits wins', () => {
    const topics = of(
      { id: 5, topic: 'doors', clients: ['door-*', 'gate'] },
      { id: 5, topic: 'everybody' },
      { id: 5, topic: 'never' },
    );
    expect(topics.topicOf(5, 'door-1')).toBe('doors');
    expect(topics.topicOf(5, 'gate')).toBe('doors');
    expect(topics.topicOf(5, 'dev1')).toBe('everybody');
    expect(topics.topicOf(5, null)).toBe('everybody');
    expect(of({ id: 5, topic: 'doors', clients: ['door-*'] }).topicOf(5, null)).toBeUndefined();
  });

  it('template: each device its own topic, nobody without a session', () => {
    const topics = of({ id: 5, topic: 's/${clientId}/t' });
    expect(topics.topicOf(5, 'dev1')).toBe('s/dev1/t');
    expect(topics.topicOf(5, null)).toBeUndefined();
  });

  it.each(['+', '#', 'a/b', '$SYS', 'a\u0000b'])(
    'hostile client id %j gets nothing from a template',
    (id) => {
      expect(of({ id: 5, topic: '${clientId}/t' }).topicOf(5, id)).toBeUndefined();
    },
  );

  it('none at all: normal ids begin at 1', () => {
    expect(of().highestId).toBe(0);
  });
});
