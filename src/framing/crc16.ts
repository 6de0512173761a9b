/**
 * The two CRC-16 on our lines, by their names in the catalogue: each of them is called "CCITT" somewhere.
 * Of `123456789`: XMODEM 31C3, X-25 906E.
 */

const XMODEM_POLYNOMIAL = 0x1021;
/** The same polynomial for octets that come with the low bit first. */
const X25_POLYNOMIAL = 0x8408;

const xmodemTable = Uint16Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 8;
  for (let bit = 0; bit < 8; bit++)
    crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : XMODEM_POLYNOMIAL);
  return crc;
});

const x25Table = Uint16Array.from({ length: 256 }, (_, octet) => {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : X25_POLYNOMIAL);
  return crc;
});

/** CRC-16/XMODEM of the first `length` octets. */
export function crc16Xmodem(data: Uint8Array, length: number): number {
  let crc = 0;
  for (let at = 0; at < length; at++) {
    const octet = data[at] as number;
    crc = ((crc << 8) & 0xffff) ^ (xmodemTable[(crc >>> 8) ^ octet] as number);
  }
  return crc;
}

/** CRC-16/X-25, the FCS-16 of RFC 1662, of the first `length` octets. */
export function crc16X25(data: Uint8Array, length: number): number {
  let crc = 0xffff;
  for (let at = 0; at < length; at++) {
    const octet = data[at] as number;
    crc = (crc >>> 8) ^ (x25Table[(crc ^ octet) & 0xff] as number);
  }
  return crc ^ 0xffff;
}
