import type { Message } from './table.js';

/** MsgType of the forwarder's header (SN 1.2, 5.5). */
export const ENCAPSULATION = 0xfe;

/** Length, type and control octet. */
export const FORWARDER_HEADER_BYTES = 3;

/** Longest wireless node id: the forwarder's length octet has no long form. */
export const WIRELESS_NODE_ID_BYTES_MAX = 0xff - FORWARDER_HEADER_BYTES;

/** What a forwarder's header adds to a message for this node, if there is a forwarder. */
export const encapsulationBytes = (wirelessNodeId: Uint8Array | undefined): number =>
  wirelessNodeId === undefined ? 0 : FORWARDER_HEADER_BYTES + wirelessNodeId.length;

/**
 * A message that a forwarder passed on (SN 1.2, 5.5). `wirelessNodeId` is opaque, may be empty, and
 * goes into every answer; `radius` (the two low bits of `ctrl`) counts only from gateway to forwarder.
 */
export interface Encapsulated {
  type: 'ENCAPSULATED';
  ctrl: number;
  radius: number;
  wirelessNodeId: Uint8Array;
  message: Message;
}
