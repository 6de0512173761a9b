/** What nodes put before each MQTT-SN message where the radio has no addresses (modems.md, 0). */
export interface LinkHeader {
  wrap(message: Uint8Array): Uint8Array;
  /** The message; undefined: it is for somebody else, or no such frame. */
  unwrap(payload: Uint8Array): Uint8Array | undefined;
}

/** One device per radio, or a radio with addresses. */
export const NO_HEADER: LinkHeader = {
  wrap: (message) => message,
  unwrap: (payload) => payload,
};

/** As text, two digits for each octet: RYLR modules carry nothing else for certain. */
export const HEX_TEXT: LinkHeader = {
  wrap: (message) => Buffer.from(Buffer.from(message).toString('hex').toUpperCase()),
  unwrap(payload) {
    const text = Buffer.from(payload).toString('latin1');
    const isHex = text.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(text);
    return isHex ? Uint8Array.from(Buffer.from(text, 'hex')) : undefined;
  },
};

const FE = 0xfe;
/** Length, type and control octet (MQTT-SN 1.2, 5.5). */
const FE_HEAD_BYTES = 3;
/** As the bridges in the field send it (modems.md 2.2b). */
const FE_CONTROL = 0x01;

/**
 * Forwarder encapsulation on the air; both directions carry the id of the node. A message without it is for
 * everybody: no device sends one.
 */
export function feHeader(node: Uint8Array): LinkHeader {
  const head = Uint8Array.of(FE_HEAD_BYTES + node.length, FE, FE_CONTROL, ...node);
  return {
    wrap: (message) => Uint8Array.of(...head, ...message),
    unwrap(payload) {
      const [length = 0, type] = payload;
      if (type !== FE) return payload;
      if (length < FE_HEAD_BYTES || length > payload.length) return undefined;
      const named = payload.subarray(FE_HEAD_BYTES, length);
      return isEqual(named, node) || isEverybody(named) ? payload.slice(length) : undefined;
    },
  };
}

/** Without a node id, or with one of ones. */
const isEverybody = (node: Uint8Array): boolean => node.every((octet) => octet === 0xff);

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, i) => octet === b[i]);

const RADIOHEAD_BYTES = 4;
const RADIOHEAD_EVERYBODY = 0xff;
/** In FLAGS: the link acknowledgement of RHReliableDatagram. */
const RADIOHEAD_ACK = 0x80;

/** The four octets of RadioHead, TO FROM ID FLAGS (modems.md 7.6), as RHDatagram sends them. */
export function radioHeadHeader(node: number, gateway: number): LinkHeader {
  let id = 0;
  return {
    wrap(message) {
      const frame = Uint8Array.of(gateway, node, id, 0, ...message);
      id = (id + 1) & 0xff;
      return frame;
    },
    unwrap(payload) {
      const [to, from, , flags = 0] = payload;
      const isForUs = (to === node || to === RADIOHEAD_EVERYBODY) && from === gateway;
      if (payload.length < RADIOHEAD_BYTES || !isForUs || flags & RADIOHEAD_ACK) return undefined;
      return payload.slice(RADIOHEAD_BYTES);
    },
  };
}
