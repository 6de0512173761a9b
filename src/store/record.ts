/**
 * A record on the disk:
 *
 *   octet 0      format of the record, 1
 *   octets 1-6   number of the batch that wrote it, little endian
 *   octets 7-10  CRC-32 over key, octets 0-6 and body, little endian
 *   octets 11-   body: the value as MessagePack
 *
 * LevelDB has checks of its own, but drops what fails them without a word. With ours nothing that
 * was garbled is taken for data, and the head tells that something is missing.
 */
import { crc32 } from 'node:zlib';
import { Decoder, Encoder } from '@msgpack/msgpack';
import type { JournalValue } from '../core/types.js';

const FORMAT = 1;
const NUMBER_AT = 1;
const NUMBER_BYTES = 6;
const CRC_AT = NUMBER_AT + NUMBER_BYTES;
const BODY_AT = CRC_AT + 4;

/** Where encoded records are put together: most fit in. */
const SCRATCH_BYTES = 4096;

// Optional fields that were set to undefined are left out, as JSON does.
const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();
let scratch = Buffer.alloc(SCRATCH_BYTES);

/** The octets are valid until the next call. Throws at a value that is not plain data. */
export function encodeRecord(key: string, value: JournalValue, number: number): Uint8Array {
  const body = encoder.encodeSharedRef(value);
  const length = BODY_AT + body.length;
  if (length > scratch.length) scratch = Buffer.alloc(length * 2);
  scratch[0] = FORMAT;
  scratch.writeUIntLE(number, NUMBER_AT, NUMBER_BYTES);
  scratch.set(body, BODY_AT);
  const record = scratch.subarray(0, length);
  record.writeInt32LE(check(key, record), CRC_AT);
  return record;
}

/** CRC-32 as it stands in an intact record, as a signed number, which V8 stores without an object. */
export function checkOf(record: Uint8Array): number {
  return view(record).getInt32(CRC_AT, true);
}

/** Whether key and record are as they were written. */
export function isIntact(key: Uint8Array, record: Uint8Array): boolean {
  return record.length > BODY_AT && record[0] === FORMAT && check(key, record) === checkOf(record);
}

/** Of an intact record. Throws when a newer release wrote what this one cannot read. */
export function decodeBody(record: Uint8Array): JournalValue {
  const { buffer, byteOffset, length } = record;
  // Not a Buffer: what is decoded are views of it, and plain data is promised.
  const body = new Uint8Array(buffer, byteOffset + BODY_AT, length - BODY_AT);
  return decoder.decode(body) as JournalValue;
}

function check(key: string | Uint8Array, record: Uint8Array): number {
  const header = crc32(record.subarray(0, CRC_AT), crc32(key));
  return crc32(record.subarray(BODY_AT), header) | 0;
}

function view(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}
