/** The connections of a transparent device: as whom they come, and what the broker keeps of them. */
import type { UpstreamEvent, UpstreamRequest, Will } from '../core/types.js';
import { BrokerSession, type SessionGround } from './broker-session.js';
import type { Brokers } from './brokers.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { clientIdOf, loginOf } from './device-access.js';
import type { DialGate } from './dial-gate.js';
import type { FormerFilters } from './former-filters.js';
import type { OwedWills } from './owed-wills.js';
import { GRACE_MS, SESSION_EXPIRY_SEC } from './limits.js';
import type { UpstreamLog, UpstreamOptions } from './options.js';
import type { Time } from './time.js';

/** What all transparent devices share. */
export interface Surroundings {
  options: UpstreamOptions;
  brokers: Brokers;
  gate: DialGate;
  emit: (event: UpstreamEvent) => void;
  log: UpstreamLog;
  time: Time;
  ground: SessionGround;
  owed: OwedWills;
  former: FormerFilters;
}

/** What a device publishes, or leaves behind. */
export type DevicePublish =
  | Extract<UpstreamRequest, { op: 'publish' }>
  | (Will & { op: 'will'; isOfConnection: true });

export type DeviceSession = BrokerSession<DevicePublish>;

/** Its end at QoS 1 and 2 is told by `published`. */
export function deviceSession(
  client: string,
  { options, ground }: Surroundings,
  published: ConstructorParameters<typeof BrokerSession<DevicePublish>>[2],
): DeviceSession {
  return new BrokerSession<DevicePublish>(clientIdOf(client, options), ground, published);
}

export function deviceConnectionOptions(
  client: string,
  { options, brokers, gate }: Surroundings,
  session: DeviceSession,
  { will, cleanSession }: { will: Will | undefined; cleanSession: boolean },
): ConnectionOptions<DevicePublish> {
  const identity = {
    ...loginOf(client, options),
    will,
    cleanStart: cleanSession,
    persistent: !cleanSession,
    outlivesUs: false,
    sessionExpirySec: cleanSession ? GRACE_MS / 1000 : SESSION_EXPIRY_SEC,
    // A restart of the gateway is no loss of its devices.
    ...(session.survives ? { willDelaySec: GRACE_MS / 1000 } : {}),
  };
  return { identity, session, transport: options, brokers, refusalMovesOn: false, gate };
}

/** Has the broker forget a session: MQTT 3.1.1 does so only when a clean one takes its place. */
export function purge(client: string, around: Surroundings, done: () => void): void {
  const session = deviceSession(client, around, () => undefined);
  session.isKept = false;
  const identity = { will: undefined, cleanSession: true };
  const connection: Connection<DevicePublish> = new Connection<DevicePublish>(
    deviceConnectionOptions(client, around, session, identity),
    {
      up: () => connection.end('disconnect-forget', done),
      down: () => connection.end('drop', done),
      message: () => undefined,
    },
    around.time,
  );
  connection.start();
}
