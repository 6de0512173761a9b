import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOfLine,
  octetsOf,
  type TextLineEvent,
  TextLineFramer,
} from '../../../src/framing/text-lines.js';

const MAX = 20;
const push = (text: string): TextLineEvent[] => new TextLineFramer(MAX).push(octetsOf(text));

const line = (text: string) => ({ kind: 'line', text });
const octets = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x0d, 0x0a, 0x41, 0x20, 0x09)), {
  maxLength: 200,
});
const LINE_ENDS = [0x0d, 0x0a];

const countOf = (event: TextLineEvent): number =>
  event.kind === 'line' ? event.text.length : event.bytes;

describe('the end of a line', () => {
  it.each([
    ['ab\ncd', 0, 3],
    ['ab\rcd', 1, 3],
    ['ab\r\ncd', 3, 4],
    ['ab\ncd', 3, 5],
    ['', 0, 0],
  ])('of %j from %i on is at %i', (text, from, end) => {
    expect(endOfLine(octetsOf(text), from)).toBe(end);
  });
});

describe('text lines', () => {
  it('the line has ended: what is pending is discarded, and the next octet begins anew', () => {
    const framer = new TextLineFramer(MAX);
    framer.push(octetsOf('a\x80'));
    expect(framer.pendingBytes).toBe(2);
    expect(framer.flush()).toEqual([{ kind: 'discarded', bytes: 2, why: 'truncated' }]);
    expect(framer.flush()).toEqual([]);
    expect(framer.push(octetsOf('ok\n'))).toEqual([line('ok')]);
  });

  it('a tab and a tilde are text, and what is beside them is not', () => {
    expect(push('a\t~ z\n')).toEqual([line('a\t~ z')]);
    for (const other of ['\x08', '\x1f', '\x7f']) {
      expect(push(`a${other}\n`)).toEqual([{ kind: 'discarded', bytes: 2, why: 'malformed' }]);
    }
  });

  it.each(['one\r\ntwo\r\n', '\r\none\r\n\r\ntwo\r', 'one\n\rtwo\n\r', '\none\ntwo\n'])(
    'every line end is one, empty lines are none: %j',
    (text) => {
      expect(push(text)).toEqual([line('one'), line('two')]);
    },
  );

  it('noise before a line is cut off', () => {
    expect(push('\x00\xffok\r\n')).toEqual([
      { kind: 'discarded', bytes: 2, why: 'noise' },
      line('ok'),
    ]);
  });

  it('noise within a line spoils it, and not the next', () => {
    expect(push('o\x80k\r\nok\r\n')).toEqual([
      { kind: 'discarded', bytes: 3, why: 'malformed' },
      line('ok'),
    ]);
  });

  it('a line that is too long is discarded, and not the next', () => {
    expect(push(`${'x'.repeat(MAX)}\n${'x'.repeat(5 * MAX)}\nok\n`)).toEqual([
      line('x'.repeat(MAX)),
      { kind: 'discarded', bytes: 5 * MAX, why: 'too-long' },
      line('ok'),
    ]);
  });

  it('accounts for every octet that is no line end, whatever the chunks', () => {
    fc.assert(
      fc.property(octets, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (list, sizes) => {
        const data = Uint8Array.from(list);
        const whole = new TextLineFramer(MAX);
        const cut = new TextLineFramer(MAX);
        const expected = [...whole.push(data), ...whole.flush()];
        const events: TextLineEvent[] = [];
        for (let at = 0; at < data.length; ) {
          const size = Number(sizes.next().value);
          events.push(...cut.push(data.subarray(at, at + size)));
          at += size;
        }
        events.push(...cut.flush());
        const lines = (of: TextLineEvent[]) => of.filter(({ kind }) => kind === 'line');
        const bytes = (of: TextLineEvent[]) => of.reduce((sum, event) => sum + countOf(event), 0);
        expect(lines(events)).toEqual(lines(expected));
        const counted = list.filter((octet) => !LINE_ENDS.includes(octet)).length;
        expect([bytes(events), bytes(expected)]).toEqual([counted, counted]);
      }),
    );
  });
});
