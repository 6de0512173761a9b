/** Capture files: whatever is damaged is said with its place, and nothing comes from outside of the file. */
import assert from 'node:assert/strict';
import { type Finding, findMessages, timeText } from '../../../src/cli/capture/messages.js';
import { lineOf } from '../../../src/observe/explain/format.js';
import { linkLayers, pcapFile, pcapngFile } from '../../unit/cli/capture/capture-files.js';
import { fromHex } from '../../support/hex.js';
import type { Target } from '../target.js';

const PUBLISH = fromHex('0b0c000001000032312e35');

/** The head of a packet in the older format, and the smallest block of the newer one. */
const PACKET_BYTES_MIN = 12;

export const capture: Target = {
  name: 'capture',
  bytesMax: 1500,
  seeds: () =>
    linkLayers(PUBLISH).flatMap(({ linkType, packet }) =>
      [true, false].flatMap((littleEndian) => [
        Uint8Array.from(pcapFile(linkType, [packet], { littleEndian })),
        Uint8Array.from(pcapngFile(linkType, [packet, packet], { littleEndian })),
        Uint8Array.from(pcapngFile(linkType, [packet], { littleEndian }, 'simple')),
      ]),
    ),
  dictionary: [
    Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a),
    Uint8Array.of(0x4d, 0x3c, 0x2b, 0x1a),
    Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d),
    Uint8Array.of(0x86, 0xdd),
    Uint8Array.of(0x81, 0x00),
    Uint8Array.of(9, 0, 1, 0),
  ],
  work: { base: 4000, perOctet: 400 },
  run: (file) => {
    const findings: Finding[] = [];
    const summary = findMessages(file, [], (finding) => findings.push(finding));
    if (summary === undefined) {
      assert.equal(findings.length, 0, 'what is no capture has nothing in it');
      return;
    }
    assert.ok(summary.packets * PACKET_BYTES_MIN <= file.length, 'packets are in the file');
    for (const finding of findings) {
      if (finding.kind === 'damage') {
        assert.ok(finding.at >= 0 && finding.at <= file.length, 'damage has its place');
        continue;
      }
      const { payload, source, destination } = finding.datagram;
      assert.equal(payload.buffer, file.buffer, 'a payload is a view of the file');
      assert.ok(payload.length <= file.length, 'a payload is in the file');
      for (const { address, port } of [source, destination]) {
        assert.match(address, /^[0-9a-f.:]+$/);
        assert.ok(port >= 0 && port <= 0xffff);
      }
      assert.doesNotMatch(`${timeText(finding.timeNs)} ${lineOf(payload)}`, /NaN|Invalid/);
    }
  },
};
