/** Devices as the core and what is remembered of them tell: those with a session, and those who have none. */
import { setImmediate } from 'node:timers/promises';
import type { DeviceSummary } from '../../../core/inspect/inspection.js';
import type { Instant } from '../../../core/types.js';
import type { DeviceMemory } from '../../../observe/devices/memory.js';
import type { Watched } from '../../observed.js';
import type { DeviceRow, Devices, DevicesQuery } from '../schema/devices.js';
import { signalView } from './payload.js';

/** Devices that are looked at in one go: some milliseconds on a small machine, and then others have their turn. */
const PIECE_DEVICES = 200;

/**
 * As JSON: of thousands of devices no one piece may take long, and to write them takes as long as to look at them. Who they
 * are is looked up in one turn, so that nobody is there twice who has come or gone between two pieces.
 */
export async function devicesJson(gateway: Watched, query: DevicesQuery): Promise<string> {
  const { client: clients, offset, limit } = query;
  const devices: string[] = [];
  let total = 0;
  let seen = 0;
  for (const client of clients === undefined ? allClients(gateway) : new Set(clients)) {
    if (++seen % PIECE_DEVICES === 0) await setImmediate();
    const isInWindow = total >= offset && devices.length < limit;
    if (!isInWindow && isUnfiltered(query)) {
      // To count them costs less than to look at them: there may be a million.
      if (isKnown(gateway, client)) total++;
      continue;
    }
    const row = rowOf(gateway, client);
    if (row === undefined || !matches(row, query)) continue;
    if (isInWindow) devices.push(JSON.stringify(row));
    total++;
  }
  const head: Omit<Devices, 'devices'> = { nowMs: gateway.nowMs(), total };
  return `${JSON.stringify(head).slice(0, -1)},"devices":[${devices.join(',')}]}`;
}

/** Those without a session first: somebody looks for them, and they must not be the ones beyond a limit. */
function allClients({ inspect, watch }: Watched): Set<string> {
  const clients = new Set<string>();
  for (const [client] of watch.devices.strangers()) clients.add(client);
  for (const client of inspect.approved()) clients.add(client);
  for (const client of inspect.clients()) clients.add(client);
  return clients;
}

const isUnfiltered = ({ q, state }: DevicesQuery): boolean =>
  q === undefined && state === undefined;

function matches(
  { client, link, address, state }: DeviceRow,
  { q, state: states }: DevicesQuery,
): boolean {
  if (states !== undefined && !states.includes(state)) return false;
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  return [client, link, address].some((text) => text?.toLowerCase().includes(wanted));
}

/** Whether anything is known of this device: then, and only then, it has a row. */
export function isKnown({ inspect, watch }: Watched, client: string): boolean {
  return (
    inspect.has(client) || watch.devices.get(client) !== undefined || inspect.isApproved(client)
  );
}

/** undefined: nothing is known of this device. */
export function rowOf(gateway: Watched, client: string): DeviceRow | undefined {
  const { inspect, watch } = gateway;
  const summary = inspect.device(client);
  const memory = watch.devices.get(client);
  if (summary !== undefined) return sessionRow(gateway, wallTimes(gateway), summary, memory);
  return isKnown(gateway, client) ? strangerRow(gateway, client, memory) : undefined;
}

/** Turns moments of the core into times: one offset for all of an answer. */
type Times = (instant: Instant | undefined) => number | null;

export function wallTimes(gateway: Watched): Times {
  const zeroMs = gateway.wallTimeOf(0);
  return (instant) => (instant === undefined ? null : instant + zeroMs);
}

function sessionRow(
  { inspect }: Watched,
  times: Times,
  summary: DeviceSummary,
  memory: DeviceMemory | undefined,
): DeviceRow {
  const { client, state, place, signal, heardAt, dueAt, givenUpAt, buffered } = summary;
  return {
    client,
    state,
    ...remembered(memory),
    link: place?.link ?? null,
    address: place?.address ?? null,
    heardAtMs: times(heardAt),
    dueAtMs: times(dueAt),
    givenUpAtMs: times(givenUpAt),
    buffered: {
      messages: buffered.messages,
      bytes: buffered.bytes,
      oldestAtMs: times(buffered.oldestAt),
    },
    signal: signalView(signal),
    retries: summary.retries,
    paused: summary.paused ?? null,
    isApproved: summary.isApproved,
    isApprovable: inspect.isApprovable(client),
  };
}

function strangerRow(
  { inspect }: Watched,
  client: string,
  memory: DeviceMemory | undefined,
): DeviceRow {
  const [lastSignal] = [...(memory?.signals ?? [])].slice(-1);
  return {
    client,
    state: memory?.state ?? 'DISCONNECTED',
    ...remembered(memory),
    link: memory?.place?.link ?? null,
    address: memory?.place?.address ?? null,
    heardAtMs: memory && Number.isFinite(memory.heardAtMs) ? memory.heardAtMs : null,
    dueAtMs: null,
    givenUpAtMs: null,
    buffered: { messages: 0, bytes: 0, oldestAtMs: null },
    signal: signalView(lastSignal?.signal),
    retries: 0,
    paused: null,
    isApproved: inspect.isApproved(client),
    isApprovable: inspect.isApprovable(client),
  };
}

function remembered(
  memory: DeviceMemory | undefined,
): Pick<DeviceRow, 'sinceMs' | 'why' | 'warning'> {
  const { change, warning } = memory ?? {};
  return {
    sinceMs: change?.atMs ?? null,
    why: change?.why ?? null,
    warning: warning ? { code: warning.code, message: warning.message, atMs: warning.atMs } : null,
  };
}
