import { HdlcFramer, encodeHdlc } from '../framing/hdlc.js';
import { createFramed, type FramedSettings, framedFacts } from './framed-modem.js';
import type { Modem } from './modem.js';

/** Flags, octet stuffing and a CRC around each message, as RFC 1662 has them. */
export const facts = framedFacts('hdlc');

export function createHdlc(settings: FramedSettings): Modem {
  return createFramed(
    facts.name,
    (frameBytesMax) => new HdlcFramer(frameBytesMax),
    encodeHdlc,
    settings,
  );
}
