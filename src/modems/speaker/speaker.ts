/** Who speaks on a line: judged by what it says, whether it was asked or not. The one place that knows. */
import { EBYTE_NORMAL_MODE, EBYTE_REFUSAL_OCTET, EBYTE_REFUSAL_OCTETS } from '../ebyte-refusal.js';
import type { ModemName } from '../registry.js';
import { aquilaIn, hdlcIn, loralinkIn, rawIn, slipOrCobsIn, xbeeIn } from './frames.js';
import { speakerOfText } from './texts.js';

export interface Speaker {
  /** As in `modem:` of the configuration; undefined: nothing there carries MQTT-SN. */
  modem: ModemName | undefined;
  what: string;
  /** Of its firmware, where it has told. */
  version?: string;
  /** What has to be done before it is of use, or may be otherwise. */
  advice?: string;
  /** A key that the configuration of its link needs as long as it is so. */
  setting?: string;
}

/** undefined: it says nothing, or nothing that is known. */
export function speakerOf(heard: Uint8Array): Speaker | undefined {
  return (
    // Those with checksums first: they are sure.
    aquilaIn(heard) ??
    xbeeIn(heard) ??
    loralinkIn(heard) ??
    hdlcIn(heard) ??
    speakerOfText(heard) ??
    ebyteIn(heard) ??
    slipOrCobsIn(heard) ??
    rawIn(heard)
  );
}

function ebyteIn(heard: Uint8Array): Speaker | undefined {
  const isRefusal =
    heard.length >= EBYTE_REFUSAL_OCTETS && heard.every((octet) => octet === EBYTE_REFUSAL_OCTET);
  if (!isRefusal) return undefined;
  return {
    modem: 'ebyte-transparent',
    what: 'an EBYTE module in configuration mode, or noise of a line that is not connected',
    advice: `${EBYTE_NORMAL_MODE}, and check that it is one`,
  };
}
