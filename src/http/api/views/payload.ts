import type { Signal as CoreSignal } from '../../../core/types.js';
import type { Payload, Signal } from '../schema/kinds.js';

/** Octets that are shown. */
const SHOWN_BYTES_MAX = 64;

/** Control characters; white space is what texts have. */
const CONTROL = /[^\P{C}\s]/u;

/** `beginning`: of a payload that has so many octets in all. */
export function payloadView(beginning: Uint8Array, bytes = beginning.length): Payload {
  const shown = beginning.subarray(0, SHOWN_BYTES_MAX);
  const isCut = bytes > shown.length;
  return { bytes, hex: Buffer.from(shown).toString('hex'), text: textOf(shown, isCut), isCut };
}

/** Where it is cut, a character may be, too. */
function textOf(octets: Uint8Array, isCut: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets, {
      stream: isCut,
    });
    return CONTROL.test(text) ? null : text;
  } catch {
    return null;
  }
}

export function signalView(signal: CoreSignal | undefined): Signal | null {
  if (signal === undefined) return null;
  const { rssiDbm = null, snrDb = null, lqi = null } = signal;
  return { rssiDbm, snrDb, lqi };
}
