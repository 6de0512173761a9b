import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { codecs, encode, type Message } from '../../src/codec/index.js';
import { arbitraryMessage } from '../support/arbitrary-messages.js';
import { pcap } from '../support/pcap.js';
import { need } from '../support/requirements.js';
import { dissect } from '../support/tshark.js';

const PORT = 1884;
/** Wireshark's names of the fields, and how our messages call them. */
const FIELDS = {
  'mqttsn.msg.type': (message: Message) => codecs[message.type].code,
  'mqttsn.msg.len': (message: Message) => encode(message).length,
  'mqttsn.msg.id': (message: Message) => ('msgId' in message ? message.msgId : ''),
  'mqttsn.return.code': (message: Message) => ('returnCode' in message ? message.returnCode : ''),
  'mqttsn.gw.id': (message: Message) => ('gwId' in message ? message.gwId : ''),
  'mqttsn.radius': (message: Message) => ('radius' in message ? message.radius : ''),
};

/** Wireshark calls the empty form of a will topic malformed, against SN 1.2, 5.4.7. */
const readable = arbitraryMessage.filter((message) => !('empty' in message));

function dissected(tshark: string, frames: readonly Uint8Array[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-gateway-wireshark-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'frames.pcap');
  writeFileSync(file, pcap(frames, PORT));
  return dissect(tshark, file, PORT, Object.keys(FIELDS));
}

it('Wireshark reads our frames as we mean them', (context) => {
  const tshark = need(context, 'tshark');
  const messages = fc.sample(readable, 1000);
  const read = dissected(tshark, messages.map(encode)).map((row) =>
    row.map((value) => (value === '' ? '' : Number(value))),
  );
  const meant = messages.map((message) => Object.values(FIELDS).map((read) => read(message)));
  expect(read).toEqual(meant);
});
