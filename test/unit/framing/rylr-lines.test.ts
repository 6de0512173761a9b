import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  RYLR_DATA_BYTES_MAX,
  type RylrLineEvent,
  RylrLineFramer,
} from '../../../src/framing/rylr-lines.js';
import { octetsOf } from '../../../src/framing/text-lines.js';
import { toHex } from '../../support/hex.js';

const TIMEOUT_MS = 500;
const NOTHING = new Uint8Array();
const create = (): RylrLineFramer => new RylrLineFramer(TIMEOUT_MS);
const data = fc.uint8Array({ maxLength: RYLR_DATA_BYTES_MAX });

const encode = (from: number, octets: Uint8Array): Uint8Array =>
  Uint8Array.of(
    ...octetsOf(`+RCV=${from},${octets.length},`),
    ...octets,
    ...octetsOf(',-70,6\r\n'),
  );

const receptionsIn = (events: readonly RylrLineEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === 'reception' ? [`${event.from}:${toHex(event.data)}`] : [],
  );

const said = (events: readonly RylrLineEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'line') return [event.text];
    return event.kind === 'reception' ? [`${event.from}:${toHex(event.data)}`] : [event.why];
  });

const noise = fc
  .array(
    fc.oneof(
      fc.nat(255).map((octet) => [octet]),
      fc
        .constantFrom('+RCV=', '+RCV=1,', '+RCV=12,9,', '+RCV=1,240,', ',', '\r\n', ',-7,6', '+OK')
        .map((text) => [...octetsOf(text)]),
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.flat());

describe('what is no line of RYLR', () => {
  const RECEPTION = '+RCV=7,2,ab,-70,6\r\n';
  const discarded = (text: string): [number, string][] => {
    const framer = create();
    const events = [...framer.push(octetsOf(text), 0), ...framer.flush()];
    return events.flatMap((event) =>
      event.kind === 'discarded' ? [[event.bytes, event.why] as [number, string]] : [],
    );
  };

  it.each([
    ['octets that are no text, before a line', '\x01\x80+OK\r\n', [[2, 'noise']]],
    ['octets that are no text, within a line', '+O\x80K\r\n', [[4, 'malformed']]],
    ['text before a reception', `abc${RECEPTION}`, [[3, 'noise']]],
    ['spoilt text before a reception', `a\x80c${RECEPTION}`, [[3, 'noise']]],
    ['a line that is too long', `${'x'.repeat(300)}\r\n`, [[300, 'too-long']]],
    ['a line that does not end', '+OK', [[3, 'truncated']]],
    ['a reception that does not end', '+RCV=7,2,ab,-70', [[15, 'truncated']]],
    ['more data than declared', '+RCV=7,2,abc,-70,6\r\n', [[12, 'bad-length']]],
    ['no numbers behind the data', '+RCV=7,2,ab,x,6\r\n', [[15, 'bad-length']]],
    ['a tail without end', '+RCV=7,2,ab,-70,66666666666\r\n', [[24, 'bad-length']]],
  ])('%s: discarded for that reason', (_, text, expected) => {
    expect(discarded(text).slice(0, 1)).toEqual(expected);
  });

  it.each(['+RCV=65536,2,ab,-70,6', '+RCV=7,241,ab,-70,6', '+RCV=x,2,ab,-70,6'])(
    'a head that cannot be is a line like any other: %s',
    (text) => {
      expect(said(create().push(octetsOf(`${text}\r\n`), 0))).toEqual([text]);
    },
  );

  it('a reception ends when its time is over, and only when nothing comes', () => {
    const framer = create();
    framer.push(octetsOf('+RCV=7,9,ab'), 1000);
    expect(framer.nextDeadline()).toBe(1000 + TIMEOUT_MS);
    expect(framer.push(NOTHING, 1000 + TIMEOUT_MS - 1)).toEqual([]);
    expect(framer.push(octetsOf('c'), 1000 + 2 * TIMEOUT_MS)).toEqual([]);
    expect(said(framer.push(NOTHING, 1000 + 2 * TIMEOUT_MS))).toEqual(['truncated']);
    expect(framer.nextDeadline()).toBeUndefined();
  });
});

describe('lines of RYLR', () => {
  it('receptions are taken by their length, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(65_535), data), { maxLength: 4 }), (sent) => {
        const line = sent.flatMap(([from, octets]) => [...encode(from, octets)]);
        const events = create().push(Uint8Array.from(line), 0);
        expect(receptionsIn(events)).toEqual(sent.map(([from, d]) => `${from}:${toHex(d)}`));
        expect(events).toHaveLength(sent.length);
      }),
    );
  });

  it('takes chunks of any size for the same', () => {
    const part = fc.oneof(
      noise,
      data.map((octets) => [...encode(7, octets)]),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 300 })),
        (parts, sizes) => {
          const line = Uint8Array.from(parts.flat());
          const whole = create();
          const cut = create();
          const expected = [...whole.push(line, 0), ...whole.flush()];
          const events: RylrLineEvent[] = [];
          for (let at = 0; at < line.length; ) {
            const size = Number(sizes.next().value);
            events.push(...cut.push(line.subarray(at, at + size), 0));
            at += size;
          }
          events.push(...cut.flush());
          const sense = (of: RylrLineEvent[]) => of.filter(({ kind }) => kind !== 'discarded');
          const bytes = (of: RylrLineEvent[]) =>
            of.reduce((sum, event) => sum + (event.kind === 'discarded' ? event.bytes : 0), 0);
          expect(sense(events)).toEqual(sense(expected));
          expect(bytes(events)).toBe(bytes(expected));
        },
      ),
    );
  });

  it('recognises the next reception after any noise, a pause and a line end', () => {
    fc.assert(
      fc.property(noise, data, (before, octets) => {
        const framer = create();
        framer.push(Uint8Array.from(before), 0);
        for (let at = framer.nextDeadline(); at !== undefined; at = framer.nextDeadline())
          framer.push(NOTHING, at);
        const events = framer.push(Uint8Array.of(0x0a, ...encode(9, octets)), 100_000);
        expect(receptionsIn(events).at(-1)).toBe(`9:${toHex(octets)}`);
        expect(framer.pendingBytes).toBe(0);
      }),
    );
  });

  it('a wrong length costs that line, not the next', () => {
    const good = encode(9, octetsOf('abc'));
    const line = Uint8Array.of(...octetsOf('+RCV=1,20,abc,-30,3\r\n'), ...good, ...good);
    expect(said(create().push(line, 0))).toEqual(['bad-length', '9:616263', '9:616263']);
  });

  it('an answer behind a reception that was cut short comes when its time is over', () => {
    const framer = create();
    expect(framer.push(octetsOf('+RCV=1,200,abc\r\n+OK\r\n'), 0)).toEqual([]);
    expect(framer.nextDeadline()).toBe(TIMEOUT_MS);
    expect(said(framer.push(NOTHING, TIMEOUT_MS))).toEqual(['truncated', '+OK']);
  });

  it('a reception is found behind noise in its line', () => {
    expect(said(create().push(octetsOf('\x00x+RCV=1,1,a,-7,6\r\n'), 0))).toEqual(['noise', '1:61']);
  });
});
