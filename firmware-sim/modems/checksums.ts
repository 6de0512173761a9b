/** FF minus the sum: XBee (modems.md 3.1) and LoRaLink (4.5). */
export function sumChecksum(octets: Uint8Array): number {
  let sum = 0;
  for (const octet of octets) sum += octet;
  return 0xff - (sum & 0xff);
}

/** CRC-16/X-25: reflected 1021, init and xorout FFFF; `123456789` gives 906E (2.4). */
export function crcX25(octets: Uint8Array): number {
  let crc = 0xffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return crc ^ 0xffff;
}

/** CRC-16/XMODEM: poly 1021, init 0; `123456789` gives 31C3 (2.2b). */
export function crcXmodem(octets: Uint8Array): number {
  let crc = 0;
  for (const octet of octets) {
    crc ^= octet << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}
