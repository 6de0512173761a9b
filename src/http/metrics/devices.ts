/**
 * Metrics of single devices. A series for each of ten thousand would drown a Prometheus, so only so many have their own:
 * those that have been known the longest, because series that come and go with each scrape are worth nothing. Who is
 * forgotten leaves, and the next one takes the place.
 */
import type { DeviceSummary } from '../../core/inspect/inspection.js';
import type { Instant, StateName } from '../../core/types.js';
import { lostWithSession, type Missed, missingByLink } from '../missing.js';
import { counter, type Family, gauge, one, type Sample, tally } from './family.js';

/** What is read of the devices. */
export interface KnownDevices extends Missed {
  readonly configuration: { readonly limits: { readonly devices: number } };
}

/** In short. */
interface DeviceState {
  client: string;
  link: string;
  state: StateName;
}

/** Of all devices, and of those that have metrics of their own, as they are now. */
export interface DeviceFacts {
  /** Who is lost is among them, also when the session has ended with the connection. */
  sessions: Readonly<Record<StateName, number>>;
  connected: ReadonlyMap<string, number>;
  /** Who is missed since the link heard its latest frame. */
  missing: ReadonlyMap<string, number>;
  /** Sessions that make no room. */
  held: number;
  /** So many may have a session at once. */
  allowed: number;
  buffered: { messages: number; bytes: number };
  outbox: { messages: number; bytes: number };
  shown: readonly DeviceSummary[];
  /** Of those that are shown, and of lost ones without a session. */
  states: readonly DeviceState[];
  /** Without metrics of their own. */
  omitted: number;
  readonly wallTimeOf: (instant: Instant) => number;
}

export function deviceFacts(from: KnownDevices, devicesMax: number): DeviceFacts {
  const shown: DeviceSummary[] = [];
  if (devicesMax > 0) {
    for (const device of from.inspect.devices()) {
      shown.push(device);
      if (shown.length >= devicesMax) break;
    }
  }
  const totals = from.inspect.totals();
  const lost = lostWithSession(from);
  const sessions = { ...totals.sessions, LOST: totals.sessions.LOST + lost.length };
  const states = [
    ...shown.map(({ client, place, state }) => ({ client, link: place?.link ?? '', state })),
    ...lost.slice(0, devicesMax - shown.length),
  ];
  const all = Object.values(sessions).reduce((sum, count) => sum + count, 0);
  return {
    ...totals,
    sessions,
    missing: missingByLink(from),
    allowed: from.configuration.limits.devices,
    shown,
    states,
    omitted: all - states.length,
    wallTimeOf: (instant) => from.wallTimeOf(instant),
  };
}

export const DEVICE_METRICS: readonly Family<DeviceFacts>[] = [
  gauge(
    'sessions',
    'Devices with a session, by their state; and for a day those that were lost with it.',
    ['state'],
    ({ sessions }) => tally(sessions),
  ),
  gauge(
    'sessions_allowed',
    'Devices that may have a session at once (limits.devices).',
    [],
    ({ allowed }) => one(allowed),
  ),
  gauge(
    'sessions_held',
    'Sessions that make no room for another device: it is connected, or has subscriptions or messages that would be lost.',
    [],
    ({ held }) => one(held),
  ),
  gauge(
    'link_missing_devices',
    'Devices that were lost, or are late, since the link heard its latest frame.',
    ['link'],
    ({ missing }) => [...missing].map(([link, count]) => [count, link]),
  ),
  gauge(
    'link_devices',
    'Devices that are connected on a link, asleep or awake.',
    ['link'],
    ({ connected }) => [...connected].map(([link, count]) => [count, link]),
  ),
  gauge('buffered_messages', 'Messages that wait for devices.', [], ({ buffered }) =>
    one(buffered.messages),
  ),
  gauge('buffered_bytes', 'Octets of the messages that wait for devices.', [], ({ buffered }) =>
    one(buffered.bytes),
  ),
  gauge('outbox_messages', 'Messages of devices that wait for the broker.', [], ({ outbox }) =>
    one(outbox.messages),
  ),
  gauge('outbox_bytes', 'Octets of the messages that wait for the broker.', [], ({ outbox }) =>
    one(outbox.bytes),
  ),
  gauge(
    'devices_without_metrics',
    'Devices beyond http.metrics.devices, which have no metrics of their own.',
    [],
    ({ omitted }) => one(omitted),
  ),
  gauge(
    'device_state',
    'Always 1; the labels tell the state of the device, and its link.',
    ['client', 'link', 'state'],
    ({ states }) => states.map(({ client, link, state }) => [1, client, link, state]),
  ),
  gauge(
    'device_heard_timestamp_seconds',
    'When the latest frame of the device came, in this run of the gateway.',
    ['client'],
    ({ shown, wallTimeOf }) =>
      ofDevices(shown, ({ heardAt }) =>
        heardAt === undefined ? undefined : wallTimeOf(heardAt) / 1000,
      ),
  ),
  gauge(
    'device_rssi_dbm',
    'How strong the latest frame of the device was, where the modem tells.',
    ['client'],
    ({ shown }) => ofDevices(shown, ({ signal }) => signal?.rssiDbm),
  ),
  gauge(
    'device_snr_db',
    'How far the latest frame of the device was above the noise, where the modem tells.',
    ['client'],
    ({ shown }) => ofDevices(shown, ({ signal }) => signal?.snrDb),
  ),
  gauge(
    'device_lqi',
    'Link quality of the latest frame of the device, 0 to 255, where the modem tells.',
    ['client'],
    ({ shown }) => ofDevices(shown, ({ signal }) => signal?.lqi),
  ),
  gauge('device_buffered_messages', 'Messages that wait for the device.', ['client'], ({ shown }) =>
    ofDevices(shown, ({ buffered }) => buffered.messages),
  ),
  counter(
    'device_retries_total',
    'Frames that were sent to the device again for want of an answer, in this run of the gateway.',
    ['client'],
    ({ shown }) => ofDevices(shown, ({ retries }) => retries),
  ),
];

function ofDevices(
  devices: readonly DeviceSummary[],
  read: (device: DeviceSummary) => number | undefined,
): Sample[] {
  return devices.flatMap((device): Sample[] => {
    const value = read(device);
    return value === undefined ? [] : [[value, device.client]];
  });
}
