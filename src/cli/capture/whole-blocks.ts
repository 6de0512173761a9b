/** A connection ends anywhere; a pcapng file is to end with a whole block. */

/** Of a block: type, and the length of all of it. */
const HEAD_OCTETS = 8;

const BLOCK_OCTETS_MIN = 12;

/** The blocks of a little-endian pcapng stream, as many at a time as are there. It ends at what cannot be a block. */
export async function* wholeBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = Buffer.concat([rest, piece]);
    let end = 0;
    while (end + HEAD_OCTETS <= rest.length) {
      const octets = rest.readUInt32LE(end + 4);
      if (octets < BLOCK_OCTETS_MIN) return;
      if (end + octets > rest.length) break;
      end += octets;
    }
    if (end === 0) continue;
    yield rest.subarray(0, end);
    rest = rest.subarray(end);
  }
}
