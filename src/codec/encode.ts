/** Message to octets, always in the shortest form (SN 1.2, 5.2.1). Throws a RangeError beyond 65,535 octets: our own mistake, callers check sizes. */
import type { MessageCodec } from './codec.js';
import {
  ENCAPSULATION,
  type Encapsulated,
  FORWARDER_HEADER_BYTES,
  WIRELESS_NODE_ID_BYTES_MAX,
} from './encapsulated.js';
import { codecs, type Message } from './table.js';
import { Writer } from './wire.js';

const writer = new Writer();

export function encode(message: Message | Encapsulated): Uint8Array {
  if (message.type === 'ENCAPSULATED') {
    return encapsulate(encode(message.message), message.wirelessNodeId, message.ctrl);
  }
  const codec = codecs[message.type] as MessageCodec<Message>;
  codec.encode(message, writer.begin());
  return writer.finish(codec.code);
}

/** Puts a forwarder's header in front of an encoded message (SN 1.2, 5.5). */
export function encapsulate(message: Uint8Array, wirelessNodeId: Uint8Array, ctrl = 0): Uint8Array {
  if (wirelessNodeId.length > WIRELESS_NODE_ID_BYTES_MAX) {
    throw new RangeError(`a wireless node id has at most ${WIRELESS_NODE_ID_BYTES_MAX} octets`);
  }
  const header = FORWARDER_HEADER_BYTES + wirelessNodeId.length;
  const frame = new Uint8Array(header + message.length);
  frame[0] = header;
  frame[1] = ENCAPSULATION;
  frame[2] = ctrl;
  frame.set(wirelessNodeId, FORWARDER_HEADER_BYTES);
  frame.set(message, header);
  return frame;
}
