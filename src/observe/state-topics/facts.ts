/** What the state topics tell, as JSON. */
import type { DeviceSummary, Totals } from '../../core/inspect/inspection.js';
import type { Instant, Signal, StateName } from '../../core/types.js';

/** What is asked of the gateway, without changing anything. */
export interface Source {
  device(client: string): DeviceSummary | undefined;
  devices(): Iterable<DeviceSummary>;
  totals(): Totals;
  /** Milliseconds since 1970. */
  wallTimeOf(instant: Instant): number;
  /** None: devices are served, and what they say is kept and reaches the broker. */
  unready(): readonly string[];
  /** In the order of the configuration. */
  links(): readonly LinkFacts[];
}

export interface LinkFacts {
  name: string;
  state: string;
  /** The code of what is wrong. */
  trouble: string | null;
  /** The latest value of each that the link has told. */
  signal: Signal | undefined;
  /** When the latest frame came, in this run; milliseconds since 1970. */
  heardAtMs: number | undefined;
}

export const isAvailable = ({ state }: DeviceSummary): boolean =>
  state === 'ACTIVE' || state === 'ASLEEP' || state === 'AWAKE';

export function deviceState(device: DeviceSummary, source: Source): string {
  const { client, state, place, signal, heardAt, buffered, retries } = device;
  return JSON.stringify({
    client,
    availability: isAvailable(device) ? 'online' : 'offline',
    state,
    link: place?.link ?? null,
    address: place?.address ?? null,
    ...reception(signal, heardAt === undefined ? undefined : source.wallTimeOf(heardAt)),
    buffered: { messages: buffered.messages, bytes: buffered.bytes },
    retries,
  });
}

const reception = (
  signal: Signal | undefined,
  heardAtMs: number | undefined,
): Readonly<Record<string, unknown>> => ({
  rssi_dbm: signal?.rssiDbm ?? null,
  snr_db: signal?.snrDb ?? null,
  lqi: signal?.lqi ?? null,
  last_heard: heardAtMs === undefined ? null : timeText(heardAtMs),
});

/** @param departed states of devices without a session that are told of, too */
export function healthState(
  source: Source,
  departed: Iterable<StateName>,
  version: string,
  uptimeSec: number,
): string {
  const { sessions: known, buffered, outbox } = source.totals();
  const sessions = { ...known };
  for (const state of departed) sessions[state]++;
  const reasons = source.unready();
  const links = source
    .links()
    .map(({ name, state, trouble, signal, heardAtMs }) => [
      name,
      { state, trouble, ...reception(signal, heardAtMs) },
    ]);
  return JSON.stringify({
    healthy: reasons.length === 0,
    reasons,
    version,
    uptime_seconds: uptimeSec,
    devices: sessions,
    connected: sessions.ACTIVE + sessions.ASLEEP + sessions.AWAKE,
    buffered,
    outbox,
    links: Object.fromEntries(links) as Record<string, unknown>,
  });
}

/** Seconds are enough: a fraction would make every state another one. */
const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
