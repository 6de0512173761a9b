import {
  FORWARDER_HEADER_BYTES,
  FORWARDER_TYPE,
  forwarderHeaderBytes,
  isMessage,
} from '../framing/message-shape.js';
import type { LinkHeader, Unwrapped } from './link-header.js';
import { fromHex, toHex } from './octets.js';

/** A node id of two octets, as most radios have, until a longer one has been seen. */
const NODE_ID_BYTES_ASSUMED = 2;
/**
 * An IPv6 address: no radio has longer ones. Air time is counted for the longest that was seen, so without
 * a limit one forged header would cost every later frame as much air as it can name.
 */
const NODE_ID_BYTES_MAX = 16;

/** In each octet of a name: everybody. */
const BROADCAST = 0xff;

/** The control octet: no further than the next node (SN 1.2, 5.5). */
const RADIUS_ONE = 0x01;

/**
 * The forwarder's header over the air: `length FE ctrl node-id message` (SN 1.2, 5.5). Address: the
 * node id in hex. To everybody goes the message alone. From a device it is refused without the header:
 * the answer could not name the device, and every other one would take it for its own. So it is with an empty node id, and with
 * one of ones.
 */
export class ForwarderHeader implements LinkHeader {
  readonly kind = 'fe';
  #nodeIdBytesSeen = NODE_ID_BYTES_ASSUMED;

  bytesFor(address: string | null): number | undefined {
    if (address === null) return 0;
    const nodeId = fromHex(address);
    const isNodeId = nodeId !== undefined && namesOne(nodeId);
    return isNodeId ? FORWARDER_HEADER_BYTES + nodeId.length : undefined;
  }

  wrap(address: string | null, message: Uint8Array): Uint8Array | undefined {
    if (address === null) return message;
    const bytes = this.bytesFor(address);
    const nodeId = fromHex(address);
    if (bytes === undefined || nodeId === undefined) return undefined;
    const payload = new Uint8Array(bytes + message.length);
    payload[0] = bytes;
    payload[1] = FORWARDER_TYPE;
    payload[2] = RADIUS_ONE;
    payload.set(nodeId, FORWARDER_HEADER_BYTES);
    payload.set(message, bytes);
    return payload;
  }

  unwrap(payload: Uint8Array): Unwrapped {
    const bytes = forwarderHeaderBytes(payload);
    if (bytes === undefined || bytes === 0) return { kind: 'discarded', why: 'malformed' };
    const nodeId = payload.subarray(FORWARDER_HEADER_BYTES, bytes);
    if (!namesOne(nodeId)) return { kind: 'discarded', why: 'malformed' };
    if (!isMessage(payload, bytes)) return { kind: 'discarded', why: 'bad-length' };
    this.#nodeIdBytesSeen = Math.max(this.#nodeIdBytesSeen, bytes - FORWARDER_HEADER_BYTES);
    return {
      kind: 'message',
      address: toHex(payload, FORWARDER_HEADER_BYTES, bytes),
      message: payload.subarray(bytes),
    };
  }

  bytesAssumed(): number {
    return FORWARDER_HEADER_BYTES + this.#nodeIdBytesSeen;
  }

  reset(): void {}
}

const namesOne = (nodeId: Uint8Array): boolean =>
  nodeId.length <= NODE_ID_BYTES_MAX && nodeId.some((octet) => octet !== BROADCAST);
