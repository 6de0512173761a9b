import { describe, expect, it } from 'vitest';
import { decode, encode, RETURN_CODE } from '../../../src/codec/index.js';
import { fromHex } from '../../support/hex.js';

const returnCode = RETURN_CODE.notSupported;

describe('a refused message', () => {
  it.each([
    ['CONNECT with a bad client id', '0704040100 3cff', { type: 'CONNACK', returnCode }],
    ['WILLTOPIC with a bad topic', '040700ff', { type: 'CONNACK', returnCode }],
    ['WILLTOPICUPD with a bad topic', '041a00ff', { type: 'WILLTOPICRESP', returnCode }],
    [
      'REGISTER with a bad topic',
      '070a00001234ff',
      { type: 'REGACK', topicId: 0, msgId: 0x1234, returnCode },
    ],
    [
      'PUBLISH of the reserved topic id type',
      '070c23abcd1234',
      { type: 'PUBACK', topicId: 0xabcd, msgId: 0x1234, returnCode },
    ],
    [
      'SUBSCRIBE of the reserved topic id type',
      '0612231234 61',
      { type: 'SUBACK', qos: 0, topicId: 0, msgId: 0x1234, returnCode },
    ],
  ])('%s brings its answer', (_name, hex, reply) => {
    expect(decode(fromHex(hex.replaceAll(' ', '')))).toMatchObject({ type: 'MALFORMED', reply });
  });

  it.each([
    ['UNSUBSCRIBE cannot be refused', '0614031234 61'],
    ['PINGREQ cannot be refused', '0316ff'],
    ['QoS -1 is never answered', '070c63abcd1234'],
    ['a wrong length is no conversation', '030c00'],
    ['a reserved type is no conversation', '0303'],
  ])('%s: no answer', (_name, hex) => {
    const decoded = decode(fromHex(hex.replaceAll(' ', '')));
    expect(decoded).toMatchObject({ type: 'MALFORMED' });
    expect(decoded).not.toHaveProperty('reply');
  });

  it('from behind a forwarder tells where the answer goes', () => {
    const decoded = decode(fromHex('05fe00aabb' + '040700ff'));
    expect(decoded).toMatchObject({
      type: 'MALFORMED',
      wirelessNodeId: fromHex('aabb'),
      reply: { type: 'CONNACK' },
    });
  });
});

describe('a message that is none', () => {
  it.each([
    ['PUBLISH to a short topic that is no text', '070c02ff800001', 'invalid-utf8'],
    ['SUBSCRIBE to a topic that is no text', '0612200001ff', 'invalid-utf8'],
    ['PINGREQ of a client id that is no text', '0316ff', 'invalid-utf8'],
    ['UNSUBSCRIBE without all of its message id', '04140000', 'bad-body-length'],
    ['a forwarded message in a header without a length', '00fe000216', 'length-too-small'],
  ])('%s is refused for what it is', (_name, hex, error) => {
    expect(decode(fromHex(hex))).toMatchObject({ type: 'MALFORMED', error });
  });
});

describe('padding', () => {
  it('is taken where it is allowed, also behind a forwarder', () => {
    for (const frame of ['021600', '03fe00021600']) {
      expect(decode(fromHex(frame))).toMatchObject({ error: 'trailing-bytes' });
      expect(decode(fromHex(frame), { allowPadding: true })).not.toHaveProperty('error');
    }
  });
});

describe('text', () => {
  it('keeps its byte order mark, which is part of a topic name', () => {
    const decoded = decode(fromHex('0a0a00000001efbbbf61'));
    expect(decoded).toMatchObject({ type: 'REGISTER', topicName: '\ufeffa' });
  });
});

describe('a declared length', () => {
  it('in the long form whose first octet looks like a forwarder is a length', () => {
    const frame = encode({ type: 'WILLMSG', willMsg: new Uint8Array(0xfe00 - 4) });
    expect([...frame.subarray(0, 4)]).toEqual([0x01, 0xfe, 0x00, 0x09]);
    expect(decode(frame)).toMatchObject({ type: 'WILLMSG' });
  });

  it('beyond what came is refused at once', () => {
    expect(decode(fromHex('01ffff0c'))).toMatchObject({ error: 'truncated' });
    expect(decode(fromHex('ff0c'))).toMatchObject({ error: 'truncated' });
  });

  it('in the long form is accepted for a short message', () => {
    expect(decode(fromHex('01000416'))).toEqual({ type: 'PINGREQ' });
  });
});
