import { describe, expect, it } from 'vitest';
import { TOPIC_ID_MAX, TOPIC_IDS_PER_DEVICE_MAX } from '../../../../src/core/limits.js';
import { TopicIds } from '../../../../src/core/session/topic-ids.js';

describe('TopicIds', () => {
  it('gives a name one id, above the predefined ones, and not yet confirmed', () => {
    const ids = new TopicIds();
    expect(ids.assign('a', 7)).toEqual({ id: 8, name: 'a', confirmed: false, refused: false });
    expect(ids.assign('b', 7)?.id).toBe(9);
    expect(ids.assign('a', 7)?.id).toBe(8);
    expect(ids.nameOf(8)).toBe('a');
    expect(ids.get('b')).toBe(ids.byNumber(9));
    expect(ids.nameOf(10)).toBeUndefined();
  });

  it('predefined ids grow by a reload: names keep theirs, new ones lie above', () => {
    const ids = new TopicIds();
    ids.assign('a', 0);
    expect(ids.assign('b', 100)?.id).toBe(101);
    expect(ids.assign('a', 100)?.id).toBe(1);
    expect(ids.assign('c', 0)?.id).toBe(102);
  });

  it('is full after so many names, but still knows those', () => {
    const ids = new TopicIds();
    for (let i = 0; i < TOPIC_IDS_PER_DEVICE_MAX; i++) expect(ids.assign(`n${i}`, 0)).toBeDefined();
    expect(ids.assign('one too many', 0)).toBeUndefined();
    expect(ids.assign('n0', 0)?.id).toBe(1);
  });

  it('never gives a reserved number', () => {
    const ids = new TopicIds();
    expect(ids.assign('a', TOPIC_ID_MAX - 1)?.id).toBe(TOPIC_ID_MAX);
    expect(ids.assign('b', TOPIC_ID_MAX - 1)).toBeUndefined();
    expect(new TopicIds().assign('a', TOPIC_ID_MAX)).toBeUndefined();
  });

  it('new connection: numbers stay, nothing is confirmed or refused', () => {
    const ids = new TopicIds();
    Object.assign(ids.assign('a', 0) ?? {}, { confirmed: true, refused: true });
    ids.unconfirmAll();
    expect(ids.get('a')).toEqual({ id: 1, name: 'a', confirmed: false, refused: false });
  });

  it('cleared: what was given means nothing, and is not given again at once', () => {
    const ids = new TopicIds();
    ids.assign('a', 0);
    ids.clear();
    expect(ids.get('a')).toBeUndefined();
    expect(ids.nameOf(1)).toBeUndefined();
    expect(ids.assign('b', 0)?.id).toBe(2);
  });

  it('cleared when too few are left for a full table: begins again', () => {
    const ids = new TopicIds();
    const last = TOPIC_ID_MAX - TOPIC_IDS_PER_DEVICE_MAX;
    ids.beginAbove(last - 2);
    ids.assign('a', 0);
    ids.clear();
    expect(ids.assign('b', 0)?.id).toBe(last);
    ids.clear();
    expect(ids.assign('c', 0)?.id).toBe(1);
  });
});
