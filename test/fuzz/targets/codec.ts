/** Frames: what is decoded is encoded again and means the same, and a decoder of other hands agrees. */
import assert from 'node:assert/strict';
import { decode as decodeElsewhere } from '../../../firmware-sim/sn/decode.js';
import { blockOf, lineOf, plainOf } from '../../../src/observe/explain/format.js';
import {
  type Decoded,
  decode,
  encode,
  isValidFilter,
  isValidTopic,
  matchesFilter,
} from '../../../src/codec/index.js';
import type { Target } from '../target.js';
import { messageFrames } from '../vectors.js';

export const codec: Target = {
  name: 'codec',
  bytesMax: 600,
  seeds: messageFrames,
  dictionary: messageFrames().filter(({ length }) => length <= 12),
  work: { base: 2000, perOctet: 200 },
  run: (frame) => {
    const decoded = decode(frame);
    expectFixpoint(decoded, frame.length);
    expectFixpoint(decode(frame, { allowPadding: true }), frame.length);
    expectAgreement(decoded, frame);
    expectTopics(decoded);
    for (const text of [blockOf(frame), lineOf(frame), JSON.stringify(plainOf(frame))]) {
      assert.ok(!text.includes('undefined'), text);
    }
  },
};

function expectFixpoint(decoded: Decoded, frameBytes: number): void {
  if (decoded.type === 'MALFORMED') {
    const { reply } = decoded;
    if (reply !== undefined) assert.deepEqual(decode(encode(reply)), reply);
    return;
  }
  const encoded = encode(decoded);
  assert.ok(encoded.length <= frameBytes, 'the encoder writes the shortest form');
  assert.deepEqual(decode(encoded), decoded);
}

/** firmware-sim knows no forwarders, and short topics only as the number that they are. */
function expectAgreement(decoded: Decoded, frame: Uint8Array): void {
  if (decoded.type === 'ENCAPSULATED') return;
  if (decoded.type === 'MALFORMED' && decoded.messageType === 'PUBLISH') {
    if (decoded.error === 'invalid-utf8') return;
  }
  const type = decodeElsewhere(frame)?.type ?? 'MALFORMED';
  assert.equal(decoded.type, type, 'firmware-sim decodes it as another message');
}

function expectTopics(decoded: Decoded): void {
  if (!('topicName' in decoded) || typeof decoded.topicName !== 'string') return;
  const name = decoded.topicName;
  if (isValidTopic(name)) assert.ok(isValidFilter(name), 'a topic name is a filter');
  if (!isValidFilter(name)) return;
  matchesFilter(name, 'a/b');
  if (isValidTopic(name)) assert.ok(matchesFilter(name, name), 'a name matches itself');
}
