/** How well a frame was received, in words. */
import type { DeviceRow } from '../../http/api/schema/devices.js';

export type Signal = NonNullable<DeviceRow['signal']>;

/**
 * Beyond these a frame may still come, and the next may not. LoRa at the usual spreading factors is lost between
 * -120 and -137 dBm and between -7.5 and -20 dB; 802.15.4 below -95 dBm, which its link quality says better.
 */
const WEAK_RSSI_DBM = -118;
const WEAK_SNR_DB = -8;
const WEAK_LQI = 60;

/** `-97 dBm, SNR 4.5 dB`; undefined: nothing is known. */
export function signalText({ rssiDbm, snrDb, lqi }: Signal): string | undefined {
  const parts = [
    rssiDbm === null ? undefined : `${rssiDbm} dBm`,
    snrDb === null ? undefined : `SNR ${snrDb} dB`,
    lqi === null ? undefined : `LQI ${lqi}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

export function isWeak({ rssiDbm, snrDb, lqi }: Signal): boolean {
  return (
    (rssiDbm !== null && rssiDbm < WEAK_RSSI_DBM) ||
    (snrDb !== null && snrDb < WEAK_SNR_DB) ||
    (lqi !== null && lqi < WEAK_LQI)
  );
}
