import type { Config, LinkConfig } from '../../../config/schema.js';
import { brokerNames } from '../../../config/redact.js';
import type { Totals } from '../../../core/inspect/inspection.js';
import { missingByLink } from '../../missing.js';
import type { Watched } from '../../observed.js';
import type { Rates } from '../rates.js';
import type { LinkOverview, Overview } from '../schema/overview.js';
import { signalView } from './payload.js';

/** `run`: what the gateway does not know of itself. */
export function overviewView(
  gateway: Watched,
  rates: Rates,
  run: { version: string; startedAtMs: number },
): Overview {
  const { configuration: config, inspect, watch } = gateway;
  const totals = inspect.totals();
  const reasons = [...gateway.unready()];
  const strangers = strangersByState(gateway);
  const missing = missingByLink(gateway);
  return {
    nowMs: gateway.nowMs(),
    gateway: {
      name: config.gateway.name,
      gwId: config.gateway.id,
      ...run,
      admitsStrangers: config.access.unknown_devices === 'allow',
      isReady: reasons.length === 0,
      reasons,
    },
    broker: {
      server: [brokerNames(config)].flat().join(', '),
      mode: config.mqtt.mode,
      isUp: watch.broker.isUp,
      sinceMs: watch.broker.sinceMs,
      detail: watch.broker.detail ?? null,
    },
    store: {
      state: storeState(config, watch.store.isUp),
      sinceMs: watch.store.sinceMs,
      detail: watch.store.detail ?? null,
    },
    links: config.links.map((link) => linkView(gateway, rates, totals, missing, link)),
    sessions: {
      ...totals.sessions,
      DISCONNECTED: totals.sessions.DISCONNECTED + strangers.DISCONNECTED,
      LOST: totals.sessions.LOST + strangers.LOST,
      REFUSED: strangers.REFUSED,
    },
    buffered: totals.buffered,
    outbox: totals.outbox,
  };
}

const storeState = ({ store }: Config, isUp: boolean): Overview['store']['state'] =>
  store.path === 'memory' ? 'memory' : isUp ? 'working' : 'failing';

/** Devices that have no session are shown, and so they count. */
function strangersByState({
  inspect,
  watch,
}: Watched): Record<'DISCONNECTED' | 'LOST' | 'REFUSED', number> {
  const counts = { DISCONNECTED: 0, LOST: 0, REFUSED: 0 };
  for (const [client, { state }] of watch.devices.strangers()) {
    if (inspect.has(client)) continue;
    if (state === 'DISCONNECTED' || state === 'LOST' || state === 'REFUSED') counts[state]++;
  }
  return counts;
}

function linkView(
  gateway: Watched,
  rates: Rates,
  totals: Totals,
  missing: ReadonlyMap<string, number>,
  link: LinkConfig,
): LinkOverview {
  const { name, type } = link;
  const health = gateway.linkHealth(name);
  const traffic = gateway.counters.traffic.get(name);
  const rate = rates.of(name);
  return {
    name,
    type,
    description: gateway.linkDescription(name),
    modem: link.type === 'serial' ? link.modem : null,
    state: health?.state ?? 'starting',
    sinceMs: health?.sinceMs ?? 0,
    trouble: health?.trouble ?? null,
    isCongested: traffic?.isCongested ?? false,
    received: {
      frames: traffic?.receivedFrames ?? 0,
      bytes: traffic?.receivedBytes ?? 0,
      framesPerSec: rate.received,
      malformed: traffic?.dropped.frame.malformed ?? 0,
    },
    sent: {
      frames: traffic?.sentFrames ?? 0,
      bytes: traffic?.sentBytes ?? 0,
      framesPerSec: rate.sent,
    },
    signal: signalView(traffic?.signal),
    heardAtMs: traffic?.heardAtMs ?? null,
    airTime: airTimeView(gateway, name),
    devices: totals.connected.get(name) ?? 0,
    missing: missing.get(name) ?? 0,
  };
}

function airTimeView(gateway: Watched, link: string): LinkOverview['airTime'] {
  const usage = gateway.airUsage().get(link);
  if (usage === undefined) return null;
  return {
    usedSec: usage.usedMs / 1000,
    allowedSec: usage.limitMs === null ? null : usage.limitMs / 1000,
    assumedSec: usage.assumedMs / 1000,
    isReduced: usage.isReduced,
    queuedFrames: usage.queuedFrames,
    queuedSec: usage.queuedAirMs / 1000,
  };
}
