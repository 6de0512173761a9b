import { CobsFramer, encodeCobs } from '../framing/cobs.js';
import { createFramed, type FramedSettings, framedFacts } from './framed-modem.js';
import type { Modem } from './modem.js';

/** COBS around each message: for one's own firmware the cheapest way to clear boundaries; there is no checksum. */
export const facts = framedFacts('cobs');

export function createCobs(settings: FramedSettings): Modem {
  return createFramed(
    facts.name,
    (frameBytesMax) => new CobsFramer(frameBytesMax),
    encodeCobs,
    settings,
  );
}
