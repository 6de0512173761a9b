import { SlipFramer, encodeSlip } from '../framing/slip.js';
import { createFramed, type FramedSettings, framedFacts } from './framed-modem.js';
import type { Modem } from './modem.js';

/** SLIP (RFC 1055) around each message; there is no checksum. */
export const facts = framedFacts('slip');

export function createSlip(settings: FramedSettings): Modem {
  return createFramed(
    facts.name,
    (frameBytesMax) => new SlipFramer(frameBytesMax),
    encodeSlip,
    settings,
  );
}
