import { describe, expect, it } from 'vitest';
import { decode, RETURN_CODE } from '../../../src/codec/index.js';
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

describe('a declared length', () => {
  it('beyond what came is refused at once', () => {
    expect(decode(fromHex('01ffff0c'))).toMatchObject({ error: 'truncated' });
    expect(decode(fromHex('ff0c'))).toMatchObject({ error: 'truncated' });
  });

  it('in the long form is accepted for a short message', () => {
    expect(decode(fromHex('01000416'))).toEqual({ type: 'PINGREQ' });
  });
});
