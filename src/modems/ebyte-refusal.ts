/** What an EBYTE module in configuration mode answers to whatever is no command: three octets FF. */
export const EBYTE_REFUSAL_OCTET = 0xff;
export const EBYTE_REFUSAL_OCTETS = 3;

export const EBYTE_NORMAL_MODE =
  'set M0 and M1 to normal mode (both low; on boards with jumpers, both jumpers in)';
