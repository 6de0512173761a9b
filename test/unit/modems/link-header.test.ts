import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { type LinkHeader, NoHeader, type Unwrapped } from '../../../src/modems/link-header.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { fromHex, MESSAGES, toHex, vectorsOf } from '../../support/modems/vectors.js';

/** With octets as hex. */
function plain(unwrapped: Unwrapped): unknown {
  return JSON.parse(
    JSON.stringify(unwrapped, (_key, value: unknown) =>
      value instanceof Uint8Array ? toHex(value) : value,
    ),
  );
}

const unwrap = (header: LinkHeader, hex: string): unknown => plain(header.unwrap(fromHex(hex)));

const wrap = (header: LinkHeader, address: string | null, hex: string): string | undefined => {
  const payload = header.wrap(address, fromHex(hex));
  return payload && toHex(payload);
};

const radiohead = (acknowledge = false) => new RadioheadHeader({ ownAddress: 1, acknowledge });

describe.each([
  ['none', () => new NoHeader(), ['']],
  ['fe', () => new ForwarderHeader(), ['03', '0003', 'c0ffee', 'aa'.repeat(16)]],
  ['radiohead', () => radiohead(), ['0', '7', '254']],
])('the link header %s', (kind, create, addresses) => {
  it('says what it is', () => {
    expect(create().kind).toBe(kind);
  });

  it('takes as many octets as it says, to each address and to everybody', () => {
    for (const address of [...addresses, null]) {
      const payload = create().wrap(address, MESSAGES.connack);
      expect(payload?.length).toBe((create().bytesFor(address) ?? 0) + MESSAGES.connack.length);
    }
  });

  it('knows no other addresses', () => {
    for (const address of ['x', '-1', '0x07', '007', '255', 'aa'.repeat(17), '1 ', '1.0']) {
      if (kind === 'fe' && /^(?:..)+$/.test(address) && /^[0-9a-f]{1,32}$/.test(address)) continue;
      expect(create().bytesFor(address), address).toBeUndefined();
      expect(create().wrap(address, MESSAGES.connack), address).toBeUndefined();
    }
  });

  it('never throws, and gives whole messages only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        const unwrapped = create().unwrap(payload);
        if (unwrapped.kind !== 'message') return;
        expect(unwrapped.message.length).toBeGreaterThanOrEqual(2);
        expect(create().bytesFor(unwrapped.address)).toBeDefined();
      }),
    );
  });

  it('damaged messages are discarded', () => {
    const [address = ''] = addresses;
    const payload = create().wrap(address, MESSAGES.pub0) ?? new Uint8Array();
    const own = kind === 'radiohead' ? Uint8Array.of(1, ...payload.slice(1)) : payload;
    expect(create().unwrap(own).kind).toBe('message');
    expect(plain(create().unwrap(own.slice(0, -1)))).toEqual({
      kind: 'discarded',
      why: 'bad-length',
    });
  });
});

describe('the link header none', () => {
  it('leaves what a forwarder has put in front to whoever reads the message', () => {
    expect(unwrap(new NoHeader(), '05fe0100030216')).toEqual({
      kind: 'message',
      address: '',
      message: '05fe0100030216',
    });
  });
});

describe('the link header fe', () => {
  it('the node id is the address', () => {
    const header = new ForwarderHeader();
    expect(unwrap(header, '05fe01c0030b0c000001000032312e35')).toEqual({
      kind: 'message',
      address: 'c003',
      message: '0b0c000001000032312e35',
    });
    expect(wrap(header, 'c003', '030500')).toBe('05fe01c003030500');
  });

  it('to everybody goes the message alone', () => {
    expect(wrap(new ForwarderHeader(), null, '0500010384')).toBe('0500010384');
  });

  it.each(['0216', '02fe0216', '05fe0100', '05fe010003', ''])('refuses %s', (hex) => {
    expect(unwrap(new ForwarderHeader(), hex)).toEqual({ kind: 'discarded', why: 'malformed' });
  });

  it.each(['03fe010216', '04fe01ff0216', '05fe01ffff0216'])(
    'refuses %s: an answer to that name would be for everybody',
    (hex) => {
      expect(unwrap(new ForwarderHeader(), hex)).toEqual({ kind: 'discarded', why: 'malformed' });
    },
  );

  it('refuses one header within another', () => {
    expect(unwrap(new ForwarderHeader(), '05fe01000304fe01aa0216')).toEqual({
      kind: 'discarded',
      why: 'bad-length',
    });
  });

  it('a forged node id of any length does not cost later frames their air time', () => {
    const header = new ForwarderHeader();
    expect(unwrap(header, `fbfe01${'aa'.repeat(248)}0216`)).toEqual({
      kind: 'discarded',
      why: 'malformed',
    });
    expect(header.bytesAssumed()).toBe(5);
  });

  it('counts the longest node id that it has seen', () => {
    const header = new ForwarderHeader();
    expect(header.bytesAssumed()).toBe(5);
    unwrap(header, '0bfe0101020304050607080216');
    expect(header.bytesAssumed()).toBe(11);
  });
});

describe('the link header radiohead', () => {
  const vectors = vectorsOf('radiohead-header');

  it.each(vectors.filter(({ direction }) => direction === 'rx'))('$id: $note', (vector) => {
    const expected = vector.error
      ? { kind: 'discarded', why: 'truncated' }
      : vector.drop
        ? { kind: 'discarded', why: 'not-for-us' }
        : vector.kind === 'status'
          ? { kind: 'consumed', address: vector.address }
          : { kind: 'message', address: vector.address, message: vector.payloadHex };
    expect(unwrap(radiohead(), vector.serialHex ?? '')).toEqual(expected);
  });

  it('radiohead-header-05 and -06 are sent, with ids in rotation', () => {
    const header = radiohead();
    for (let id = 0; id < 4; id++) wrap(header, '7', '0217');
    const sent = vectors.filter(({ direction }) => direction === 'tx');
    expect(
      sent.map(({ address, payloadHex }) =>
        wrap(header, address === '255' ? null : address, String(payloadHex)),
      ),
    ).toEqual(sent.map(({ serialHex }) => serialHex));
    for (let id = 6; id < 256; id++) wrap(header, '7', '0217');
    expect(wrap(header, '7', '0217')).toBe('070100000217');
  });

  it('a reliable sender is acknowledged, and its repeat as well, which is not handed on', () => {
    const header = radiohead(true);
    expect(unwrap(header, '010906000216')).toEqual({
      kind: 'message',
      address: '9',
      message: '0216',
      acknowledgement: '0901068021',
    });
    expect(unwrap(header, '010906400216')).toEqual({
      kind: 'consumed',
      address: '9',
      acknowledgement: '0901068021',
    });
    expect(unwrap(header, '010907400216')).toMatchObject({ kind: 'message' });
    expect(unwrap(header, '010a07400216')).toMatchObject({ kind: 'message', address: '10' });
  });

  it('a damaged message is not acknowledged, so its repeat is not taken for one', () => {
    const header = radiohead(true);
    expect(unwrap(header, '0109060002')).toEqual({ kind: 'discarded', why: 'bad-length' });
    expect(unwrap(header, '010906400216')).toMatchObject({ kind: 'message' });
  });

  it('a node that has started anew begins its ids again, and is heard', () => {
    const header = radiohead(true);
    unwrap(header, '010900000216');
    expect(unwrap(header, '010900000216')).toMatchObject({ kind: 'message' });
    unwrap(header, '010901000216');
    header.reset();
    expect(unwrap(header, '010901400216')).toMatchObject({ kind: 'message' });
  });

  it.each([
    ['ff0906000216', 'to everybody'],
    ['0109068021', 'an acknowledgement'],
    ['020906000216', 'to somebody else'],
  ])('%s is not acknowledged: %s', (hex) => {
    expect(unwrap(radiohead(true), hex)).not.toHaveProperty('acknowledgement');
  });

  it('a sender with the address of everybody makes no sense', () => {
    expect(unwrap(radiohead(), '01ff06000216')).toEqual({ kind: 'discarded', why: 'malformed' });
  });
});
