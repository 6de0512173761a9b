/** The stuffing of HDLC, XBee's AP=2 and LoRaLink: 7E, 7D, XON and XOFF are sent as 7D and the octet with bit 5 flipped. */
export const FLAG = 0x7e;
export const ESCAPE = 0x7d;
export const ESCAPE_FLIP = 0x20;
const ESCAPED: readonly number[] = [FLAG, ESCAPE, 0x11, 0x13];

export function escape(octets: Uint8Array): Uint8Array {
  const escaped: number[] = [];
  for (const octet of octets) {
    if (ESCAPED.includes(octet)) escaped.push(ESCAPE, octet ^ ESCAPE_FLIP);
    else escaped.push(octet);
  }
  return Uint8Array.from(escaped);
}
