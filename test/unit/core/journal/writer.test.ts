import { describe, expect, it } from 'vitest';
import { JournalWriter, type Owner } from '../../../../src/core/journal/writer.js';

const owner = (): Owner => ({ lastWrite: 0 });

function waiter(writer: JournalWriter, of: Owner, heard: string[], name: string): void {
  writer.whenKept(of, (kept) => heard.push(`${name} ${kept}`));
}

describe('JournalWriter', () => {
  it('writes of a step leave as one effect, without a number while nobody waits', () => {
    const writer = new JournalWriter(true);
    writer.put(owner(), 'a', 1);
    writer.delete(owner(), 'b');
    expect(writer.takeEffect()).toEqual({
      kind: 'journal',
      writes: [{ key: 'a', value: 1 }, { key: 'b' }],
    });
    expect(writer.takeEffect()).toBeUndefined();
  });

  it('who waits hears of the commit of its own writes, and not before', () => {
    const writer = new JournalWriter(true);
    const [a, b] = [owner(), owner()];
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    waiter(writer, a, heard, 'a');
    waiter(writer, b, heard, 'b');
    expect(heard).toEqual(['b true']);
    expect(writer.takeEffect()).toMatchObject({ number: 1 });
    writer.onCommitted(1);
    expect(heard).toEqual(['b true', 'a true']);
    waiter(writer, a, heard, 'again');
    expect(heard).toHaveLength(3);
  });

  it('somebody waits for writes that left without a number: a group without writes asks for them', () => {
    const writer = new JournalWriter(true);
    const a = owner();
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    writer.takeEffect();
    waiter(writer, a, heard, 'a');
    expect(writer.takeEffect()).toEqual({ kind: 'journal', writes: [], number: 2 });
    waiter(writer, a, heard, 'later');
    expect(writer.takeEffect()).toBeUndefined();
    writer.onCommitted(2);
    expect(heard).toEqual(['a true', 'later true']);
  });

  it('continuations run in the order in which they were asked for, also when one asks for more', () => {
    const writer = new JournalWriter(true);
    const a = owner();
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    writer.whenKept(a, () => {
      heard.push('first');
      waiter(writer, a, heard, 'third');
      writer.afterwards(() => heard.push('last'));
    });
    waiter(writer, a, heard, 'second');
    writer.takeEffect();
    writer.onCommitted(1);
    expect(heard).toEqual(['first', 'second true', 'third true', 'last']);
  });

  describe('who asks late for an early group', () => {
    /** Owners whose groups have the numbers 1 to 4 ask in another order than they wrote in. */
    function asked(heard: string[]): JournalWriter {
      const writer = new JournalWriter(true);
      const owners = { a: owner(), b: owner(), c: owner(), d: owner() };
      for (const [name, one] of Object.entries(owners)) {
        writer.put(one, name, 1);
        writer.takeEffect();
      }
      for (const name of ['c', 'a', 'd', 'b', 'a'] as const) {
        waiter(writer, owners[name], heard, name);
      }
      return writer;
    }

    it('keeps its place in the order of asking, when one commit covers all groups', () => {
      const heard: string[] = [];
      asked(heard).onCommitted(4);
      expect(heard).toEqual(['c true', 'a true', 'd true', 'b true', 'a true']);
    });

    it('keeps it when a commit covers some of them, and waits for no later group', () => {
      const heard: string[] = [];
      const writer = asked(heard);
      writer.onCommitted(3);
      expect(heard.splice(0)).toEqual(['c true', 'a true', 'b true', 'a true']);
      writer.onCommitted(4);
      expect(heard).toEqual(['d true']);
    });

    it('hears of each commit in turn what is due with it', () => {
      const heard: string[] = [];
      const writer = asked(heard);
      const told = [1, 2, 3, 4].map((number) => {
        writer.onCommitted(number);
        return heard.splice(0);
      });
      expect(told).toEqual([['a true', 'a true'], ['b true'], ['c true'], ['d true']]);
    });

    it('keeps it when the disk fails', () => {
      const heard: string[] = [];
      asked(heard).onFailing();
      expect(heard).toEqual(['c false', 'a false', 'd false', 'b false', 'a false']);
    });

    it('comes behind those that a failed continuation has held up', () => {
      const heard: string[] = [];
      const writer = new JournalWriter(true);
      const [a, b] = [owner(), owner()];
      writer.put(a, 'a', 1);
      writer.takeEffect();
      writer.put(b, 'b', 1);
      waiter(writer, b, heard, 'b');
      writer.whenKept(a, () => {
        throw new Error('a bug');
      });
      waiter(writer, a, heard, 'held up');
      writer.takeEffect();
      expect(() => writer.onCommitted(1)).toThrow('a bug');
      writer.onCommitted(2);
      expect(heard).toEqual(['held up true', 'b true']);
    });
  });

  it('a continuation that fails takes none of the others with it', () => {
    const writer = new JournalWriter(true);
    const a = owner();
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    writer.whenKept(a, () => {
      throw new Error('a bug');
    });
    waiter(writer, a, heard, 'next');
    writer.takeEffect();
    expect(() => writer.onCommitted(1)).toThrow('a bug');
    writer.put(a, 'a', 2);
    writer.takeEffect();
    writer.onCommitted(2);
    expect(heard).toEqual(['next true']);
  });

  it('disk fails between write and commit: memory is all there is, and a late commit means nothing', () => {
    const writer = new JournalWriter(true);
    const a = owner();
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    waiter(writer, a, heard, 'before');
    writer.takeEffect();
    writer.onFailing();
    writer.onCommitted(1);
    waiter(writer, a, heard, 'after');
    expect(writer.keeps).toBe(false);
    expect(heard).toEqual(['before false', 'after false']);
    writer.onWorking();
    waiter(writer, a, heard, 'working');
    expect(heard.at(-1)).toBe('after false');
    const effect = writer.takeEffect();
    writer.onCommitted(effect?.kind === 'journal' ? (effect.number ?? 0) : 0);
    expect(heard.at(-1)).toBe('working true');
    expect(writer.keeps).toBe(true);
  });

  it('off: nothing is written, and everything counts as kept', () => {
    const writer = new JournalWriter(false);
    const a = owner();
    const heard: string[] = [];
    writer.put(a, 'a', 1);
    waiter(writer, a, heard, 'a');
    expect(heard).toEqual(['a true']);
    expect(writer.takeEffect()).toBeUndefined();
    expect(writer.keeps).toBe(false);
  });
});
