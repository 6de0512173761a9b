/**
 * What `/metrics` shows: the gateway, and the process it runs in. The numbers are read when somebody asks; counting
 * costs nothing more for it. A name that is published stays: boards and alerts are built on it.
 */
import type { AirUsages } from '../../gateway/links.js';
import type { Readings } from '../../observe/counters.js';
import type { Durations } from '../../observe/durations.js';
import { AIR_METRICS } from './air.js';
import { DEVICE_METRICS, deviceFacts, type KnownDevices } from './devices.js';
import { DURATION_METRICS } from './durations.js';
import { familyText } from './exposition.js';
import { type Family, gauge } from './family.js';
import { GATEWAY_METRICS } from './gateway.js';
import { type KnownLinks, LINK_METRICS } from './links.js';
import { PROCESS_METRICS, processFacts } from './process.js';

export { CONTENT_TYPE } from './exposition.js';

/** What the metrics are read from. */
export interface Measured extends KnownDevices, KnownLinks {
  readonly counters: Readings;
  readonly durations: Durations;
  /** Of the links with a modem, which are the same all the time. */
  airUsage(): AirUsages;
}

const BUILD_INFO: Family<string> = gauge(
  'build_info',
  'Always 1; the label tells the version of the gateway.',
  ['version'],
  (version) => [[1, version]],
);

/** @param devicesMax so many devices have metrics of their own */
export function metricsText(measured: Measured, version: string, devicesMax: number): string {
  return [
    familyText(BUILD_INFO, version),
    ...texts(GATEWAY_METRICS, measured.counters),
    ...texts(LINK_METRICS, measured),
    ...texts(DURATION_METRICS, measured.durations),
    ...texts(DEVICE_METRICS, deviceFacts(measured, devicesMax)),
    ...texts(AIR_METRICS, measured.airUsage()),
    ...texts(PROCESS_METRICS, processFacts()),
  ].join('');
}

const texts = <From>(families: readonly Family<From>[], from: From): string[] =>
  families.map((family) => familyText(family, from));
